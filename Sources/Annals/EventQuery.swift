public import BSON
public import EventLog
import Schema

/// Which events to read, from where, which way, how many.
public struct EventQuery: Sendable, Hashable {
    public var filter = EventFilter()
    /// Only events after this position.
    public var after: UInt64 = 0
    /// Only events before this position.
    public var before: UInt64 = .max
    public var order = ReadOrder.forward
    /// The most events of one page.
    public var limit = 100

    public init() {}
}

/// What an event must be; conditions that are not set hold for all.
public struct EventFilter: Sendable, Hashable {
    /// Its stream.
    public var subject: String?
    /// One of these; any where empty.
    public var types: [EventTypePattern] = []
    /// It touched this document.
    public var entity: Entity?
    /// Recorded at this time or later.
    public var from: DateTime?
    /// Recorded before this time.
    public var to: DateTime?

    public struct Entity: Sendable, Hashable {
        public var collection: String
        public var id: ObjectID

        public init(collection: String, id: ObjectID) {
            self.collection = collection
            self.id = id
        }
    }

    public init() {}

    /// Whether a record is of the stream and of a type that are asked for. What it touched, and when it was recorded, its
    /// position has told.
    func admits(_ record: Record) -> Bool {
        if let subject, !record.subjectUTF8.elementsEqual(subject.utf8) { return false }
        return types.isEmpty || types.contains { $0.matches(record.typeUTF8) }
    }
}

/// An event type, or all that begin with some words of one: `user.registered`, `user.*`, `*`.
public struct EventTypePattern: Sendable, Hashable, CustomStringConvertible {
    private let text: String
    private let isPrefix: Bool

    /// `nil` where a star stands anywhere but alone or after the last dot.
    public init?(_ pattern: String) {
        isPrefix = pattern == "*" || pattern.hasSuffix(".*")
        text = isPrefix ? String(pattern.dropLast()) : pattern
        guard !text.contains("*"), isPrefix || !text.isEmpty else { return nil }
    }

    public var description: String { isPrefix ? text + "*" : text }

    public func matches(_ type: String) -> Bool { isPrefix ? type.hasPrefix(text) : type == text }

    func matches(_ type: UnsafeRawBufferPointer) -> Bool {
        isPrefix ? type.starts(with: text.utf8) : type.elementsEqual(text.utf8)
    }

    /// All names under which the log may have the types that it means: of a type that had another name once, each.
    func names(in catalogue: Catalogue) -> [String] {
        (catalogue.eventTypes + SystemEvents.types).flatMap { type -> [String] in
            let name = type.event.name.description
            let names = [name] + type.event.upcasts.compactMap(\.formerName)
            // A type may be asked for by a name it had; an area is of names as they are.
            let isMeant = isPrefix ? matches(name) : names.contains { matches($0) }
            return isMeant ? names : []
        }
    }
}
