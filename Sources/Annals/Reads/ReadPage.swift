public import BSON

/// Some entries of the trail, oldest first.
public struct ReadPage: Sendable {
    public var entries: [ReadEntry] = []
    /// What to go on after.
    public var next: UInt64
    /// Whether there are no more.
    public var isComplete: Bool
    /// The newest entry's.
    public var position: UInt64
}

extension ReadPage {
    /// As the door gives it.
    public var document: Document {
        [
            "reads": .array(entries.map { .document($0.document) }), "next": .int64(Int64(clamping: next)),
            "complete": .bool(isComplete), "position": .int64(Int64(clamping: position)),
        ]
    }
}
