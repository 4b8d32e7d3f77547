internal import BSON

/// One reason why an event is not accepted: what, where, how to mend it. Nothing is written.
public struct Refusal: Error, Hashable, Sendable, CustomStringConvertible {
    /// The rule that does not hold: what is named must exist, be unique, be within its minimum. The raw value is public API
    /// (problem documents, import reports).
    public enum Rule: String, Sendable, CaseIterable {
        case type, required, cast, oneOf = "enum", minimum = "min", maximum = "max", maxLength = "maxlength"
        case format, unknown, exists, unique, state, depth, limit, derived, elsewhere, permission, size, syntax
        case balance, version, condition, conflict
    }

    public let rule: Rule
    /// Dotted path of the field in the event's data, or of the CloudEvents attribute.
    public let field: String
    /// The offending value as text, cut; `nil` where missing or secret.
    public let value: String?
    /// One sentence for people, ending in what would mend it where that is known.
    public let message: String

    public init(_ rule: Rule, _ field: String, value: String? = nil, _ message: String) {
        self.rule = rule
        self.field = field
        self.value = value.map { $0.utf8.count > 100 ? String($0.prefix(97)) + "…" : $0 }
        self.message = message
    }

    public var description: String { field.isEmpty ? message : "\(field): \(message)" }
}

/// All the reasons found in one event: two refusals of one request are both reported.
public struct Refusals: Error, Sendable, CustomStringConvertible {
    public let eventType: String
    public internal(set) var reasons: [Refusal]

    public init(eventType: String, _ reasons: [Refusal]) {
        self.eventType = eventType
        self.reasons = reasons
    }

    public var description: String {
        (eventType.isEmpty ? "" : "\(eventType): ") + reasons.map(\.description).joined(separator: "; ")
    }
}

/// An event that a projector cannot make sense of: reported, never a crash.
public struct Anomaly: Error, Sendable, CustomStringConvertible {
    public let collection: CollectionNumber
    public let reason: String
    /// Whether the engine worded it, which quotes ids alone; a projector may quote anything.
    package let isOurs: Bool

    public init(_ collection: CollectionNumber, _ reason: String) {
        self.init(collection, reason, isOurs: false)
    }

    package init(_ collection: CollectionNumber, _ reason: String, isOurs: Bool) {
        self.collection = collection
        self.reason = reason
        self.isOurs = isOurs
    }

    public var description: String { "collection \(collection): \(reason)" }
}
