public import LMDB

extension ViewStore {
    /// Writes a copy of all that is committed to a directory that is not there yet. For views that rest: it reads under one
    /// snapshot.
    package func writeCopy(to directory: String) throws(LMDBError) {
        try environment.copy(to: directory, compacting: false, fileSystem: fileSystem)
    }

    /// Bytes up to the last page ever used. O(1).
    package func usedBytes() throws(LMDBError) -> Int { try environment.usedBytes().used }
}
