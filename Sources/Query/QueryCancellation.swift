internal import Synchronization

/// Stops a query for which nobody waits any more, from another thread: where it looks at its time, it looks at this.
public final class QueryCancellation: Sendable, Hashable {
    private let flag = Atomic<Bool>(false)

    public init() {}

    /// For good.
    public func cancel() { flag.store(true, ordering: .relaxed) }

    public var isCancelled: Bool { flag.load(ordering: .relaxed) }

    public static func == (left: QueryCancellation, right: QueryCancellation) -> Bool { left === right }

    public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}
