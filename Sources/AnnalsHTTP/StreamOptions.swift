/// How streams of events are kept alive, and when a client is let go.
public struct StreamOptions: Sendable {
    /// After so long without an event the stream says that it is still there, and how far it has looked.
    public var heartbeat = Duration.seconds(15)
    /// A client that takes nothing for so long is disconnected; it may come back and go on where it was.
    public var writeLimit = Duration.seconds(30)
    /// Streams at once.
    public var most = 1_000
    /// Whole collections on their way at once; each costs a page of memory, some megabytes.
    public var mostExports = 32
    /// How long an answer that is still being sent goes without an entry in the audit trail of reads.
    public var longestUnwritten = Duration.seconds(60)

    public init() {}
}
