public import Backups
public import EventLog
public import LMDB
public import Platform
public import Schema
public import Views

/// Why a store did not open or cannot go on.
public enum StoreError: Error, Sendable, CustomStringConvertible {
    case catalogue(Catalogue.Invalid)
    case file(FileError)
    /// Another process holds the directory.
    case inUse(directory: String)
    /// Memory maps or locks are known to misbehave on this file system.
    case unsafeFileSystem(directory: String, type: String)
    case log(LogError)
    case views(LMDBError)
    case replay(ReplayError)
    /// The keys of persons.
    case keys(KeyRingError)
    /// A question about a secret.
    case secret(SecretError)
    /// Signed checkpoints, or their key.
    case checkpoint(CheckpointError)
    case rebuild(RebuildError)
    /// A backup, a restore.
    case backup(BackupError)
    case notFound(String)
    /// Something came between; the same may work again.
    case interrupted(String)

    public var description: String {
        switch self {
        case .catalogue(let error): "the declared collections do not fit together: \(error)"
        case .file(let error): "\(error)"
        case .inUse(let directory): "another process has \(directory) open; use its URL, or stop it first"
        case .unsafeFileSystem(let directory, let type):
            "\(directory) is on \(type): memory maps and locks are not reliable on network and user-space file systems, "
                + "and events could be lost. Use a local disk; or force it (--force-filesystem), if a loss is bearable"
        case .log(let error): "\(error)"
        case .views(let error): "the views: \(error)"
        case .replay(let error): "\(error)"
        case .keys(let error): "\(error)"
        case .secret(let error): "\(error)"
        case .checkpoint(let error): "\(error)"
        case .rebuild(let error): "\(error)"
        case .backup(let error): "\(error)"
        case .notFound(let what): what
        case .interrupted(let reason): "\(reason): try again"
        }
    }
}

/// Why a request was not appended. Nothing of it was written, but for `outcomeUnknown`.
public enum AppendError: Error, Sendable, CustomStringConvertible {
    /// One entry for each refused event of the request: its place in the request, and all reasons.
    case refused([(index: Int, refusals: Refusals)])
    /// The same (source, id) was accepted before with other content.
    case conflict(index: Int, position: UInt64)
    /// A stream is not at the version the request expects.
    case wrongVersion(index: Int, subject: String, expected: UInt64, actual: UInt64)
    /// An event that the append condition rules out is there.
    case conditionFailed(index: Int, position: UInt64)
    case tooLarge(events: Int, bytes: Int)
    /// The queue is full: try again later.
    case overloaded
    /// The disk is nearly full: nothing is written until there is space again.
    case diskFull(String)
    /// The store stopped writing after a failure; reads go on. Restart it.
    case stopped(String)
    /// The commit failed in a way that may or may not have reached the disk: ask again, with the same id, after a restart.
    case outcomeUnknown(String)
    /// A projector could not apply an event that its guard let through: a defect, and nothing was written.
    case anomaly(index: Int, String)

    public var description: String {
        switch self {
        case .refused(let all):
            all.map { "event \($0.index): \($0.refusals)" }.joined(separator: "\n")
        case .conflict(let index, let position):
            "event \(index): this source and id were accepted with other content at position \(position); give a new fact a new id"
        case .wrongVersion(let index, let subject, let expected, let actual):
            "event \(index): stream \(subject) is at version \(actual), not \(expected); read it again and decide anew"
        case .conditionFailed(let index, let position):
            "event \(index): the append condition fails at position \(position); read on from there and decide anew"
        case .tooLarge(let events, let bytes):
            "\(events) events of \(bytes) bytes are too many for one request; split it"
        case .overloaded: "too many events are waiting; try again in a moment"
        case .diskFull(let reason): reason
        case .stopped(let reason): "the store has stopped writing: \(reason)"
        case .outcomeUnknown(let reason): "outcome unknown, send it again with the same id after the restart: \(reason)"
        case .anomaly(let index, let reason): "event \(index): \(reason)"
        }
    }
}
