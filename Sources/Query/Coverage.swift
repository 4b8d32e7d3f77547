internal import BSON
internal import Schema

/// Makes what a query needs of a document from the keys of an index, so that the document itself is not fetched.
struct Coverage: Sendable {
    /// A field of what is made: of a part of the index, or a document of such.
    private indirect enum Member: Sendable {
        case part(Int)
        case group([(name: String, member: Member)])
    }

    private let pattern: IndexPattern
    private var root: [(name: String, member: Member)] = []
    private let needed: Set<Int>
    private let needsID: Bool

    /// - `exact`: the paths that are given back: as the document has them.
    /// - `loose`: those that are only compared, for which a number of any type will do.
    /// - Returns: nil where the index does not hold them all.
    init?(_ model: CollectionModel, _ fields: DeclaredFields, _ plan: Plan, exact: Set<String>, loose: Set<String>) {
        guard let ordinal = plan.ordinal, !plan.mayRepeat else { return nil }
        let index = model.indexes[ordinal]
        guard !fields.hasSecret(index), index.parts.allSatisfy({ fields.arrayPrefixes($0.name).isEmpty }) else {
            return nil
        }
        var needed: Set<Int> = []
        for path in exact.union(loose) where path != "_id" {
            guard let place = index.parts.firstIndex(where: { $0.name == path }) else { return nil }
            guard loose.contains(path) && !exact.contains(path) || fields.keepsForm(path) else { return nil }
            needed.insert(place)
        }
        pattern = index.pattern
        self.needed = needed
        needsID = exact.contains("_id") || loose.contains("_id")
        for place in needed.sorted() {
            Self.add(index.parts[place].path.components[...], .part(place), to: &root)
        }
    }

    private static func add(
        _ path: ArraySlice<String>, _ part: Member, to level: inout [(name: String, member: Member)]
    ) {
        guard let name = path.first else { return }
        if path.count == 1 { return level.append((name, part)) }
        if let at = level.firstIndex(where: { $0.name == name }), case .group(var inner) = level[at].member {
            add(path.dropFirst(), part, to: &inner)
            level[at].member = .group(inner)
        } else {
            var inner: [(name: String, member: Member)] = []
            add(path.dropFirst(), part, to: &inner)
            level.append((name, .group(inner)))
        }
    }

    /// The document's fields as far as they are needed; `nil` where only the document can tell: a value was cut, or is
    /// null or missing, which keys do not tell apart.
    func document(_ key: UnsafeRawBufferPointer, _ documentKey: UnsafeRawBufferPointer) -> Document? {
        var values: [Value] = []
        values.reserveCapacity(pattern.parts.count)
        var rest = key
        for (place, part) in pattern.parts.enumerated() {
            let component = KeyEncoder.decode(&rest, descending: part.descending, limit: pattern.componentLimit)
            switch component {
            case .value(let value):
                if needed.contains(place), value == .null || value == .undefined { return nil }
                values.append(value)
            // The order of what was cut is that of documents, which must be real to wait for their turn.
            case .cut, nil: return nil
            }
        }
        var writer = DocumentWriter()
        if needsID {
            var bytes = documentKey
            guard case .value(let id) = KeyEncoder.decode(&bytes), case .objectID = id else { return nil }
            writer.append("_id", id)
        }
        Self.write(root, values, &writer)
        return writer.finishDocument()
    }

    private static func write(
        _ members: [(name: String, member: Member)], _ values: [Value], _ writer: inout DocumentWriter
    ) {
        for (name, member) in members {
            switch member {
            case .part(let place): writer.append(name, values[place])
            case .group(let inner):
                writer.beginDocument(name)
                write(inner, values, &writer)
                writer.end()
            }
        }
    }
}

extension DeclaredFields {
    /// Whether keys give back the values of a field as documents have them: of numbers they keep the value alone.
    fileprivate func keepsForm(_ path: String) -> Bool {
        switch kind(of: path) {
        case .string, .objectID, .boolean, .date: true
        case .number, .mixed, .array, .object, nil: false
        }
    }
}
