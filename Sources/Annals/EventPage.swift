/// What reading one page came to.
public struct EventPage: Sendable, Hashable {
    /// The last position looked at, whether or not its event was given: the next page goes on after it, or before it.
    public let next: UInt64
    /// Nothing is left in the range that was asked for, as of `position`.
    public let isComplete: Bool
    /// The newest position that the views hold; no event after it is given.
    public let position: UInt64
    /// How many events were looked at.
    public let examined: Int
}

/// What one page may cost. A page that reaches a bound is whole, and tells where to go on.
public struct EventReadLimits: Sendable, Hashable {
    /// How many records may be looked at.
    public var recordsExamined: Int
    /// How many bytes of records may be given; the first is given however long it is.
    public var bytes: Int

    public init(recordsExamined: Int = 20_000, bytes: Int = 1 << 20) {
        self.recordsExamined = recordsExamined
        self.bytes = bytes
    }

    public static let standard = EventReadLimits()
}
