public import BSON

/// One step from an older schema version of an event type to the next: what is read is changed, what is stored never is.
///
///     Event.fact(.messageRated, …).upcasts(
///         Upcast(from: 1, "stars was renamed") { $0.data = $0.data.renaming("stars", to: "rating") })
public struct Upcast: Sendable {
    /// What an event carries.
    public struct Payload: Sendable {
        public var data: Document
        /// What the guard of then looked up; empty for an event that has not been appended yet.
        public var resolved: Document
    }

    /// The version that it reads, from 1. It gives the one after it.
    public let from: UInt16
    /// The type's name at that version, where it had another.
    public let formerName: String?
    /// What changed, for the reference.
    public let summary: String
    let change: @Sendable (inout Payload) -> Void

    public init(
        from: UInt16, named formerName: String? = nil, _ summary: String,
        _ change: @escaping @Sendable (inout Payload) -> Void
    ) {
        self.from = from
        self.formerName = formerName
        self.summary = summary
        self.change = change
    }
}

extension Event {
    /// The event with steps from its older versions, in any order; its version is the one after the last.
    public func upcasts(_ steps: Upcast...) -> Event {
        var event = self
        event.upcasts = steps.sorted { $0.from < $1.from }
        event.schemaVersion = (steps.map(\.from).max() ?? 0) + 1
        return event
    }

    /// A word on what is wrong with the steps: each version before the newest needs exactly one.
    var upcastProblem: String? {
        let versions = upcasts.map(\.from)
        let wanted = Array(1..<max(1, schemaVersion))
        guard versions != wanted else { return nil }
        return "\(name): its schema version is \(schemaVersion), its upcasts read \(versions), not \(wanted)"
    }
}

extension Catalogue.EventType {
    /// The newest version at which the type had this name.
    public func version(ofName name: String) -> UInt16 {
        event.upcasts.last { $0.formerName == name }?.from ?? event.schemaVersion
    }

    /// Whether this program reads events of a version; one that a newer program wrote, it does not.
    package func knows(_ version: UInt16) -> Bool { version >= 1 && version <= event.schemaVersion }

    public enum Version: Sendable {
        case current
        case upcast(Upcast.Payload)
        /// Written by a newer program, or 0.
        case unknown
    }

    /// The payload in the type's current version. Live appends, replay and readers of the log all come through here.
    public func current(version: UInt16, data: RawDocument, resolved: RawDocument) -> Version {
        if version == event.schemaVersion { return .current }
        guard version >= 1, version < event.schemaVersion else { return .unknown }
        var payload = Upcast.Payload(data: Document(copying: data), resolved: Document(copying: resolved))
        for step in event.upcasts[Int(version - 1)...] { step.change(&payload) }
        return .upcast(payload)
    }
}
