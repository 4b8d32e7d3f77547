internal import CLMDB
internal import Glibc
internal import Platform
internal import Synchronization

/// The open environment, shared by `Environment` and the transactions begun in it; the last of them closes it.
///
/// @unchecked Sendable: `pointer` never changes, and LMDB's calls on an environment are safe from any thread once it
/// is open; everything else is immutable, atomic or behind a lock.
final class EnvironmentCore: @unchecked Sendable {
    let pointer: OpaquePointer
    let directory: String
    let options: EnvironmentOptions
    let tables: [String: Table]
    private let tableNames: [UInt32: String]
    private let identities: [FileIdentity]
    /// Ended readers, reset, each still in its reader slot: renewing one takes no lock of LMDB's and no allocation.
    private let idleReaders = Mutex<[TransactionHandle]>([])
    private let maxIdleReaders: Int
    /// The thread inside a write transaction, 0 if none.
    private let writerThread = Atomic<UInt>(0)

    init(
        pointer: OpaquePointer, directory: String, options: EnvironmentOptions, tables: [String: Table],
        identities: [FileIdentity]
    ) {
        self.pointer = pointer
        self.directory = directory
        self.options = options
        self.tables = tables
        self.identities = identities
        var names: [UInt32: String] = [:]
        for (name, table) in tables { names[table.identifier] = name }
        tableNames = names
        maxIdleReaders = max(1, options.maxReaders / 4)
    }

    deinit {
        idleReaders.withLock { handles in
            for handle in handles { mdb_txn_abort(handle.pointer) }
            handles.removeAll()
        }
        EnvironmentRegistry.files.withLock { files in
            mdb_env_close(pointer)
            files.subtract(identities)
        }
    }

    func beginRead() throws(LMDBError) -> TransactionHandle {
        let handle = try beginAnyRead()
        guard options.withoutLocks else { return handle }
        // The writer may have written over the head that was being copied: of the newest commit it never does.
        while try mdb_txn_id(handle.pointer) != information().me_last_txnid {
            mdb_txn_reset(handle.pointer)
            let code = mdb_txn_renew(handle.pointer)
            guard code == MDB_SUCCESS else {
                mdb_txn_abort(handle.pointer)
                throw LMDBError(code: code, operation: "mdb_txn_renew", detail: directory)
            }
        }
        return handle
    }

    private func beginAnyRead() throws(LMDBError) -> TransactionHandle {
        if let handle = idleReaders.withLock({ $0.popLast() }) {
            let code = mdb_txn_renew(handle.pointer)
            if code == MDB_SUCCESS {
                handle.markOpen()
                return handle
            }
            mdb_txn_abort(handle.pointer)
            throw LMDBError(code: code, operation: "mdb_txn_renew", detail: directory)
        }
        var transaction: OpaquePointer?
        var code = mdb_txn_begin(pointer, nil, UInt32(MDB_RDONLY), &transaction)
        if code == MDB_READERS_FULL {
            // Slots of processes that died are only freed when somebody looks.
            var dead: Int32 = 0
            mdb_reader_check(pointer, &dead)
            if dead > 0 { code = mdb_txn_begin(pointer, nil, UInt32(MDB_RDONLY), &transaction) }
        }
        guard code == MDB_SUCCESS, let transaction else {
            throw LMDBError(code: code, operation: "mdb_txn_begin", detail: directory)
        }
        return TransactionHandle(transaction, tableNames: tableNames)
    }

    func endRead(_ handle: TransactionHandle) {
        handle.markEnded()
        mdb_txn_reset(handle.pointer)
        let pooled = idleReaders.withLock { handles in
            guard handles.count < maxIdleReaders else { return false }
            handles.append(handle)
            return true
        }
        if !pooled { mdb_txn_abort(handle.pointer) }
    }

    func beginWrite() throws(LMDBError) -> TransactionHandle {
        let thread = UInt(pthread_self())
        guard writerThread.load(ordering: .relaxed) != thread else {
            throw LMDBError(code: EDEADLK, kind: .writerBusy, operation: "mdb_txn_begin", detail: directory)
        }
        var transaction: OpaquePointer?
        let code = mdb_txn_begin(pointer, nil, 0, &transaction)
        guard code == MDB_SUCCESS, let transaction else {
            throw LMDBError(code: code, operation: "mdb_txn_begin", detail: directory)
        }
        writerThread.store(thread, ordering: .relaxed)
        return TransactionHandle(transaction, tableNames: tableNames)
    }

    func commitWrite(_ handle: TransactionHandle) throws(LMDBError) {
        endWrite(handle)
        // Frees the transaction, and with it the writer's lock, even if it fails.
        try check(mdb_txn_commit(handle.pointer), "mdb_txn_commit", directory)
    }

    func abortWrite(_ handle: TransactionHandle) {
        endWrite(handle)
        mdb_txn_abort(handle.pointer)
    }

    private func endWrite(_ handle: TransactionHandle) {
        assert(
            writerThread.load(ordering: .relaxed) == UInt(pthread_self()),
            "a write transaction must end on the thread that began it")
        handle.markEnded()
        // Cleared before LMDB lets the next writer in, so as not to clear what that one has set.
        writerThread.store(0, ordering: .relaxed)
    }
}
