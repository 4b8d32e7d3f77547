public import BSON
public import Platform

/// A reader of events whose place the store keeps: which events it wants, and up to where it has done its work.
public struct Consumer: Sendable, Hashable {
    public let name: String
    public let filter: EventFilter
    /// Everything up to here is done; a new connection begins after it.
    public internal(set) var acknowledged: UInt64
    public let createdAt: DateTime
    public internal(set) var acknowledgedAt: DateTime?

    public static let longestName = 64

    /// Letters, digits, and `.`, `_`, `-` between them: what may be the name of a file anywhere.
    public static func isName(_ name: String) -> Bool {
        guard let first = name.utf8.first, name.utf8.count <= longestName, first != 0x2E, first != 0x2D else {
            return false
        }
        return name.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F: true
            default: false
            }
        }
    }
}

/// Why a consumer cannot be had, or an acknowledgement not taken. Nothing was changed.
public enum ConsumerError: Error, Sendable, CustomStringConvertible {
    case badName(String)
    case notFound(String)
    /// It was made for other events.
    case otherFilter(String)
    /// An acknowledgement of what the store does not have yet.
    case ahead(position: UInt64, newest: UInt64)
    case tooMany(limit: Int)
    /// Its file is not what was written.
    case damaged(path: String)
    case file(FileError)

    public var description: String {
        switch self {
        case .badName(let name):
            "\(name) is no name of a consumer: up to \(Consumer.longestName) letters, digits, dots, dashes and underscores"
        case .notFound(let name): "there is no consumer \(name)"
        case .otherFilter(let name):
            "consumer \(name) was made for other events; leave the filters out, or delete it and begin again"
        case .ahead(let position, let newest): "position \(position) is past the newest event, at \(newest)"
        case .tooMany(let limit): "there are \(limit) consumers already; delete one first"
        case .damaged(let path): "\(path) is damaged; delete the consumer and begin again where its work is done"
        case .file(let error): "\(error)"
        }
    }
}
