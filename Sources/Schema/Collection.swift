/// One of the views: what it stores, what may happen, and what follows from it, in one file.
///
/// The projector is pure: it reads the event and its own documents, and writes its own collection only. So every
/// projection can be rebuilt alone, in any order, and gives the same bytes.
public protocol Collection: Sendable {
    associatedtype Fields: FieldSet

    static var name: String { get }
    /// On disk; never reused.
    static var number: CollectionNumber { get }
    /// One sentence: what a document is.
    static var summary: String { get }
    static var field: Fields { get }
    static var indexes: [Index] { get }
    /// The event types that this collection's file declares.
    static var events: [Event] { get }
    /// What falls due about its documents.
    static var timers: [Timer] { get }
    /// Every event type its projector folds, its own and other areas'.
    static var follows: [EventName] { get }
    /// To be raised whenever `apply` would give other bytes: the view is rebuilt then.
    static var projectorVersion: Int { get }

    static func apply(_ event: RecordedEvent, to view: inout View<Self>) throws(Anomaly)
}

extension Collection {
    public static var projectorVersion: Int { 1 }
    public static var timers: [Timer] { [] }
}
