public import BSON
public import EventLog

/// What one event made of one document.
public struct DocumentChange: Sendable {
    public let event: EventMark
    public let id: ObjectID
    /// `nil`: there was none.
    public let before: Document?
    /// `nil`: the event removed it.
    public let after: Document?
}

/// What is told of an event beside what it did.
public struct EventMark: Sendable, Hashable {
    public let position: UInt64
    /// Ours.
    public let recordedTime: DateTime
    /// The caller's.
    public let time: DateTime
    public let type: String
    public let id: String
    public let source: String
    public let subject: String
    /// Who did it, as the caller says; empty where nobody is named.
    public let actor: String
    /// Who was let in to append it; empty where nobody was asked.
    public let principal: String

    public init(_ record: Record) {
        position = record.position
        recordedTime = record.recordedTime
        time = record.time
        type = record.type
        id = record.id
        source = record.source
        subject = record.subject
        actor = record.actor
        principal = record.principal
    }
}
