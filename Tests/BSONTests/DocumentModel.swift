import BSON

/// What edits of a document mean, said the slow and obvious way: over values, rebuilt each time.
enum DocumentModel {
    static func set(_ document: Document, _ path: ArraySlice<String>, _ value: Value) -> Document {
        guard let name = path.first else { return document }
        var pairs = document.pairs
        let rest = path.dropFirst()
        let index = pairs.firstIndex { $0.name == name }
        let new: Value
        if rest.isEmpty {
            new = value
        } else if let index, case .document(let child) = pairs[index].value {
            new = .document(set(child, rest, value))
        } else {
            new = .document(set(Document(), rest, value))
        }
        if let index { pairs[index].value = new } else { pairs.append((name, new)) }
        return Document(pairs.map { ($0.name, $0.value) })
    }

    static func get(_ document: Document, _ path: ArraySlice<String>) -> Value? {
        guard let name = path.first, let value = document.pairs.first(where: { $0.name == name })?.value else {
            return nil
        }
        if path.count == 1 { return value }
        guard case .document(let child) = value else { return nil }
        return get(child, path.dropFirst())
    }

    static func remove(_ document: Document, _ path: ArraySlice<String>) -> Document {
        guard let name = path.first else { return document }
        return Document(
            document.pairs.compactMap { pair in
                guard pair.name == name else { return (pair.name, pair.value) }
                if path.count == 1 { return nil }
                guard case .document(let child) = pair.value else { return (pair.name, pair.value) }
                return (name, .document(remove(child, path.dropFirst())))
            })
    }

    static func array(_ document: Document, _ path: ArraySlice<String>) -> [Value]? {
        guard case .array(let values)? = get(document, path) else { return nil }
        return values
    }

    static func sum(_ old: Value?, _ delta: Int64) -> Int64 {
        let base: Int64
        switch old {
        case .int32(let number): base = Int64(number)
        case .int64(let number): base = number
        case .double(let number):
            base = number.isNaN ? 0 : number >= 0x1p63 ? .max : number < -0x1p63 ? .min : Int64(number)
        case .decimal128(let number): base = number.int64 ?? 0
        default: base = 0
        }
        let (sum, overflow) = base.addingReportingOverflow(delta)
        return overflow ? (delta < 0 ? .min : .max) : sum
    }
}
