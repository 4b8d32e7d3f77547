internal import CLMDB

/// A transaction of LMDB's, as shared by the Swift transaction that owns it and the cursors opened in it.
///
/// `generation` goes up when the transaction ends, so that a cursor that outlives it notices. Readers are reused: the
/// same handle then serves the next transaction.
///
/// @unchecked Sendable: a handle belongs to one transaction at a time. Transactions and cursors are not Sendable, so
/// only one thread at a time uses it; from one owner to the next it passes through the pool's lock.
final class TransactionHandle: @unchecked Sendable {
    let pointer: OpaquePointer
    let tableNames: [UInt32: String]
    private(set) var generation: UInt64 = 0
    private(set) var isOpen = true

    init(_ pointer: OpaquePointer, tableNames: [UInt32: String]) {
        self.pointer = pointer
        self.tableNames = tableNames
    }

    /// Marks the transaction as ended; called before LMDB ends it.
    func markEnded() {
        isOpen = false
        generation &+= 1
    }

    /// Marks a renewed reader as in use.
    func markOpen() {
        isOpen = true
    }

    func failure(_ code: Int32, _ operation: String, _ table: Table) -> LMDBError {
        LMDBError(code: code, operation: operation, detail: tableNames[table.identifier])
    }

    /// The key as LMDB takes it, once its length is one LMDB can hold.
    @inline(__always)
    func key(_ key: UnsafeRawBufferPointer, _ operation: String, _ table: Table) throws(LMDBError) -> MDB_val {
        guard (1...511).contains(key.count) else { throw failure(MDB_BAD_VALSIZE, operation, table) }
        return MDB_val(key)
    }

    func get(_ key: UnsafeRawBufferPointer, _ table: Table) throws(LMDBError) -> UnsafeRawBufferPointer? {
        var key = try self.key(key, "mdb_get", table)
        var value = MDB_val()
        switch mdb_get(pointer, table.identifier, &key, &value) {
        case MDB_SUCCESS: return value.bytes
        case MDB_NOTFOUND: return nil
        case let code: throw failure(code, "mdb_get", table)
        }
    }

    func statistics(_ table: Table) throws(LMDBError) -> TableStatistics {
        var information = MDB_stat()
        let code = mdb_stat(pointer, table.identifier, &information)
        guard code == MDB_SUCCESS else { throw failure(code, "mdb_stat", table) }
        return TableStatistics(
            entryCount: information.ms_entries, depth: Int(information.ms_depth),
            branchPages: information.ms_branch_pages, leafPages: information.ms_leaf_pages,
            overflowPages: information.ms_overflow_pages)
    }

    func cursor(_ table: Table, writes: Bool) throws(LMDBError) -> Cursor {
        var cursor: OpaquePointer?
        let code = mdb_cursor_open(pointer, table.identifier, &cursor)
        guard code == MDB_SUCCESS, let cursor else { throw failure(code, "mdb_cursor_open", table) }
        return Cursor(cursor, handle: self, table: table, writes: writes)
    }
}

extension MDB_val {
    @inline(__always)
    init(_ bytes: UnsafeRawBufferPointer) {
        self.init(mv_size: bytes.count, mv_data: UnsafeMutableRawPointer(mutating: bytes.baseAddress))
    }

    @inline(__always)
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: mv_data, count: mv_size) }
}
