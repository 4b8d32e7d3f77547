internal import CLMDB

/// A snapshot of an environment that never changes; it neither waits for the writer nor holds it up.
///
/// While it lives, pages freed by later commits are not reused and the file grows: keep it short (milliseconds to
/// seconds), never across `await`. It ends when it goes out of scope, or with `end()`.
public struct ReadTransaction: ~Copyable, Transaction {
    let handle: TransactionHandle
    // Keeps the environment open: unmapping it under a reader would be a crash.
    let core: EnvironmentCore

    init(_ handle: TransactionHandle, core: EnvironmentCore) {
        self.handle = handle
        self.core = core
    }

    deinit {
        core.endRead(handle)
    }

    /// Ends the transaction now.
    public consuming func end() {}

    public var identifier: Int { mdb_txn_id(handle.pointer) }

    public func get(
        _ key: UnsafeRawBufferPointer, in table: Table
    ) throws(LMDBError) -> UnsafeRawBufferPointer? {
        try handle.get(key, table)
    }

    @_lifetime(borrow self)
    public func span(of key: UnsafeRawBufferPointer, in table: Table) throws(LMDBError) -> RawSpan? {
        guard let bytes = try handle.get(key, table) else { return nil }
        return _overrideLifetime(RawSpan(_unsafeBytes: bytes), borrowing: self)
    }

    public func cursor(_ table: Table) throws(LMDBError) -> Cursor {
        try handle.cursor(table, writes: false)
    }

    public func entryCount(_ table: Table) throws(LMDBError) -> Int {
        try handle.statistics(table).entryCount
    }

    public func statistics(_ table: Table) throws(LMDBError) -> TableStatistics {
        try handle.statistics(table)
    }
}
