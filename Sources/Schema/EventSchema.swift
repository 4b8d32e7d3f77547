public import BSON

/// The JSON Schema of one event's data.
public struct EventSchema: Sendable {
    private let event: Event
    /// The fields that a patch's `set` may name.
    private let patched: [FieldDescriptor]

    public init(_ type: Catalogue.EventType) {
        event = type.event
        patched = type.patched
    }

    /// Draft 2020-12.
    public var document: Document {
        var schema = FieldSchemas(event.shape == .patch ? event.payload.filter { !isPatchPart($0) } : event.payload)
            .schema
        if event.shape == .patch { schema = withPatch(schema) }
        return Document([("description", .string(event.summary))] + schema.pairs.map { ($0.name, $0.value) })
    }

    private func isPatchPart(_ field: FieldDescriptor) -> Bool {
        ["set", "unset", "push", "pull"].contains(field.name)
    }

    /// `set` by dotted path, `unset` a list of paths, `push` and `pull` lists of elements by path.
    private func withPatch(_ schema: Document) -> Document {
        var properties: [(String, Value)] = []
        if case .document(let keys)? = schema["properties"] {
            properties = keys.pairs.map { ($0.name, $0.value) }
        }
        var set: [(String, Value)] = []
        var lists: [(String, Value)] = []
        for field in patched.flatMap({ leaves($0, "") }) {
            set.append((field.path, .document(field.schema)))
            if case .array = field.kind { lists.append((field.path, .document(field.schema))) }
        }
        func object(_ properties: [(String, Value)]) -> Value {
            ["type": "object", "properties": .document(Document(properties)), "additionalProperties": false]
        }
        properties.append(("set", object(set)))
        let names: Value = .array(set.map { .string($0.0) })
        properties.append(("unset", ["type": "array", "items": ["enum": names]]))
        if !lists.isEmpty {
            properties.append(("push", object(lists)))
            properties.append(("pull", object(lists)))
        }
        return schema.setting("properties", to: .document(Document(properties)))
    }

    private func leaves(_ field: FieldDescriptor, _ prefix: String) -> [(
        path: String, kind: FieldKind, schema: Document
    )] {
        let path = prefix + field.name
        if case .object(let members) = field.kind, !members.isEmpty {
            return members.flatMap { leaves($0, path + ".") }
        }
        guard field.maintenance == .caller, field.privacy == .open || field.privacy == .personal else { return [] }
        return [(path, field.kind, field.schema)]
    }
}
