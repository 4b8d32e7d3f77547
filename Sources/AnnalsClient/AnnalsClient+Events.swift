public import BSON
internal import NIOHTTP1

extension AnnalsClient {
    /// An event as the log has it.
    public struct Event: Sendable {
        public let position: UInt64
        /// The whole CloudEvent.
        public let document: Document
    }

    /// Events after a position: those that are there, then those that come, for ever. Each comes once and in order,
    /// however often the connection breaks.
    ///
    /// `types`: `user.registered`, `user.*`; all where empty.
    public func events(after: UInt64 = 0, types: [String] = [], subject: String? = nil) -> EventSequence {
        let parts = types.map { "type=\($0.segment)" } + (subject.map { ["subject=\($0.segment)"] } ?? [])
        return EventSequence(self, path: "/v1/events", parts, lastID: after)
    }

    /// A page of events that are there, oldest first.
    public struct EventPage: Sendable {
        public let events: [Event]
        /// After this position the next page begins.
        public let next: UInt64
        /// Nothing was left when the page was read.
        public let isComplete: Bool
    }

    /// Events after a position, `limit` of them at most (1 to 1,000).
    public func eventPage(
        after: UInt64 = 0, types: [String] = [], subject: String? = nil, limit: Int = 1_000
    ) async throws(ClientError) -> EventPage {
        let query =
            types.map { "type=\($0.segment)" } + (subject.map { ["subject=\($0.segment)"] } ?? [])
            + ["after=\(after)", "limit=\(limit)", "format=canonical"]
        let answer = try await call(.GET, "/v1/events?" + query.joined(separator: "&")).document(url)
        guard case .array(let elements)? = answer["events"], let next = answer["next"]?.wholeNumber,
            case .bool(let isComplete)? = answer["complete"]
        else { throw .badAnswer("\(url) gives no events") }
        var events: [Event] = []
        for case .document(let event) in elements {
            guard let position = event["position"]?.wholeNumber else {
                throw .badAnswer("\(url) gives an event without a position")
            }
            events.append(Event(position: position, document: event))
        }
        return EventPage(events: events, next: next, isComplete: isComplete)
    }

    /// Events of a named consumer, whose place the server keeps: from after what was acknowledged. What was not comes again
    /// after a new start; within this sequence, each event comes once.
    public func events(consumer: String) -> EventSequence {
        EventSequence(self, path: "/v1/consumers/\(consumer.segment)/events", [], lastID: 0)
    }

    /// Everything up to a position is done.
    public func acknowledge(_ position: UInt64, consumer: String) async throws(ClientError) {
        let body = Array(#"{"position":\#(position)}"#.utf8)
        _ = try await call(.POST, "/v1/consumers/\(consumer.segment)/ack", body: body).document(url)
    }
}
