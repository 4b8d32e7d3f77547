public import BSON
public import Platform
public import Schema

/// An event that was refused and kept aside, as it was sent, with the reasons.
public struct ParkedEvent: Sendable, Hashable {
    /// The same for the same source and id: what is sent again is parked once.
    public let id: String
    public let parkedAt: DateTime
    /// Who sent it, and will have sent it when it is tried again.
    public let principal: String
    public let isHistory: Bool
    /// The CloudEvent, secrets and all: not for showing.
    let event: Document
    public let reasons: [Refusal]

    /// The event for people: without anything that some collection calls a secret, wherever it stands.
    public func shown(_ catalogue: Catalogue) -> Document { catalogue.withoutSecretNames(event) }

    var document: Document {
        [
            "format": 1, "id": .string(id), "parkedAt": .dateTime(parkedAt), "principal": .string(principal),
            "isHistory": .bool(isHistory), "event": .document(event),
            "reasons": .array(reasons.map { .document($0.document) }),
        ]
    }

    init(id: String, parkedAt: DateTime, principal: String, isHistory: Bool, event: Document, reasons: [Refusal]) {
        self.id = id
        self.parkedAt = parkedAt
        self.principal = principal
        self.isHistory = isHistory
        self.event = event
        self.reasons = reasons
    }

    init?(_ document: Document) {
        guard case .int32(1)? = document["format"], case .string(let id)? = document["id"],
            case .dateTime(let parkedAt)? = document["parkedAt"], case .string(let principal)? = document["principal"],
            case .bool(let isHistory)? = document["isHistory"], case .document(let event)? = document["event"],
            case .array(let reasons)? = document["reasons"]
        else { return nil }
        self.init(
            id: id, parkedAt: parkedAt, principal: principal, isHistory: isHistory, event: event,
            reasons: reasons.compactMap { if case .document(let reason) = $0 { Refusal(reason) } else { nil } })
    }
}

/// Why an event cannot be parked, or a parked one not be had.
public enum ParkingError: Error, Sendable, CustomStringConvertible {
    case notFound(String)
    /// So many are parked already: try them again, or discard some.
    case full(limit: Int)
    /// A file, or the key, is not what was written.
    case damaged(path: String)
    case file(FileError)

    public var description: String {
        switch self {
        case .notFound(let id): "no event \(id) is parked"
        case .full(let limit): "\(limit) events are parked already; retry or discard some first"
        case .damaged(let path): "\(path) does not open: it is damaged, or its key is another one; discard it"
        case .file(let error): "\(error)"
        }
    }
}

extension Refusal {
    fileprivate var document: Document {
        [
            "rule": .string(rule.rawValue), "field": .string(field), "value": value.map { .string($0) } ?? .null,
            "message": .string(message),
        ]
    }

    fileprivate init?(_ document: Document) {
        guard case .string(let name)? = document["rule"], let rule = Rule(rawValue: name),
            case .string(let field)? = document["field"], case .string(let message)? = document["message"]
        else { return nil }
        var value: String?
        if case .string(let text)? = document["value"] { value = text }
        self.init(rule, field, value: value, message)
    }
}

extension Catalogue {
    /// A copy without the members, at any depth, that have the name of a secret field: of data that no rule has seen, the
    /// places tell nothing.
    func withoutSecretNames(_ document: Document) -> Document {
        let declared = collections.map(\.fields) + eventTypes.map(\.event.payload)
        let paths = declared.reduce(into: [String]()) { $0 += SecretFields.paths($1) }
        let names = Set(paths.compactMap { $0.split(separator: ".").last.map(String.init) })
        return Self.without(names, document)
    }

    private static func without(_ names: Set<String>, _ document: Document) -> Document {
        Document(
            document.pairs.compactMap { name, value in
                // Patches name fields by dotted paths.
                if name.split(separator: ".").contains(where: { names.contains(String($0)) }) { return nil }
                return (name, without(names, value))
            })
    }

    private static func without(_ names: Set<String>, _ value: Value) -> Value {
        switch value {
        case .document(let document): .document(without(names, document))
        case .array(let elements): .array(elements.map { without(names, $0) })
        default: value
        }
    }
}
