public import LMDB
public import Platform
public import Views

/// Why collections cannot be had as they were.
public enum PastError: Error, Sendable, CustomStringConvertible {
    /// They are being folded: ask again.
    case folding(reached: UInt64, position: UInt64)
    /// Others are folded first: ask again.
    case busy
    /// Somebody was erased meanwhile: ask again, for views that say nothing of them.
    case interrupted
    case tooSlow(seconds: Int)
    case tooLarge(bytes: Int)
    /// The disk has to stay free for the log.
    case diskFull(freeBytes: Int)
    case closed
    case file(FileError)
    case views(LMDBError)
    case replay(ReplayError)

    public var description: String {
        switch self {
        case .folding(let reached, let position):
            "the collections as of position \(position) are being folded, and are at \(reached); ask again"
        case .busy: "others are being folded first; ask again"
        case .interrupted: "somebody was erased while they were folded; ask again"
        case .tooSlow(let seconds):
            "folding them takes more than \(seconds) s; ask for fewer collections, or ask the directory itself, without a "
                + "server"
        case .tooLarge(let bytes): "they take more than the \(bytes) bytes that may be kept; ask for fewer collections"
        case .diskFull(let free): "only \(free) bytes are free on the disk, which the log needs"
        case .closed: "the store is closing"
        case .file(let error): "\(error)"
        case .views(let error): "the views of then: \(error)"
        case .replay(let error): "\(error)"
        }
    }
}
