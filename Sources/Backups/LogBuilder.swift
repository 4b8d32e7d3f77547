public import EventLog
public import Platform

/// Makes a log of records that were written elsewhere.
public final class LogBuilder {
    private let log: EventLog
    private var batch = LogBatch()
    /// What one commit has at least.
    private static let commitBytes = 8 << 20

    /// A new log in a store's directory.
    public init(
        _ directory: String, _ identity: LogIdentity, _ options: LogOptions, _ fileSystem: FileSystem, _ clock: Clock
    ) throws(BackupError) {
        log = try BackupError.log { () throws(LogError) in
            try EventLog(
                directory: directory + "/log", highWaterPath: directory + "/high-water", options: options,
                fileSystem: fileSystem, clock: clock, identity: identity)
        }
    }

    /// One that is there, to be gone on with.
    public init(_ log: EventLog) { self.log = log }

    /// - Returns: whether what was gathered has been committed.
    @discardableResult
    public func add(_ record: Record) throws(BackupError) -> Bool {
        do throws(RecordError) { try batch.add(record.bytes) } catch {
            throw .log(.damagedRecord(position: record.position, error))
        }
        guard batch.byteCount >= Self.commitBytes else { return false }
        try commit()
        return true
    }

    private func commit() throws(BackupError) {
        _ = try BackupError.log { () throws(LogError) in try log.append(batch) }
        batch.removeAll()
    }

    /// Commits the rest, reads the whole log again, and closes it.
    public func finish(root: Digest32) throws(BackupError) {
        try commit()
        var frontier = MerkleFrontier()
        try BackupError.log { () throws(LogError) in try log.snapshot().verify(into: &frontier) }
        guard frontier.root == root else {
            throw .notEqual(position: frontier.size, expected: root, found: frontier.root)
        }
        try BackupError.log { () throws(LogError) in try log.close() }
    }
}
