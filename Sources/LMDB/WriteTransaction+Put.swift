internal import CLMDB

extension WriteTransaction {
    /// Puts an entry, replacing the one with the same key. O(log n); O(1) with `append`.
    ///
    /// Key and value are copied, and must not lie in the same environment's map, where writing moves them.
    /// - Returns: false, and nothing changed, if `noOverwrite` is set and the key was there.
    /// - Throws: `keyExists` if `append` is set and the key is not above the last; `badKeySize`; `mapFull`.
    @discardableResult
    public func put(
        _ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, in table: Table, flags: PutFlags = []
    ) throws(LMDBError) -> Bool {
        var key = try handle.key(key, "mdb_put", table)
        var value = MDB_val(value)
        let code = mdb_put(handle.pointer, table.identifier, &key, &value, flags.code)
        if code == MDB_SUCCESS { return true }
        if code == MDB_KEYEXIST, flags.contains(.noOverwrite), !flags.contains(.append) { return false }
        throw handle.failure(code, "mdb_put", table)
    }

    /// Puts an entry whose value the caller writes in place.
    ///
    /// Every byte must be written before the transaction's next call: what is not written is whatever the page held.
    /// - Returns: room for `byteCount` bytes, valid until the transaction's next write.
    /// - Throws: `keyExists` if `append` or `noOverwrite` is set and the key stands against it; `badKeySize`;
    /// `mapFull`.
    public func reserve(
        _ key: UnsafeRawBufferPointer, byteCount: Int, in table: Table, flags: PutFlags = []
    ) throws(LMDBError) -> UnsafeMutableRawBufferPointer {
        precondition(byteCount >= 0, "byteCount is negative")
        var key = try handle.key(key, "mdb_put", table)
        var value = MDB_val(mv_size: byteCount, mv_data: nil)
        let code = mdb_put(handle.pointer, table.identifier, &key, &value, flags.code | UInt32(MDB_RESERVE))
        guard code == MDB_SUCCESS else { throw handle.failure(code, "mdb_put", table) }
        return UnsafeMutableRawBufferPointer(start: value.mv_data, count: byteCount)
    }

    /// Deletes an entry. O(log n).
    /// - Returns: whether it was there.
    @discardableResult
    public func delete(_ key: UnsafeRawBufferPointer, in table: Table) throws(LMDBError) -> Bool {
        var key = try handle.key(key, "mdb_del", table)
        switch mdb_del(handle.pointer, table.identifier, &key, nil) {
        case MDB_SUCCESS: return true
        case MDB_NOTFOUND: return false
        case let code: throw handle.failure(code, "mdb_del", table)
        }
    }

    /// Deletes every entry of a table; the table stays. O(pages).
    public func empty(_ table: Table) throws(LMDBError) {
        let code = mdb_drop(handle.pointer, table.identifier, 0)
        guard code == MDB_SUCCESS else { throw handle.failure(code, "mdb_drop", table) }
    }
}
