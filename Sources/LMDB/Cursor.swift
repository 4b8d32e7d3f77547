internal import CLMDB

/// A place in a table, moved in key order.
///
/// Moves return whether they found an entry, and set `key` and `value`. Past either end the cursor remembers which
/// side it is on: from past the end `previous()` is the last entry, from before the start `next()` is the first. A
/// cursor that stands nowhere goes to the first with `next()` and to the last with `previous()`.
/// Not tied to the transaction by the compiler: after its end every call throws `transactionEnded`.
public struct Cursor: ~Copyable {
    enum Place {
        case nowhere, beforeStart, onEntry, afterEnd, onDeleted
    }

    let pointer: OpaquePointer
    let handle: TransactionHandle
    let generation: UInt64
    let table: Table
    let writes: Bool
    var place = Place.nowhere
    var currentKey = MDB_val()
    var currentValue = MDB_val()
    /// Set for walks over many entries that look at each: the memory of every page is asked for as the cursor comes to it.
    public var prefetchesPages = false
    private var prefetched: UInt = 0
    /// The key `delete()` has deleted, while `place` is `onDeleted`. A write cursor only; kept for its storage.
    var deletedKey: [UInt8] = []

    init(_ pointer: OpaquePointer, handle: TransactionHandle, table: Table, writes: Bool) {
        self.pointer = pointer
        self.handle = handle
        self.generation = handle.generation
        self.table = table
        self.writes = writes
    }

    deinit {
        // LMDB frees a write transaction's cursors when it ends; a reader's cursors are always ours to free.
        if !writes || handle.generation == generation { mdb_cursor_close(pointer) }
    }

    /// The key the last move found; empty if it found none, or after a write through the cursor. Valid until the
    /// transaction ends or writes.
    public var key: UnsafeRawBufferPointer { currentKey.bytes }

    /// The value the last move found; as `key`.
    public var value: UnsafeRawBufferPointer { currentValue.bytes }

    /// Whether the cursor stands on an entry.
    public var isOnEntry: Bool { place == .onEntry }

    /// To the entry with the lowest key.
    public mutating func first() throws(LMDBError) -> Bool {
        try move(MDB_FIRST, otherwise: .afterEnd)
    }

    /// To the entry with the highest key.
    public mutating func last() throws(LMDBError) -> Bool {
        try move(MDB_LAST, otherwise: .beforeStart)
    }

    /// To the entry after this one; after `delete()` to the one after the deleted.
    public mutating func next() throws(LMDBError) -> Bool {
        switch place {
        case .onEntry: try move(MDB_NEXT, otherwise: .afterEnd)
        case .nowhere, .beforeStart: try first()
        case .afterEnd: try stay()
        case .onDeleted: try moveFromDeleted(toPrevious: false)
        }
    }

    /// To the entry before this one.
    public mutating func previous() throws(LMDBError) -> Bool {
        switch place {
        case .onEntry: try move(MDB_PREV, otherwise: .beforeStart)
        case .nowhere, .afterEnd: try last()
        case .beforeStart: try stay()
        case .onDeleted: try moveFromDeleted(toPrevious: true)
        }
    }

    /// To the first entry whose key is `key` or above; an empty key is below all.
    public mutating func seek(atOrAfter key: UnsafeRawBufferPointer) throws(LMDBError) -> Bool {
        if key.isEmpty { return try first() }
        currentKey = try handle.key(key, "mdb_cursor_get", table)
        return try move(MDB_SET_RANGE, otherwise: .afterEnd)
    }

    /// To the last entry whose key is below `key`.
    public mutating func seek(before key: UnsafeRawBufferPointer) throws(LMDBError) -> Bool {
        _ = try seek(atOrAfter: key)
        return try previous()
    }

    /// To the entry with this key; if there is none the cursor stands nowhere.
    public mutating func seek(exactly key: UnsafeRawBufferPointer) throws(LMDBError) -> Bool {
        currentKey = try handle.key(key, "mdb_cursor_get", table)
        return try move(MDB_SET_KEY, otherwise: .nowhere)
    }

    /// Reads `key` and `value` again where the cursor stands, after the transaction or the cursor has written.
    public mutating func reload() throws(LMDBError) -> Bool {
        guard place == .onEntry else { return try stay() }
        return try move(MDB_GET_CURRENT, otherwise: .nowhere)
    }

    private mutating func move(_ operation: MDB_cursor_op, otherwise: Place) throws(LMDBError) -> Bool {
        try checkTransaction()
        let code = mdb_cursor_get(pointer, &currentKey, &currentValue, operation)
        return try settle(code, otherwise: otherwise)
    }

    private mutating func prefetch() {
        let page = UInt(bitPattern: currentKey.mv_data) >> 12
        guard page != prefetched else { return }
        prefetched = page
        annals_prefetch_page(currentKey.mv_data)
    }

    private mutating func settle(_ code: Int32, otherwise: Place) throws(LMDBError) -> Bool {
        if code == MDB_SUCCESS {
            place = .onEntry
            if prefetchesPages { prefetch() }
            return true
        }
        forget()
        guard code == MDB_NOTFOUND else {
            place = .nowhere
            throw handle.failure(code, "mdb_cursor_get", table)
        }
        place = otherwise
        return false
    }

    /// Found by its key again: LMDB 0.9.24 finds no next entry after a deletion if the cursor was at the end before it
    /// put what it deleted.
    private mutating func moveFromDeleted(toPrevious: Bool) throws(LMDBError) -> Bool {
        try checkTransaction()
        var key = MDB_val()
        var value = MDB_val()
        let code = deletedKey.withUnsafeBytes { bytes in
            key = MDB_val(bytes)
            return mdb_cursor_get(pointer, &key, &value, MDB_SET_RANGE)
        }
        (currentKey, currentValue) = (key, value)
        let found = try settle(code, otherwise: .afterEnd)
        return toPrevious ? try previous() : found
    }

    private mutating func stay() throws(LMDBError) -> Bool {
        try checkTransaction()
        return false
    }

    func checkTransaction() throws(LMDBError) {
        guard handle.generation == generation else {
            throw LMDBError(
                code: MDB_BAD_TXN, kind: .transactionEnded, operation: "cursor",
                detail: handle.tableNames[table.identifier])
        }
    }

    mutating func forget() {
        currentKey = MDB_val()
        currentValue = MDB_val()
    }
}
