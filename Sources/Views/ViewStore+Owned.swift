internal import EventLog
internal import LMDB
internal import Schema

extension Replay {
    /// Forgets which documents of these collections hold what a key sealed, before another projector says so anew: what it does not
    /// say any more would stay. Their placement names no program by then: whoever opens them after a crash in between builds them anew.
    func forgetOwned(_ places: Set<Int>) throws(LMDBError) {
        guard !places.isEmpty else { return }
        let numbers = Set(places.map { UInt8(truncatingIfNeeded: store.catalogue.collections[$0].number.rawValue) })
        var next: [UInt8]? = []
        while let start = next {
            var reached: [UInt8]?
            // Each deleted row may copy a page.
            try transact(reserving: 8 << 20) { (transaction) throws(LMDBError) in
                reached = try store.forgetOwned(numbers, from: start, most: 1_000, transaction)
            }
            next = reached
        }
    }
}

extension ViewStore {
    /// Returns where to go on; `nil` at the end.
    fileprivate func forgetOwned(
        _ numbers: Set<UInt8>, from start: [UInt8], most: Int, _ transaction: borrowing WriteTransaction
    ) throws(LMDBError) -> [UInt8]? {
        var cursor = try transaction.cursor(owned)
        var found = start.isEmpty ? try cursor.first() : try Self.seek(&cursor, start)
        var count = 0
        while found {
            let key = Array(cursor.key)
            guard count < most else { return key }
            if key.count > Digest16.byteCount, numbers.contains(key[Digest16.byteCount]) {
                count += 1
                try cursor.delete()
                found = try Self.seek(&cursor, key)
            } else {
                found = try cursor.next()
            }
        }
        return nil
    }

    private static func seek(_ cursor: inout Cursor, _ key: [UInt8]) throws(LMDBError) -> Bool {
        try key.withRawBytes { (key) throws(LMDBError) -> Bool in try cursor.seek(atOrAfter: key) }
    }
}
