public import BSON
internal import Schema

/// Which way to take, instead of the planner's own choice.
public enum PlanHint: Sendable, Hashable {
    /// Every document in the order of `_id`: `{$natural: 1}`.
    case collectionScan
    /// The same backward: `{$natural: -1}`.
    case backwardScan
    /// The index of this name, such as `userId_1_createdAt_-1`.
    case index(String)

    /// Reads a name, a key pattern such as `{userId: 1, createdAt: -1}`, or `{$natural: 1}`.
    public init(_ value: Value) throws(QueryError) {
        switch value {
        case .string(let name): self = .index(name)
        case .document(let pattern): self = try Self.read(pattern)
        default: throw Self.unreadable
        }
    }

    private static func read(_ pattern: Document) throws(QueryError) -> PlanHint {
        var parts: [String] = []
        for (name, value) in pattern.pairs {
            let direction = value.withRaw { $0.int64 }
            guard direction == 1 || direction == -1 else { throw unreadable }
            if name == "$natural", pattern.count == 1 { return direction == 1 ? .collectionScan : .backwardScan }
            parts.append("\(name)_\(direction == 1 ? 1 : -1)")
        }
        if parts.isEmpty { throw unreadable }
        return .index(parts.joined(separator: "_"))
    }

    private static var unreadable: QueryError {
        QueryError(
            .badHint, at: "hint", "a hint names an index",
            mend: "write its name, its keys such as {\"userId\": 1}, or {\"$natural\": 1}")
    }
}
