internal import Synchronization

/// Reading one batch or one record, each in a transaction of its own.
extension EventLog {
    /// Gives at most `limit` records of `from...through` to `body`, which returns whether to go on, all in one
    /// snapshot.
    ///
    /// Records are valid only inside `body`. To read much, call it again from where it stopped, so that no snapshot
    /// lives long.
    /// - Returns: the number of records given.
    @discardableResult
    public func read(
        from: UInt64 = 1, through: UInt64 = .max, order: ReadOrder = .forward, limit: Int = .max, checkCRC: Bool = true,
        _ body: (Record) throws(LogError) -> Bool
    ) throws(LogError) -> Int {
        guard limit > 0 else { return 0 }
        var count = 0
        return try snapshot().read(from: from, through: through, order: order, checkCRC: checkCRC) {
            (record) throws(LogError) in
            count += 1
            return try body(record) && count < limit
        }
    }

    /// At most `limit` records of `from...through`, copied: to be used past the snapshot.
    public func records(
        from: UInt64 = 1, through: UInt64 = .max, order: ReadOrder = .forward, limit: Int
    ) throws(LogError) -> [StoredRecord] {
        var result: [StoredRecord] = []
        try read(from: from, through: through, order: order, limit: limit) { (record) throws(LogError) in
            result.append(StoredRecord(copying: record))
            return true
        }
        return result
    }

    /// A copy of the record at a position; nil where the log has none.
    public func get(_ position: UInt64) throws(LogError) -> StoredRecord? {
        let snapshot = try snapshot()
        return try snapshot.record(at: position).map { StoredRecord(copying: $0) }
    }

    /// Moves ``head`` on to what another process has appended since. For a log that is opened read-only beside it.
    public func refreshHead() throws(LogError) {
        guard options.readOnly else { return }
        guard let last = try snapshot().last() else { return }
        state.withLock { $0.head = LogHead(last) }
    }
}
