internal import CLMDB
internal import Glibc
internal import Platform
internal import Synchronization

extension EnvironmentCore {
    /// Opens the environment in a directory, with its tables.
    /// `creating`: whether there must be no data file yet, or else there must be one.
    static func open(
        directory: String, tables: [String], options: EnvironmentOptions, creating: Bool, fileSystem: FileSystem
    ) throws(LMDBError) -> EnvironmentCore {
        guard options.mapBytes > 0, options.maxTables >= tables.count, options.maxReaders > 0,
            options.readOnly || !options.withoutLocks
        else {
            throw LMDBError(code: EINVAL, operation: "options", detail: directory)
        }
        return try EnvironmentRegistry.files.withLock { (files) throws(LMDBError) -> EnvironmentCore in
            let present = try EnvironmentRegistry.identities(of: directory, fileSystem)
            guard files.isDisjoint(with: present) else {
                throw LMDBError(code: EBUSY, kind: .alreadyOpen, operation: "mdb_env_open", detail: directory)
            }
            try checkDataFile(directory: directory, creating: creating, fileSystem)
            var created: OpaquePointer?
            try check(mdb_env_create(&created), "mdb_env_create", directory)
            guard let environment = created else { throw LMDBError(code: ENOMEM, operation: "mdb_env_create") }
            do throws(LMDBError) {
                let handles = try start(environment, directory: directory, tables: tables, options: options)
                // Some files may be new, so their identities are asked for again.
                let identities = try EnvironmentRegistry.identities(of: directory, fileSystem)
                files.formUnion(identities)
                return EnvironmentCore(
                    pointer: environment, directory: directory, options: options, tables: handles,
                    identities: identities)
            } catch {
                mdb_env_close(environment)
                throw error
            }
        }
    }

    /// A missing data file must not be replaced by an empty one unasked, nor an empty one be taken for a new one.
    private static func checkDataFile(
        directory: String, creating: Bool, _ fileSystem: FileSystem
    ) throws(LMDBError) {
        let path = EnvironmentRegistry.dataPath(directory)
        do throws(FileError) {
            let status = try fileSystem.status(path)
            switch (status, creating) {
            case (nil, false): throw FileError(operation: "open environment", path: path, errno: ENOENT)
            case (.some, true): throw FileError(operation: "create environment", path: path, errno: EEXIST)
            default: break
            }
            guard let status, status.byteCount == 0 else { return }
        } catch {
            throw LMDBError(error)
        }
        throw LMDBError(code: MDB_INVALID, operation: "open environment", detail: path)
    }

    private static func start(
        _ environment: OpaquePointer, directory: String, tables: [String], options: EnvironmentOptions
    ) throws(LMDBError) -> [String: Table] {
        let pageBytes = Int(sysconf(Int32(_SC_PAGESIZE)))
        let (rounded, overflow) = options.mapBytes.addingReportingOverflow(pageBytes - 1)
        let mapBytes = overflow ? options.mapBytes : rounded / pageBytes * pageBytes
        try check(mdb_env_set_mapsize(environment, mapBytes), "mdb_env_set_mapsize", directory)
        try check(mdb_env_set_maxreaders(environment, UInt32(clamping: options.maxReaders)), "mdb_env_set_maxreaders")
        try check(mdb_env_set_maxdbs(environment, UInt32(clamping: options.maxTables)), "mdb_env_set_maxdbs")
        try reportAssertions(environment)
        try check(mdb_env_open(environment, directory, options.flags, 0o600), "mdb_env_open", directory)
        var dead: Int32 = 0
        try check(mdb_reader_check(environment, &dead), "mdb_reader_check", directory)
        return try openTables(environment, tables, readOnly: options.readOnly)
    }

    /// Opens all tables in one transaction that is committed: a handle from an aborted one would be dead.
    private static func openTables(
        _ environment: OpaquePointer, _ names: [String], readOnly: Bool
    ) throws(LMDBError) -> [String: Table] {
        var begun: OpaquePointer?
        try check(mdb_txn_begin(environment, nil, readOnly ? UInt32(MDB_RDONLY) : 0, &begun), "mdb_txn_begin")
        guard let transaction = begun else { throw LMDBError(code: ENOMEM, operation: "mdb_txn_begin") }
        var tables: [String: Table] = [:]
        for name in names {
            var identifier: UInt32 = 0
            let code = mdb_dbi_open(transaction, name, readOnly ? 0 : UInt32(MDB_CREATE), &identifier)
            if code == MDB_SUCCESS {
                tables[name] = Table(identifier: identifier)
            } else if !(readOnly && code == MDB_NOTFOUND) {
                mdb_txn_abort(transaction)
                throw LMDBError(code: code, operation: "mdb_dbi_open", detail: name)
            }
        }
        try check(mdb_txn_commit(transaction), "mdb_txn_commit")
        return tables
    }
}
