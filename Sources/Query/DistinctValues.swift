internal import BSON

/// Values that were met, each once: equal are those that compare equal, the first that was met stands for all.
struct DistinctValues {
    private let path: QueryPath
    private let budget: QueryBudget
    private var values: [[UInt8]: Value] = [:]

    init(_ path: QueryPath, _ budget: QueryBudget) {
        self.path = path
        self.budget = budget
    }

    var sorted: [Value] {
        values.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map(\.value)
    }

    /// Adds every value that the path leads to.
    mutating func add(_ document: RawDocument) throws(QueryError) {
        var failure: QueryError?
        path.forEachValue(in: document) { value in
            do throws(QueryError) { try insert(value) } catch { failure = error }
        }
        if let failure { throw failure }
    }

    /// Adds the value for which the document has this key of an index.
    ///
    /// - Returns: whether there is no more to learn from keys that begin alike.
    mutating func add(_ document: RawDocument, at key: UnsafeRawBufferPointer, _ pattern: IndexPattern)
        throws(QueryError) -> Bool
    {
        var failure: QueryError?
        var isFound = false
        var component: [UInt8] = []
        path.forEachValue(in: document) { value in
            component.removeAll(keepingCapacity: true)
            pattern.encode(value, part: 0, into: &component)
            guard key.starts(with: component) else { return }
            isFound = true
            do throws(QueryError) { try insert(value) } catch { failure = error }
        }
        if let failure { throw failure }
        return isFound
    }

    private mutating func insert(_ value: RawValue) throws(QueryError) {
        var key: [UInt8] = []
        KeyEncoder.encode(value, limit: .max, into: &key)
        guard values[key] == nil else { return }
        try budget.hold(key.count + value.byteCount + 96, for: "a list of distinct values")
        values[key] = value.owned()
    }
}

extension QueryPath {
    /// Every value that is there: an array's elements instead of the array.
    func forEachValue(in document: RawDocument, _ body: (RawValue) -> Void) {
        _ = anyWhole(in: document) { (value) throws(Never) -> Bool in
            guard let value else { return false }
            guard let array = value.array else {
                body(value)
                return false
            }
            var elements = array.elements
            while let element = elements.next() { body(element.value) }
            return false
        }
    }
}
