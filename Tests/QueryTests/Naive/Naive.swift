import BSON

/// Filters and sorts as a person would write them down, over owned values: what the engine is compared with.
indirect enum NaiveFilter {
    case all([NaiveFilter]), any([NaiveFilter]), none([NaiveFilter])
    case not(String, NaiveFilter)
    case test(String, String, Value)

    var document: Document {
        switch self {
        case .all(let filters): ["$and": .array(filters.map { .document($0.document) })]
        case .any(let filters): ["$or": .array(filters.map { .document($0.document) })]
        case .none(let filters): ["$nor": .array(filters.map { .document($0.document) })]
        case .not(let path, let filter):
            Document([(path, .document(["$not": filter.document[FieldPath(components: [path])] ?? .null]))])
        case .test(let path, let name, let value): Document([(path, .document(Document([(name, value)])))])
        }
    }

    func fits(_ document: Document) -> Bool {
        switch self {
        case .all(let filters): return filters.allSatisfy { $0.fits(document) }
        case .any(let filters): return filters.contains { $0.fits(document) }
        case .none(let filters): return !filters.contains { $0.fits(document) }
        case .not(_, let filter): return !filter.fits(document)
        case .test(let path, let name, let value):
            let found = Naive.candidates(.document(document), path.split(separator: ".").map(String.init)[...])
            func has(_ name: String, _ value: Value) -> Bool { found.contains { Naive.holds(name, $0, value) } }
            switch name {
            case "$ne": return !has("$eq", value)
            case "$in", "$nin":
                guard case .array(let values) = value else { return false }
                return values.contains { has("$eq", $0) } == (name == "$in")
            case "$exists": return found.contains { $0 != nil } == (value == .bool(true))
            default: return has(name, value)
            }
        }
    }
}

enum Naive {
    /// The values of a path: elements of an array, then the array; nil for a missing one.
    ///
    /// `opens`: false for the array alone.
    static func candidates(_ value: Value, _ path: ArraySlice<String>, opens: Bool = true) -> [Value?] {
        guard let name = path.first else {
            if opens, case .array(let elements) = value { return elements + [value] }
            return [value]
        }
        switch value {
        case .document(let document):
            guard let inner = document.pairs.first(where: { $0.name == name })?.value else { return [nil] }
            if path.count > 1, case .array(let elements) = inner {
                return ofElements(elements, path.dropFirst(), opens)
            }
            return candidates(inner, path.dropFirst(), opens: opens)
        default: return [nil]
        }
    }

    /// Documents in an array are walked on; a component that is a number is also a place in it.
    private static func ofElements(_ elements: [Value], _ path: ArraySlice<String>, _ opens: Bool) -> [Value?] {
        elements.enumerated().flatMap { place, element -> [Value?] in
            var found: [Value?] = []
            if case .document = element { found += candidates(element, path, opens: opens) }
            if path.first == String(place) {
                let rest = path.dropFirst()
                switch element {
                case .array(let inner) where !rest.isEmpty: found += ofElements(inner, rest, opens)
                case .document: found += candidates(element, rest, opens: opens)
                default: found += rest.isEmpty ? candidates(element, rest, opens: opens) : []
                }
            }
            return found
        }
    }

    static func holds(_ name: String, _ candidate: Value?, _ operand: Value) -> Bool {
        let candidate = candidate ?? .null
        guard rank(candidate) == rank(operand) else { return false }
        let bothNaN = isNaN(candidate) && isNaN(operand)
        if !bothNaN, isNaN(candidate) || isNaN(operand) { return false }
        let order = order(candidate, operand)
        return switch name {
        case "$eq": order == 0
        case "$gt": order > 0
        case "$gte": order >= 0
        case "$lt": order < 0
        default: order <= 0
        }
    }

    static func isNaN(_ value: Value) -> Bool { if case .double(let number) = value { number.isNaN } else { false } }

    static func rank(_ value: Value) -> Int {
        switch value {
        case .undefined: 1
        case .null: 2
        case .int32, .int64, .double, .decimal128: 3
        case .string: 4
        case .document: 5
        case .array: 6
        case .objectID: 8
        case .bool: 9
        case .dateTime: 10
        default: 99
        }
    }

    static func number(_ value: Value) -> Double {
        switch value {
        case .int32(let number): Double(number)
        case .int64(let number): Double(number)
        case .double(let number): number.isNaN ? -.infinity : number
        case .decimal128(let number): Double(number.description) ?? -.infinity
        default: 0
        }
    }

    static func order(_ a: Value, _ b: Value) -> Int {
        if rank(a) != rank(b) { return rank(a) - rank(b) }
        switch (a, b) {
        case (.string(let a), .string(let b)): return compare(Array(a.utf8), Array(b.utf8))
        case (.bool(let a), .bool(let b)): return (a ? 1 : 0) - (b ? 1 : 0)
        case (.dateTime(let a), .dateTime(let b)): return a < b ? -1 : a == b ? 0 : 1
        case (.objectID(let a), .objectID(let b)): return a < b ? -1 : a == b ? 0 : 1
        case (.array(let a), .array(let b)): return compareLists(a.map { ("", $0) }, b.map { ("", $0) })
        case (.document(let a), .document(let b)): return compareLists(a.pairs, b.pairs)
        default: return number(a) < number(b) ? -1 : number(a) == number(b) ? 0 : 1
        }
    }

    private static func compare(_ a: [UInt8], _ b: [UInt8]) -> Int {
        a == b ? 0 : a.lexicographicallyPrecedes(b) ? -1 : 1
    }

    private static func compareLists(_ a: [(name: String, value: Value)], _ b: [(name: String, value: Value)]) -> Int {
        for (a, b) in zip(a, b) {
            if rank(a.value) != rank(b.value) { return rank(a.value) - rank(b.value) }
            let names = compare(Array(a.name.utf8), Array(b.name.utf8))
            if names != 0 { return names }
            let values = order(a.value, b.value)
            if values != 0 { return values }
        }
        return a.count - b.count
    }

    /// What a document is sorted by: of an array the smallest element, descending the largest.
    static func sortValue(_ document: Document, _ path: String, descending: Bool) -> Value {
        var values: [Value] = []
        func walk(_ value: Value?, _ path: ArraySlice<String>) {
            if case .array(let elements)? = value {
                if elements.isEmpty { values.append(path.isEmpty ? .undefined : .null) }
                for element in elements {
                    if path.isEmpty {
                        values.append(element)
                    } else if case .document = element {
                        step(element, path)
                    } else {
                        values.append(.null)
                    }
                }
            } else if path.isEmpty {
                values.append(value ?? .null)
            } else {
                step(value, path)
            }
        }
        func step(_ value: Value?, _ path: ArraySlice<String>) {
            guard case .document(let document)? = value, let name = path.first else { return values.append(.null) }
            walk(document.pairs.first { $0.name == name }?.value, path.dropFirst())
        }
        step(.document(document), path.split(separator: ".").map(String.init)[...])
        let sorted = values.sorted { order($0, $1) < 0 }
        return (descending ? sorted.last : sorted.first) ?? .null
    }

    static func precedes(_ a: Document, _ b: Document, _ sort: [(String, Bool)]) -> Bool {
        for (path, descending) in sort {
            let order = order(
                sortValue(a, path, descending: descending), sortValue(b, path, descending: descending))
            if order != 0 { return (order < 0) != descending }
        }
        return false
    }
}
