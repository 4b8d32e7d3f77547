internal import CLMDB

extension Cursor {
    /// Puts an entry and stands on it; rules, result and errors as `WriteTransaction.put`. For runs of ascending keys
    /// it saves the search. `reload()` shows the entry.
    /// - Throws: besides, EACCES in a read transaction.
    @discardableResult
    public mutating func put(
        _ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, flags: PutFlags = []
    ) throws(LMDBError) -> Bool {
        var newKey = try handle.key(key, "mdb_cursor_put", table)
        var newValue = MDB_val(value)
        try checkTransaction()
        let code = mdb_cursor_put(pointer, &newKey, &newValue, flags.code)
        forget()
        if code == MDB_SUCCESS {
            place = .onEntry
            return true
        }
        if code == MDB_KEYEXIST, flags.contains(.noOverwrite), !flags.contains(.append) {
            // LMDB leaves the cursor on the entry that was there.
            place = .onEntry
            return false
        }
        place = .nowhere
        throw handle.failure(code, "mdb_cursor_put", table)
    }

    /// Puts an entry whose value the caller writes in place, and stands on it; rules as `WriteTransaction.reserve`.
    public mutating func reserve(
        _ key: UnsafeRawBufferPointer, byteCount: Int, flags: PutFlags = []
    ) throws(LMDBError) -> UnsafeMutableRawBufferPointer {
        precondition(byteCount >= 0, "byteCount is negative")
        var newKey = try handle.key(key, "mdb_cursor_put", table)
        var newValue = MDB_val(mv_size: byteCount, mv_data: nil)
        try checkTransaction()
        let code = mdb_cursor_put(pointer, &newKey, &newValue, flags.code | UInt32(MDB_RESERVE))
        forget()
        place = code == MDB_SUCCESS ? .onEntry : .nowhere
        guard code == MDB_SUCCESS else { throw handle.failure(code, "mdb_cursor_put", table) }
        return UnsafeMutableRawBufferPointer(start: newValue.mv_data, count: byteCount)
    }

    /// Deletes the entry the cursor stands on; `next()` then goes to the one after it, `previous()` to the one before.
    /// - Throws: `notFound` if it stands on none; EACCES in a read transaction.
    public mutating func delete() throws(LMDBError) {
        try checkTransaction()
        guard place == .onEntry else { throw handle.failure(MDB_NOTFOUND, "mdb_cursor_del", table) }
        // Asked for, not remembered: after a put through the cursor, or a write of the transaction's, `key` is not it.
        var key = MDB_val()
        var value = MDB_val()
        var code = mdb_cursor_get(pointer, &key, &value, MDB_GET_CURRENT)
        if code == MDB_SUCCESS {
            deletedKey.removeAll(keepingCapacity: true)
            deletedKey.append(contentsOf: key.bytes)
            code = mdb_cursor_del(pointer, 0)
        }
        forget()
        guard code == MDB_SUCCESS else {
            place = .nowhere
            throw handle.failure(code, "mdb_cursor_del", table)
        }
        place = .onDeleted
    }
}
