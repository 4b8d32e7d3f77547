internal import BSON
internal import LMDB
internal import Schema
internal import Views

extension ViewSnapshot {
    func fetch(_ model: CollectionModel, _ key: [UInt8]) throws(QueryError) -> RawDocument? {
        try key.withRawBytes { (key) throws(QueryError) in try fetch(model, key) }
    }

    func fetch(_ model: CollectionModel, _ key: UnsafeRawBufferPointer) throws(QueryError) -> RawDocument? {
        do { return try document(model, key: key) } catch { throw QueryError(error) }
    }

    /// The documents whose encoded `_id` lies in the interval.
    func forEachDocument(
        _ model: CollectionModel, in interval: KeyInterval, backward: Bool,
        _ body: (_ key: UnsafeRawBufferPointer, _ document: RawDocument) throws(QueryError) -> Bool
    ) throws(QueryError) {
        if interval.isEmpty { return }
        var failure: QueryError?
        func visit(_ key: UnsafeRawBufferPointer, _ document: RawDocument) -> Bool {
            if compareBytes(key, interval.lower) < 0 { return !backward }
            if !interval.upper.isEmpty, compareBytes(key, interval.upper) >= 0 { return backward }
            do throws(QueryError) {
                return try body(key, document)
            } catch {
                failure = error
                return false
            }
        }
        // What the walk starts after is left out, so it starts just before the lower bound.
        let start = backward ? interval.upper : interval.lower.dropLast()
        do throws(LMDBError) {
            if start.isEmpty {
                try forEachDocument(model, backward: backward) { key, document throws(LMDBError) in visit(key, document)
                }
            } else {
                try Array(start).withRawBytes { (start) throws(LMDBError) in
                    try forEachDocument(model, after: start, backward: backward) { key, document throws(LMDBError) in
                        visit(key, document)
                    }
                }
            }
        } catch {
            throw QueryError(error)
        }
        if let failure { throw failure }
    }

    /// The entries of an index in the interval, until `body` returns false. Returns whether it never did.
    func forEachEntry(
        _ model: CollectionModel, _ ordinal: Int, in interval: KeyInterval, backward: Bool,
        _ body: (
            _ key: UnsafeRawBufferPointer, _ documentKey: UnsafeRawBufferPointer,
            _ document: () throws(QueryError) -> RawDocument?
        ) throws(QueryError) -> Bool
    ) throws(QueryError) -> Bool {
        var failure: QueryError?
        var reachedEnd = true
        do throws(LMDBError) {
            try scan(model, index: ordinal, from: interval.lower, to: interval.upper, backward: backward) {
                key, documentKey throws(LMDBError) in
                do throws(QueryError) {
                    reachedEnd = try body(key, documentKey) { () throws(QueryError) in try fetch(model, documentKey) }
                } catch {
                    failure = error
                    reachedEnd = false
                }
                return reachedEnd
            }
        } catch {
            throw QueryError(error)
        }
        if let failure { throw failure }
        return reachedEnd
    }
}

extension Array where Element == UInt8 {
    /// `withUnsafeBytes` with typed throws, which the standard library's does not have.
    func withRawBytes<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
        try withUnsafeBufferPointer { (buffer) throws(E) -> R in try body(UnsafeRawBufferPointer(buffer)) }
    }
}
