import BSON

/// What a caller wants to do.
public enum Permission: Sendable, Hashable, CustomStringConvertible {
    /// Append events of a type.
    case append(String)
    /// Read the documents of a collection.
    case read(String)
    /// Read the log: events of every type, whole.
    case audit
    /// Read the server's metrics.
    case metrics
    /// Keep what is beside the log: consumers, parked events, the server's own state.
    case admin

    public var description: String {
        switch self {
        case .append(let type): "append:\(type)"
        case .read(let collection): "read:\(collection)"
        case .audit: "audit"
        case .metrics: "metrics"
        case .admin: "admin"
        }
    }
}

/// What a key allows: `append:user.*`, `append:*`, `read:users`, `read:*`, `audit`, `metrics`, `admin` (everything).
public enum Scope: Sendable, Hashable, CustomStringConvertible {
    case append(EventTypePattern)
    /// `nil`: every collection.
    case read(String?)
    case audit
    case metrics
    case admin

    public init?(_ text: String) {
        switch text {
        case "audit": self = .audit
        case "metrics": self = .metrics
        case "admin": self = .admin
        case "read:*": self = .read(nil)
        default:
            let words = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard words.count == 2, !words[1].isEmpty else { return nil }
            switch words[0] {
            case "append":
                guard let pattern = EventTypePattern(words[1]) else { return nil }
                self = .append(pattern)
            case "read":
                guard words[1].utf8.allSatisfy({ $0 > 0x20 && $0 != 0x2A && $0 < 0x7F }) else { return nil }
                self = .read(words[1])
            default: return nil
            }
        }
    }

    public var description: String {
        switch self {
        case .append(let pattern): "append:\(pattern)"
        case .read(let collection): "read:\(collection ?? "*")"
        case .audit: "audit"
        case .metrics: "metrics"
        case .admin: "admin"
        }
    }

    public func allows(_ permission: Permission) -> Bool {
        switch (self, permission) {
        case (.admin, _), (.audit, .audit), (.metrics, .metrics): true
        case (.append(let pattern), .append(let type)): pattern.matches(type)
        case (.read(let allowed), .read(let collection)): allowed == nil || allowed == collection
        default: false
        }
    }
}
