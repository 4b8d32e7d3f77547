public import LMDB
public import Platform

/// Why the log refused or failed.
public enum LogError: Error, Sendable, CustomStringConvertible {
    /// The commit failed: whether the batch is durable is not known. The log has stopped; restart the process, which
    /// recovers, and let the callers repeat their requests with the same ids.
    case outcomeUnknown(LMDBError)
    /// The log takes no more appends in this process.
    case stopped(because: StopReason)
    /// Nothing was written: less space than the floor. Appends work again once there is space.
    case diskFull(freeBytes: Int, floorBytes: Int)
    /// Nothing was written: the log's map is full. Restart with a larger one.
    case mapFull(LMDBError)
    /// Nothing was written; the log has stopped.
    case notWritten(LMDBError)
    /// Nothing was written: the batch does not continue the log.
    case positionMismatch(expected: UInt64, found: UInt64)
    /// Recorded time goes backwards at this position: in a batch, of which nothing was written, or in the log, which
    /// is then damaged.
    case recordedTimeBackwards(position: UInt64)
    /// Nothing was written: more bytes than one commit may have.
    case batchTooLarge(byteCount: Int, limit: Int)

    /// The record at this position is damaged.
    case damagedRecord(position: UInt64, RecordError)
    /// The record at this position says that it belongs to another.
    case misplacedRecord(position: UInt64, says: UInt64)
    /// A position within the log has no record.
    case missingRecord(position: UInt64)
    /// The log's own metadata is missing or makes no sense.
    case damagedMetadata(key: String)
    /// Made by a version of the format not known here.
    case unknownFormat(UInt32)
    /// Made on a machine with other pages: it can be moved only by export.
    case pageSizeDiffers(created: UInt32, machine: UInt32)
    /// The log ends before the high-water mark, or holds another record there. `found` is the leaf at the mark, or
    /// the log's end.
    case rolledBack(expected: HighWaterMark, found: HighWaterMark)
    /// LMDB runs with flags that let a commit return before it is on the device.
    case notDurable
    /// Neither slot of the high-water file is intact.
    case highWaterDamaged(path: String)
    /// The file with the key for request hashes cannot be used.
    case requestKeyFile(path: String, problem: String)
    /// LMDB failed while opening or reading.
    case storage(LMDBError)
    /// A file beside the log failed.
    case file(FileError)

    /// Why the log takes no more appends.
    public enum StopReason: Sendable, Equatable, CustomStringConvertible {
        /// A commit failed: see ``LogError/outcomeUnknown(_:)``.
        case commitFailed(LMDBError)
        /// Writing failed before the commit.
        case writeFailed(LMDBError)
        /// ``EventLog/close()`` was called.
        case closed
        /// Opened read-only.
        case readOnly

        public var description: String {
            switch self {
            case .commitFailed(let error): "a commit failed (\(error)): restart to recover"
            case .writeFailed(let error): "writing failed (\(error)): restart to recover"
            case .closed: "it was closed"
            case .readOnly: "it was opened read-only"
            }
        }
    }

    public var description: String {
        switch self {
        case .outcomeUnknown(let error):
            "the commit failed (\(error)); whether the events are in the log is not known. Restart, then repeat the "
                + "requests with the same ids"
        case .stopped(let reason):
            "the log takes no more events: \(reason)"
        case .diskFull(let freeBytes, let floorBytes):
            "\(freeBytes) bytes free on the log's disk, fewer than the floor of \(floorBytes): nothing was written. "
                + "Free some space; appends then go on by themselves"
        case .mapFull(let error):
            "the log's memory map is full (\(error)): nothing was written. Restart with a larger map"
        case .notWritten(let error):
            "writing failed (\(error)): nothing was written. Restart to recover"
        case .positionMismatch(let expected, let found):
            "the batch holds position \(found) where \(expected) comes next: nothing was written"
        case .recordedTimeBackwards(let position):
            "recorded time goes backwards at position \(position)"
        case .batchTooLarge(let byteCount, let limit):
            "a batch of \(byteCount) bytes, more than the \(limit) of one commit: nothing was written"
        case .damagedRecord(let position, let error):
            "the record at position \(position) is damaged: \(error). Restore the log from a backup"
        case .misplacedRecord(let position, let says):
            "the record at position \(position) says that it is \(says). Restore the log from a backup"
        case .missingRecord(let position):
            "the log has no record at position \(position). Restore the log from a backup"
        case .damagedMetadata(let key):
            "the log's \"\(key)\" is missing or damaged. Restore the log from a backup"
        case .unknownFormat(let version):
            "the log has format \(version), unknown to this version: use a newer one"
        case .pageSizeDiffers(let created, let machine):
            "the log was made with pages of \(created) bytes and this machine has \(machine): export it there, "
                + "import it here"
        case .rolledBack(let expected, let found):
            "the log was rolled back: the high-water mark says \(expected), the log has \(found). An older copy was "
                + "put in its place, or its end is lost. Put the right log back; or, if the loss is meant, open once "
                + "accepting the rollback (serve --accept-rollback)"
        case .notDurable:
            "LMDB says that its commits do not wait for the device: the log would lose events that were answered"
        case .highWaterDamaged(let path):
            "the high-water file \(path) is damaged, so a rollback could not be seen. Check the log against a signed "
                + "checkpoint, then open once accepting a rollback, which writes the file anew"
        case .requestKeyFile(let path, let problem):
            "the request key file \(path) cannot be used: \(problem)"
        case .storage(let error):
            error.description
        case .file(let error):
            error.description
        }
    }
}
