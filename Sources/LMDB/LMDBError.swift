internal import CLMDB
internal import Glibc
public import Platform

/// What LMDB, or this module before it, refused to do.
///
/// `code` is LMDB's own number (negative, `MDB_…` in lmdb.h) or an errno (positive). A full disk comes back as EIO at
/// least as often as ENOSPC; ask the file system for its free space to tell. After a failed commit or sync of a durable
/// environment the outcome is unknown: the data may or may not be on the device.
public struct LMDBError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Kind: Sendable, Hashable {
        /// MDB_NOTFOUND
        case notFound
        /// MDB_KEYEXIST; for an append: the key is not above the last one.
        case keyExists
        /// MDB_MAP_FULL
        case mapFull
        /// MDB_MAP_RESIZED: another process uses a larger map.
        case mapResized
        /// MDB_READERS_FULL
        case readersFull
        /// More snapshots than the program allows itself: try again in a moment.
        case tooManyReaders
        /// MDB_DBS_FULL
        case tablesFull
        /// MDB_TXN_FULL: too many changed pages in one transaction.
        case transactionFull
        /// A key of 0 or more than 511 bytes, or MDB_BAD_VALSIZE.
        case badKeySize
        /// MDB_CORRUPTED, MDB_PAGE_NOTFOUND, MDB_CURSOR_FULL, MDB_PAGE_FULL
        case corrupted
        /// MDB_PANIC: an earlier failure made the environment unusable.
        case panic
        /// MDB_INVALID: not an LMDB file, or an empty one.
        case invalid
        /// MDB_VERSION_MISMATCH
        case versionMismatch
        /// MDB_BAD_TXN: an earlier error in the transaction leaves only aborting it.
        case badTransaction
        /// A cursor was used after its transaction had ended.
        case transactionEnded
        /// The environment is open in this process already.
        case alreadyOpen
        /// The thread already has a write transaction; a second would wait for itself for ever.
        case writerBusy
        /// Any errno.
        case io(Int32)
        /// Any other code of LMDB's.
        case other(Int32)
    }

    public let code: Int32
    public let kind: Kind
    /// The call that failed, for example "mdb_put".
    public let operation: String
    /// The path or table it was about, if it was about one.
    public let detail: String?

    public init(code: Int32, operation: String, detail: String? = nil) {
        self.code = code
        self.kind = LMDBError.kind(of: code)
        self.operation = operation
        self.detail = detail
    }

    init(code: Int32, kind: Kind, operation: String, detail: String? = nil) {
        self.code = code
        self.kind = kind
        self.operation = operation
        self.detail = detail
    }

    public static func tooManyReaders(limit: Int) -> LMDBError {
        LMDBError(code: EAGAIN, kind: .tooManyReaders, operation: "begin a snapshot", detail: "of \(limit) at most")
    }

    /// Whether there are too many readers just now, and the same may work in a moment.
    public var isCrowded: Bool { kind == .tooManyReaders || kind == .readersFull }

    public init(_ error: FileError) {
        self.init(code: error.errno, operation: error.operation, detail: error.path)
    }

    public var description: String {
        let reason: String
        switch kind {
        case .alreadyOpen: reason = "the environment is open in this process already"
        case .transactionEnded: reason = "the cursor's transaction has ended"
        case .tooManyReaders: reason = "too many snapshots are open; try again in a moment"
        case .writerBusy: reason = "this thread already has a write transaction"
        case .badKeySize where code == MDB_BAD_VALSIZE: reason = "a key must have 1 to 511 bytes"
        default: reason = String(cString: mdb_strerror(code))
        }
        return "\(operation)\(detail.map { " (\($0))" } ?? ""): \(reason) [\(code)]"
    }

    private static func kind(of code: Int32) -> Kind {
        switch code {
        case MDB_NOTFOUND: .notFound
        case MDB_KEYEXIST: .keyExists
        case MDB_MAP_FULL: .mapFull
        case MDB_MAP_RESIZED: .mapResized
        case MDB_READERS_FULL: .readersFull
        case MDB_DBS_FULL: .tablesFull
        case MDB_TXN_FULL: .transactionFull
        case MDB_BAD_VALSIZE: .badKeySize
        case MDB_CORRUPTED, MDB_PAGE_NOTFOUND, MDB_CURSOR_FULL, MDB_PAGE_FULL: .corrupted
        case MDB_PANIC: .panic
        case MDB_INVALID: .invalid
        case MDB_VERSION_MISMATCH: .versionMismatch
        case MDB_BAD_TXN: .badTransaction
        case 1...: .io(code)
        default: .other(code)
        }
    }
}

/// Throws unless LMDB said success. Only for calls whose detail costs nothing.
func check(_ code: Int32, _ operation: String, _ detail: String? = nil) throws(LMDBError) {
    guard code == MDB_SUCCESS else { throw LMDBError(code: code, operation: operation, detail: detail) }
}
