public import LMDB
public import Platform

extension ViewStore {
    /// Writes a copy of the last commit to a new directory, flushed, whole or not at all, without pages that are free: what
    /// was deleted is not in it. Holds a snapshot for as long as it takes.
    public func copy(to target: String, fileSystem: FileSystem) throws(LMDBError) {
        try environment.copy(to: target, compacting: true, fileSystem: fileSystem)
    }
}
