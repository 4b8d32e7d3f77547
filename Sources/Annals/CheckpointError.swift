public import EventLog
public import LMDB
public import Platform
public import Proofs

/// Why there is no checkpoint, or no proof.
public enum CheckpointError: Error, Sendable, CustomStringConvertible {
    case file(FileError)
    case unreadable(path: String, ProofError)
    case tooLarge(path: String)
    case key(path: String, problem: String)
    case log(LogError)
    case views(LMDBError)
    case note(ProofError)
    /// Another root was signed at this size: nothing is signed that contradicts it.
    case rewritten(size: UInt64)
    /// No event to sign for.
    case empty
    /// The log ends before what is asked for, or before what was signed.
    case beyondEnd(asked: UInt64, end: UInt64)

    public var description: String {
        switch self {
        case .file(let error): "\(error)"
        case .unreadable(let path, let error): "\(path): \(error)"
        case .tooLarge(let path): "\(path) is too large for a file of checkpoints"
        case .key(let path, let problem): "the signing key \(path): \(problem)"
        case .log(let error): "\(error)"
        case .views(let error): "the views: \(error)"
        case .note(let error): "\(error)"
        case .rewritten(let size): "another root was signed for the first \(size) events: the log was rewritten"
        case .empty: "the log is empty: there is nothing to sign"
        case .beyondEnd(let asked, let end): "there is nothing at \(asked): the log ends at position \(end)"
        }
    }
}

extension CheckpointError {
    static func wrapping<R>(_ body: () throws(FileError) -> R) throws(CheckpointError) -> R {
        do throws(FileError) { return try body() } catch { throw .file(error) }
    }
}
