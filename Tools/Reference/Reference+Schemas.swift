internal import BSON
internal import Schema

extension Reference {
    /// `Projections/events.schema.json`: a JSON Schema (draft 2020-12) of the `data` of every event, under `$defs`, one on
    /// each line.
    public var schemas: String {
        let types = catalogue.eventTypes.map { type in
            var line: [UInt8] = []
            JSON.writeString(type.event.name.description, into: &line)
            let schema = EventSchema(type.event, patched: type.patched).document
            return String(decoding: line, as: UTF8.self) + ":" + JSON.string(schema, style: .relaxed)
        }
        return """
            {"$schema":"https://json-schema.org/draft/2020-12/schema","title":"Annals events: data by type","$defs":{
            \(types.joined(separator: ",\n"))
            }}

            """
    }
}

/// The JSON Schema of one event's data.
struct EventSchema {
    let event: Event
    /// The fields that a patch's `set` may name.
    let patched: [FieldDescriptor]

    init(_ event: Event, patched: [FieldDescriptor]) {
        self.event = event
        self.patched = patched
    }

    var document: Document {
        var schema = Tree(event.shape == .patch ? event.payload.filter { !isPatchPart($0) } : event.payload).schema
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

/// Fields by their dotted names, as the nested objects that they are in JSON.
private struct Tree {
    private var names: [String] = []
    private var leaves: [String: FieldDescriptor] = [:]
    private var branches: [String: Tree] = [:]

    init(_ fields: [FieldDescriptor]) {
        for field in fields { add(field, field.name.split(separator: ".").map(String.init)[...]) }
    }

    private mutating func add(_ field: FieldDescriptor, _ path: ArraySlice<String>) {
        guard let first = path.first else { return }
        if !names.contains(first) { names.append(first) }
        if path.count == 1 {
            leaves[first] = field
        } else {
            branches[first, default: Tree([])].add(field, path.dropFirst())
        }
    }

    private var hasRequired: Bool {
        leaves.values.contains { $0.isRequired && $0.defaultValue == nil }
            || branches.values.contains(where: \.hasRequired)
    }

    var schema: Document {
        var properties: [(String, Value)] = []
        var required: [Value] = []
        for name in names {
            if let field = leaves[name] {
                if case .derived = field.maintenance { continue }
                properties.append((name, .document(field.schema)))
                if field.isRequired, field.defaultValue == nil { required.append(.string(name)) }
            } else if let branch = branches[name] {
                properties.append((name, .document(branch.schema)))
                if branch.hasRequired { required.append(.string(name)) }
            }
        }
        var schema: Document = ["type": "object", "properties": .document(Document(properties))]
        if !required.isEmpty { schema.append("required", .array(required)) }
        return schema
    }
}

extension FieldDescriptor {
    /// What JSON may stand for the field, casts included: a date as text or milliseconds, an ObjectId as 24 hex digits.
    var schema: Document {
        var schema = Document()
        switch kind {
        case .string: schema.append("type", "string")
        case .number: schema.append("type", "number")
        case .boolean: schema.append("type", "boolean")
        case .date:
            schema.append("anyOf", [["type": "string", "format": "date-time"], ["type": "integer"]])
        case .objectID:
            schema.append(
                "anyOf",
                [
                    ["type": "string", "pattern": "^[0-9a-fA-F]{24}$"],
                    ["type": "object", "required": ["$oid"], "properties": ["$oid": ["type": "string"]]],
                ])
        case .mixed: break
        case .array(let element):
            schema.append("type", "array")
            schema.append("items", .document(element.schema))
        case .object(let members):
            schema = Tree(members).schema
        }
        if !allowed.isEmpty { schema.append("enum", .array(allowed.map { .string($0) })) }
        if let minimum { schema.append("minimum", .double(minimum)) }
        if let maximum { schema.append("maximum", .double(maximum)) }
        if let minLength { schema.append("minLength", .int32(Int32(clamping: minLength))) }
        if let maxLength { schema.append("maxLength", .int32(Int32(clamping: maxLength))) }
        var words: [String] = []
        if let requiredWhen { words.append("required when \(requiredWhen.path) is \(requiredWhen.equals)") }
        if let format { words.append(format.description) }
        if let reference { words.append("refers to \(reference)") }
        if privacy == .password || privacy == .token { words.append("kept hashed") }
        if !words.isEmpty { schema.append("description", .string(words.joined(separator: "; "))) }
        if let defaultValue, let value = defaultValue.plain { schema.append("default", value) }
        return schema
    }
}

extension FieldDefault {
    /// What JSON can say of it.
    fileprivate var plain: Value? {
        switch self {
        case .now, .generated, .numbered: nil
        default: value
        }
    }
}
