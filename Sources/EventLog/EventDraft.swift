public import BSON

/// A decoded, cast and checked request: everything of a record that is known before the sequencer gives it a position.
///
/// Made on any thread. An empty text stands for an absent one.
public struct EventDraft: Sendable {
    public var id: String
    public var source: String
    public var type: String
    /// `<stream>/<key>`.
    public var subject: String
    /// Who was authenticated: ours, never the caller's word.
    public var principal: String
    /// The caller's claim.
    public var actor: String
    public var correlationID: String
    public var causationID: String
    public var traceparent: String

    public var schemaVersion: UInt16
    public var time: DateTime
    /// Position of the event that this one puts right.
    public var corrects: UInt64?
    /// The key that seals values in `data`; zero: nothing is sealed.
    public var personKeyID: Digest16
    /// HMAC of (source, id): see ``RequestKeys/key(source:id:)``.
    public var requestKey: Digest16
    /// HMAC of the request as it was received: see ``RequestKeys/digest(of:)``.
    public var requestDigest: Digest16

    public var data: Document

    public init(
        id: String, source: String, type: String, schemaVersion: UInt16 = 1, subject: String, time: DateTime,
        data: Document, requestKey: Digest16, requestDigest: Digest16, principal: String = "", actor: String = "",
        correlationID: String = "", causationID: String = "", traceparent: String = "", corrects: UInt64? = nil,
        personKeyID: Digest16 = .zero
    ) {
        self.id = id
        self.source = source
        self.type = type
        self.subject = subject
        self.principal = principal
        self.actor = actor
        self.correlationID = correlationID
        self.causationID = causationID
        self.traceparent = traceparent
        self.schemaVersion = schemaVersion
        self.time = time
        self.corrects = corrects
        self.personKeyID = personKeyID
        self.requestKey = requestKey
        self.requestDigest = requestDigest
        self.data = data
    }
}
