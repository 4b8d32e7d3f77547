public import BSON
import EventLog
import Schema

/// An event as a caller gives it, before admission.
public struct NewEvent: Sendable {
    public var id: String
    public var source: String
    public var type: String
    /// `<stream>/<key>`; made from the data where empty.
    public var subject: String
    /// When it happened; the time of admission where `nil`.
    public var time: DateTime?
    public var data: Document
    /// The version of the type's schema that `data` follows; the newest where `nil`.
    public var schemaVersion: UInt16?
    /// The version the stream must have before this event.
    public var expectedVersion: UInt64?
    public var correlationID = ""
    public var causationID = ""
    public var actor = ""
    public var traceparent = ""
    /// Position of the event that this one puts right.
    public var corrects: UInt64?
    /// "No event of these types touched these documents after position N."
    public var condition: AppendCondition?

    public init(
        id: String, source: String, type: String, subject: String = "", time: DateTime? = nil, data: Document,
        expectedVersion: UInt64? = nil
    ) {
        self.id = id
        self.source = source
        self.type = type
        self.subject = subject
        self.time = time
        self.data = data
        self.expectedVersion = expectedVersion
    }
}

/// An append condition (the dynamic consistency boundary): fails where the log has, after a position, an event of one of
/// the types that touched one of the documents.
public struct AppendCondition: Sendable, Hashable {
    public struct Entity: Sendable, Hashable {
        public var collection: String
        public var id: ObjectID
        public init(collection: String, id: ObjectID) {
            self.collection = collection
            self.id = id
        }
    }

    /// Any type where empty.
    public var types: Set<String>
    public var entities: [Entity]
    public var after: UInt64

    public init(types: Set<String> = [], entities: [Entity], after: UInt64) {
        self.types = types
        self.entities = entities
        self.after = after
    }
}

/// What became of one event of a request.
public struct Receipt: Sendable, Hashable {
    public let position: UInt64
    /// The version of its stream with this event.
    public let streamVersion: UInt64
    /// The `_id` in the event's data: of the document that it makes or is about. Where the caller gave none for a new
    /// document, this is the one it got.
    public let documentID: ObjectID?
    /// The event had been accepted before; nothing was written.
    public let wasThere: Bool
}

/// A request after admission: what waits for the sequencer.
struct AdmittedEvent: Sendable {
    var draft: EventDraft
    let type: Catalogue.EventType
    /// Its business id (and the subject made of it) ends where the number belongs.
    var awaitsNumber: Bool
    let expectedVersion: UInt64?
    let condition: AppendCondition?
}

/// Who answers a request.
final class PendingRequest: Sendable {
    /// Which timers fire before the request.
    enum Timers: Sendable { case none, byClock, byStream }

    let events: [AdmittedEvent]
    let timers: Timers
    let byteCount: Int
    /// No request, but somebody who wants the sequencer to rest.
    let pause: SequencerPause?
    private let answer: @Sendable (Result<[Receipt], AppendError>) -> Void

    init(
        _ events: [AdmittedEvent], timers: Timers = .none, pause: SequencerPause? = nil,
        answer: @escaping @Sendable (Result<[Receipt], AppendError>) -> Void
    ) {
        self.events = events
        self.timers = timers
        self.pause = pause
        byteCount = events.reduce(0) { $0 + $1.draft.data.bytes.count + 256 }
        self.answer = answer
    }

    func resolve(_ result: Result<[Receipt], AppendError>) { answer(result) }
}
