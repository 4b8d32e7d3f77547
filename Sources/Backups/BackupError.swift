public import BSON
public import EventLog
public import LMDB
public import Platform

/// Why a backup was not made, or not restored. What was there before is as it was.
public enum BackupError: Error, Sendable, CustomStringConvertible {
    case file(FileError)
    case log(LogError)
    case keys(KeyRingError)
    case views(LMDBError)
    /// Another run is writing it.
    case inUse(path: String)
    /// Something else lies where a backup, or a restored store, is to be made.
    case notEmpty(path: String)
    /// There is no backup.
    case missing(path: String)
    /// Bytes are not those that were written.
    case damaged(path: String, problem: String)
    /// Made by a newer version.
    case unknownFormat(path: String, format: String)
    /// The backup is of another log.
    case otherLog(backup: Digest16, log: Digest16)
    /// The log was written anew below what the backup holds.
    case diverged(position: UInt64, backup: Digest32, log: Digest32)
    /// The log ends before the backup does.
    case logIsShorter(position: UInt64, end: UInt64)
    /// The backup ends before the position that is asked for.
    case beyondEnd(asked: UInt64, end: UInt64)
    /// Nothing had happened yet.
    case beforeStart(DateTime)
    /// A ring of keys without the key that opens it.
    case noMasterKey
    /// What was written does not read back as it should.
    case notEqual(position: UInt64, expected: Digest32, found: Digest32)
    case cancelled

    public var description: String {
        switch self {
        case .file(let error): "\(error)"
        case .log(let error): "\(error)"
        case .keys(let error): "\(error)"
        case .views(let error): "the views: \(error)"
        case .inUse(let path): "another run is writing the backup \(path): wait for it"
        case .notEmpty(let path): "\(path) is not empty: name a directory that is not there yet"
        case .missing(let path): "there is no backup in \(path)"
        case .damaged(let path, let problem):
            "the backup is damaged: \(path): \(problem). Take another one, and make a new one of the log if it is sound"
        case .unknownFormat(let path, let format): "\(path) is of format \(format), unknown here: use a newer version"
        case .otherLog(let backup, let log):
            "the backup is of the log \(backup), not of this one, \(log): back up to another directory"
        case .diverged(let position, let backup, let log):
            "at position \(position) the backup has the root \(backup), the log \(log): the log was written anew since, or is "
                + "another one. Keep this backup, find out why, and back up to another directory"
        case .logIsShorter(let position, let end):
            "the log ends at position \(end), and the backup holds it up to \(position): events were lost since. Restore them, "
                + "or back up to another directory"
        case .beyondEnd(let asked, let end): "the backup ends at position \(end), before \(asked)"
        case .beforeStart(let moment): "nothing had been recorded by \(moment)"
        case .noMasterKey:
            "the backup is without the master key, which opens what it holds of persons: give it (--master-key FILE, or "
                + "ANNALS_MASTER_KEY)"
        case .notEqual(let position, let expected, let found):
            "at position \(position) what was written has the root \(found) in place of \(expected): nothing counts"
        case .cancelled: "it was broken off"
        }
    }
}

extension BackupError {
    static func files<R>(_ body: () throws(FileError) -> R) throws(BackupError) -> R {
        do throws(FileError) { return try body() } catch { throw .file(error) }
    }

    static func log<R: ~Copyable>(_ body: () throws(LogError) -> R) throws(BackupError) -> R {
        do throws(LogError) { return try body() } catch { throw .log(error) }
    }
}
