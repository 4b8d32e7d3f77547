internal import Annals
internal import BSON
internal import HTTPTypes
internal import Hummingbird
internal import Schema

/// What a request to append says beside its events: in the URL and in headers.
///
///     ?onRefusal=park        what is refused is kept aside, to be tried again
///     ?history=true          timers fire by the events' own time
///     Idempotency-Key: K     the id of an event that has none; in a batch or a stream, K/0, K/1 …
///     If-Match: "N"          the stream must be at version N; If-None-Match: * for a new one
///     Annals-Condition: {"after":N,"entities":["users/…"],"types":[…]}
///     traceparent: …         recorded with events that have none
struct AppendTerms: Sendable {
    let isHistory: Bool
    /// Refused events are kept aside.
    let parks: Bool
    let idempotencyKey: String?
    private let expectedVersion: UInt64?
    private let condition: AppendCondition?
    /// Of the request; one that is none is not here.
    let traceparent: String?
    static let longestKey = 200

    init(_ request: Request, _ store: Store) throws(Problem) {
        var parameters = QueryParameters(request, known: ["history", "onRefusal"])
        isHistory = parameters.word("history", or: Flag.false) == .true
        parks = parameters.word("onRefusal", or: OnRefusal.refuse) == .park
        try parameters.check()
        var headers = AppendHeaders(request)
        idempotencyKey = headers.idempotencyKey(longest: Self.longestKey)
        expectedVersion = headers.expectedVersion()
        condition = headers.condition(store.catalogue)
        traceparent = headers.traceparent()
        try headers.check()
    }

    private enum OnRefusal: String, CaseIterable { case refuse, park }
    private enum Flag: String, CaseIterable { case `true`, `false` }

    /// Whether the request asks in a header for something to hold.
    private var hasPrecondition: Bool { expectedVersion != nil || condition != nil }

    /// Whether the stream's version was asked for in a header: where it is another, that is 412. What an event expects
    /// itself, and is not so, conflicts.
    var expectsVersion: Bool { expectedVersion != nil }

    /// The event with the id that the key gives it, where it has none.
    func identified(_ event: Document, place: Int?) -> Document {
        guard let idempotencyKey, event.withRaw({ $0.value(named: "id")?.isNull ?? true }) else { return event }
        return event.removing("id").adding("id", .string(place.map { "\(idempotencyKey)/\($0)" } ?? idempotencyKey))
    }

    /// The events under these terms. Preconditions hold before the first.
    func applied(to events: [NewEvent]) throws(Problem) -> [NewEvent] {
        if expectedVersion != nil, events.count > 1 {
            throw Problem(
                .badRequest, "precondition", "If-Match is for one event", "give expectedversion in each event instead")
        }
        var events = events
        // A trace that is none is as if it were not there, wherever it stands.
        for place in events.indices where !TraceContext.isValid(events[place].traceparent) {
            events[place].traceparent = traceparent ?? ""
        }
        guard !events.isEmpty else { return events }
        if let expectedVersion {
            if let own = events[0].expectedVersion, own != expectedVersion {
                throw Self.contradiction(own, expectedVersion)
            }
            events[0].expectedVersion = expectedVersion
        }
        if let condition { events[0].condition = condition }
        return events
    }

    private static func contradiction(_ own: UInt64, _ asked: UInt64) -> Problem {
        let message = "is \(own), and the request's headers ask for \(asked); say one of the two"
        var problem = Problem(
            .badRequest, "precondition", "Header and event expect different versions", "expectedversion \(message)")
        problem.errors = [
            Problem.Detail(
                index: 0, type: "", field: "expectedversion", rule: Refusal.Rule.version.rawValue, value: String(own),
                message: message)
        ]
        return problem
    }

    /// A batch is accepted whole or not at all: none of it is kept aside.
    func checkBatch() throws(Problem) {
        guard parks else { return }
        throw Problem(
            .badRequest, "parking", "Events of a batch are not parked",
            "a batch is all or nothing; send NDJSON, each line of which is a request of its own")
    }

    /// Lines are requests of their own, which a precondition of all cannot mean.
    func checkStream() throws(Problem) {
        guard hasPrecondition else { return }
        throw Problem(
            .badRequest, "precondition", "Preconditions are for one request",
            "each line of NDJSON is a request of its own; give expectedversion in its event")
    }
}

extension Document {
    fileprivate func adding(_ name: String, _ value: Value) -> Document {
        var document = self
        document.append(name, value)
        return document
    }
}
