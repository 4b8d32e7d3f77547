public import BSON

/// The declaration of one event type: its payload, what it does to documents, and the guard that may refuse it.
public struct Event: Sendable {
    /// What the payload is.
    public enum Shape: Sendable, Equatable {
        /// `data` is a new document of the collection.
        case creation
        /// `data` names a document and carries `set`, `unset`, `push`, `pull`.
        case patch
        /// `data` carries the declared fields.
        case fact
    }

    public typealias Guard = @Sendable (GuardContext) -> Void

    public let name: EventName
    public let shape: Shape
    /// What the payload may and must hold, in order. Fields no one declares stay in the event.
    public let payload: [FieldDescriptor]
    /// What the guard adds to the record.
    public let resolved: [FieldDescriptor]
    public let summary: String
    public internal(set) var schemaVersion: UInt16 = 1
    /// Steps from older versions, by the version they read.
    public internal(set) var upcasts: [Upcast] = []
    /// A creation that may also be about a document that exists (a draft is published, a subscription starts again):
    /// its guard tells the two apart, and calls `requireUnique` for the new one.
    public var mayExist = false
    /// The stream of an event that names none: `<stream>/<value of the key field>`.
    public let stream: String
    public let key: FieldPath
    public let check: Guard?
    /// Collections whose patch rules and document template apply.
    let target: (any Collection.Type)?

    /// `data` is a new document of `collection`: its fields, casts, rules and defaults; unique indexes are checked
    /// unless it `mayExist`. A field of `extra` stands in for the collection's field of the same name.
    public static func creation<C: Collection, Resolved: FieldSet, Key>(
        _ name: EventName, _ collection: C.Type, stream: String, key: Field<Key>, _ summary: String,
        payload extra: [FieldDescriptor] = [], mayExist: Bool = false, resolves: Resolved = NoFields(),
        guard check: Guard? = nil
    ) -> Event {
        let declared = C.field.descriptors.filter { $0.maintenance != .timestamp && !$0.isDerived }
        let fields = declared.map { field in extra.first { $0.name == field.name } ?? field }
        let others = extra.filter { field in !declared.contains { $0.name == field.name } }
        var event = Event(
            name: name, shape: .creation, payload: [FieldDescriptor("_id", .objectID)] + fields + others,
            resolved: resolves.descriptors, summary: summary, stream: stream, key: key.path, check: check,
            target: collection)
        event.mayExist = mayExist
        return event
    }

    /// `data` names a document by `key` and patches the fields its callers own.
    public static func patch<C: Collection, Resolved: FieldSet, Key>(
        _ name: EventName, _ collection: C.Type, stream: String, key: Field<Key>, _ summary: String,
        resolves: Resolved = NoFields(), guard check: Guard? = nil
    ) -> Event {
        var keyField = key.descriptor
        keyField.isRequired = true
        keyField.defaultValue = nil
        keyField.requiredWhen = nil
        return Event(
            name: name, shape: .patch, payload: [keyField] + Event.patchFields, resolved: resolves.descriptors,
            summary: summary, stream: stream, key: key.path, check: check, target: collection)
    }

    /// `data` holds the fields of `payload`.
    public static func fact<Payload: FieldSet, Resolved: FieldSet, Key>(
        _ name: EventName, _ payload: Payload, stream: String, key: Field<Key>, _ summary: String,
        resolves: Resolved = NoFields(), guard check: Guard? = nil
    ) -> Event {
        Event(
            name: name, shape: .fact, payload: payload.descriptors, resolved: resolves.descriptors, summary: summary,
            stream: stream, key: key.path, check: check, target: nil)
    }

    /// The fields that are cast by their own declaration; a patch's `set`, `unset`, `push` and `pull` are cast by the
    /// target's.
    var castPayload: [FieldDescriptor] {
        shape == .patch ? payload.filter { !Event.patchFields.contains($0) } : payload
    }

    static let patchFields = [
        FieldDescriptor("set", .mixed), FieldDescriptor("unset", .mixed), FieldDescriptor("push", .mixed),
        FieldDescriptor("pull", .mixed),
    ]
}
