internal import CLMDB

/// The one transaction that may change an environment at a time, over all processes.
///
/// Bound to the thread that began it; never held across `await`. `commit()` keeps the changes; `abort()`, or going out
/// of scope, drops them. After a call has thrown anything but `badKeySize`, `keyExists` or `notFound`, abort it.
public struct WriteTransaction: ~Copyable, Transaction {
    let handle: TransactionHandle
    let core: EnvironmentCore

    init(_ handle: TransactionHandle, core: EnvironmentCore) {
        self.handle = handle
        self.core = core
    }

    deinit {
        if handle.isOpen { core.abortWrite(handle) }
    }

    /// Makes the changes seen by readers that begin from now on; in a synchronous environment returns once they are on
    /// the device. Takes the transaction with it whether or not it succeeds.
    /// - Throws: `LMDBError`. The changes may then be on the device or not: find out after opening again.
    public consuming func commit() throws(LMDBError) {
        try core.commitWrite(handle)
    }

    /// Drops the changes.
    public consuming func abort() {}

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
        try handle.cursor(table, writes: true)
    }

    public func entryCount(_ table: Table) throws(LMDBError) -> Int {
        try handle.statistics(table).entryCount
    }

    public func statistics(_ table: Table) throws(LMDBError) -> TableStatistics {
        try handle.statistics(table)
    }
}
