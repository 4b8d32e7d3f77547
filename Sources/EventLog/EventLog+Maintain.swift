public import LMDB

extension EventLog {
    /// LMDB's figures: map, pages, readers, lag of the oldest reader.
    public func statistics() throws(LogError) -> EnvironmentStatistics {
        do throws(LMDBError) {
            return try environment.statistics()
        } catch {
            throw .storage(error)
        }
    }

    /// Frees the reader slots of processes that died, which would otherwise keep pages from being reused. Call it
    /// every few seconds. Returns how many there were.
    @discardableResult
    public func checkReaders() throws(LogError) -> Int {
        do throws(LMDBError) {
            return try environment.checkReaders()
        } catch {
            throw .storage(error)
        }
    }

    /// Writes a copy of the log's environment to a new directory, flushed, whole or not at all, while appends go on.
    /// Verify it (in another process) before calling it a backup.
    public func copy(to directory: String, compacting: Bool = false) throws(LogError) {
        do throws(LMDBError) {
            try environment.copy(to: directory, compacting: compacting, fileSystem: fileSystem)
        } catch {
            throw .storage(error)
        }
    }
}
