internal import CLMDB
internal import Glibc
public import Platform

extension Environment {
    /// Writes a copy of the last commit to a new directory, flushed, whole or not at all. Writers go on meanwhile.
    ///
    /// Holds a read transaction for as long as it takes. The copy is not sparse, whatever the original is.
    /// `compacting`: leaves out free pages; slower, and fails if the environment has leaked pages.
    /// - Throws: EEXIST or ENOTEMPTY if `target` exists and is not an empty directory.
    public func copy(
        to target: String, compacting: Bool, fileSystem: FileSystem = .system
    ) throws(LMDBError) {
        try fileSystem.makeWhole(FileSystem.withoutTrailingSlashes(target)) { (temporary) throws(LMDBError) in
            let flags = compacting ? UInt32(MDB_CP_COMPACT) : 0
            try check(mdb_env_copy2(core.pointer, temporary, flags), "mdb_env_copy2", temporary)
            // LMDB makes the file readable to all that the umask lets; ours are the owner's.
            guard chmod(EnvironmentRegistry.dataPath(temporary), 0o600) == 0 else {
                throw LMDBError(code: errno, operation: "chmod", detail: temporary)
            }
        }
    }
}

extension EnvironmentCore {
    func flush() -> Int32 { mdb_env_sync(pointer, 1) }
}
