internal import BSON

/// Writes a shape: the parts of a question as the parsers read them, but of any question, those that are refused too.
struct ShapeWriter {
    /// Of the collection that the question is about; of all, for pipelines, which reach others.
    private let paths: Set<String>
    let allPaths: Set<String>
    /// Of collections.
    private let names: Set<String>
    /// Those that were named.
    var collections: Set<String> = []
    private var partsLeft = QueryShape.mostParts

    static let literal = Value.string(QueryShape.literal)

    init(paths: Set<String>, allPaths: Set<String>, names: Set<String>) {
        self.paths = paths
        self.allPaths = allPaths
        self.names = names
    }

    // MARK: Members

    mutating func question(_ question: Document, _ known: [String]) -> Document {
        var members: [(String, Value)] = []
        let pairs = question.pairs
        for name in known {
            guard let value = pairs.first(where: { $0.name == name })?.value else { continue }
            members.append((name, member(name, value)))
        }
        if pairs.contains(where: { !known.contains($0.name) }) { members.append((QueryShape.name, Self.literal)) }
        return Document(members)
    }

    private mutating func member(_ name: String, _ value: Value) -> Value {
        switch (name, value) {
        case ("filter", .document(let filter)): return self.filter(filter, below: "", paths)
        case ("sort", .document(let sort)), ("hint", .document(let sort)): return order(sort, paths)
        case ("projection", .document(let projection)): return self.projection(projection, paths)
        case ("pipeline", .array(let stages)): return self.stages(stages)
        case ("field", .string(let path)): return .string(self.path(path, paths))
        case ("collections", .array(let names)):
            return .array(names.prefix(QueryShape.mostParts).map { collection($0) })
        default: return Self.literal
        }
    }

    /// A collection's name where there is one of that name.
    mutating func collection(_ value: Value) -> Value {
        guard case .string(let name) = value, names.contains(name) else { return Self.literal }
        collections.insert(name)
        return value
    }

    // MARK: Names

    /// Whether there is room for one more.
    mutating func hasRoom() -> Bool {
        partsLeft -= 1
        return partsLeft >= 0
    }

    /// A dotted path, as far as it is declared.
    func path(_ text: String, below outer: String = "", _ paths: Set<String>) -> String {
        var (found, declared) = ([String](), outer)
        for name in text.split(separator: ".", omittingEmptySubsequences: false) {
            if !name.isEmpty, name.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
                found.append(QueryShape.index)
                continue
            }
            let next = declared.isEmpty ? String(name) : declared + "." + name
            guard paths.contains(next) else { return (found + [QueryShape.name]).joined(separator: ".") }
            found.append(String(name))
            declared = next
        }
        return found.joined(separator: ".")
    }

    /// Members of which some may have come to the same name.
    static func document(_ pairs: [(name: String, value: Value)]) -> Value {
        var (members, places): ([(String, [Value])], [String: Int]) = ([], [:])
        for (name, value) in pairs {
            if let place = places[name] {
                if !members[place].1.contains(value) { members[place].1.append(value) }
            } else {
                places[name] = members.count
                members.append((name, [value]))
            }
        }
        return .document(Document(members.map { ($0.0, $0.1.count == 1 ? $0.1[0] : .array($0.1)) }))
    }

    /// Each once.
    static func unique(_ values: [Value]) -> Value {
        var seen: Set<Value> = []
        return .array(values.filter { seen.insert($0).inserted })
    }

    // MARK: Filters

    mutating func filter(_ filter: Document, below outer: String, _ paths: Set<String>) -> Value {
        var parts: [(name: String, value: Value)] = []
        for (name, value) in filter.pairs {
            guard hasRoom() else {
                parts.append((QueryShape.cut, Self.literal))
                break
            }
            switch name {
            case "$and", "$or", "$nor":
                guard case .array(let filters) = value else {
                    parts.append((name, Self.literal))
                    continue
                }
                let shapes = filters.prefix(QueryShape.mostParts).map { part -> Value in
                    if case .document(let part) = part { self.filter(part, below: outer, paths) } else { Self.literal }
                }
                parts.append((name, Self.unique(shapes)))
            case "$expr": parts.append((name, expression(value)))
            case "$jsonSchema", "$comment": parts.append((name, Self.literal))
            case _ where name.hasPrefix("$"): parts.append(("$" + QueryShape.name, Self.literal))
            default:
                let here = path(name, below: outer, paths)
                parts.append((here, condition(value, at: outer.isEmpty ? name : outer + "." + name, paths)))
            }
        }
        return Self.document(parts.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) })
    }

    /// What a field is to be. `path`: as the caller has it.
    private mutating func condition(_ value: Value, at path: String, _ paths: Set<String>) -> Value {
        guard case .document(let document) = value, document.keys.first?.hasPrefix("$") == true else {
            return Self.literal
        }
        var parts: [(name: String, value: Value)] = []
        for (name, value) in document.pairs {
            guard hasRoom() else {
                parts.append((QueryShape.cut, Self.literal))
                break
            }
            guard ShapeWords.conditions.contains(name) else {
                parts.append(("$" + QueryShape.name, Self.literal))
                continue
            }
            parts.append((name, operand(name, value, at: path, paths)))
        }
        return Self.document(parts.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) })
    }

    private mutating func operand(_ name: String, _ value: Value, at path: String, _ paths: Set<String>) -> Value {
        switch (name, value) {
        case ("$not", .document): return condition(value, at: path, paths)
        case ("$elemMatch", .document(let inner)):
            let first = inner.keys.first ?? ""
            let isCondition = first.hasPrefix("$") && !["$and", "$or", "$nor"].contains(first)
            return isCondition ? condition(value, at: path, paths) : filter(inner, below: path, paths)
        case ("$all", .array(let values)):
            let shapes = values.prefix(QueryShape.mostParts).map { condition($0, at: path, paths) }
            return shapes.allSatisfy { $0 == Self.literal } ? Self.literal : Self.unique(shapes)
        default: return Self.literal
        }
    }

    // MARK: Orders and fields

    /// In the order that is asked for.
    mutating func order(_ order: Document, _ paths: Set<String>) -> Value {
        var parts: [(name: String, value: Value)] = []
        for (name, value) in order.pairs {
            guard hasRoom() else { break }
            parts.append((name == "$natural" ? name : path(name, paths), Self.flag(value, of: [1, -1])))
        }
        return Self.document(parts)
    }

    mutating func projection(_ projection: Document, _ paths: Set<String>) -> Value {
        var parts: [(name: String, value: Value)] = []
        for (name, value) in projection.pairs {
            guard hasRoom() else { break }
            let here = path(name, paths)
            switch value {
            case .document(let document) where document.keys == ["$elemMatch"]:
                parts.append((here, condition(value, at: name, paths)))
            case .string, .document, .array: parts.append((here, expression(value)))
            default: parts.append((here, Self.flag(value, of: [0, 1])))
            }
        }
        return Self.document(parts)
    }

    /// What says yes or no, up or down, and so is no literal.
    private static func flag(_ value: Value, of flags: [Int32]) -> Value {
        let number: Int32? =
            switch value {
            case .bool(let isSo): isSo ? 1 : 0
            case .int32(let number): number
            case .int64(let number): Int32(exactly: number)
            case .double(let number): Int32(exactly: number)
            default: nil
            }
        return number.flatMap { flags.contains($0) ? .int32($0) : nil } ?? literal
    }
}
