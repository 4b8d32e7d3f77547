import BSON

/// Fields by their dotted names, as the nested objects that they are in JSON.
struct FieldSchemas {
    private var names: [String] = []
    private var leaves: [String: FieldDescriptor] = [:]
    private var branches: [String: FieldSchemas] = [:]

    init(_ fields: [FieldDescriptor]) {
        for field in fields { add(field, field.name.split(separator: ".").map(String.init)[...]) }
    }

    private mutating func add(_ field: FieldDescriptor, _ path: ArraySlice<String>) {
        guard let first = path.first else { return }
        if !names.contains(first) { names.append(first) }
        if path.count == 1 {
            leaves[first] = field
        } else {
            branches[first, default: FieldSchemas([])].add(field, path.dropFirst())
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
    /// What JSON may stand for the field, casts included: a date as text, with a time or without, or milliseconds; an
    /// ObjectId as 24 hex digits.
    var schema: Document {
        var schema = Document()
        switch kind {
        case .string: schema.append("type", "string")
        case .number: schema.append("type", "number")
        case .boolean: schema.append("type", "boolean")
        case .date:
            schema.append(
                "anyOf",
                [
                    ["type": "string", "format": "date-time"], ["type": "string", "format": "date"],
                    ["type": "integer"],
                ])
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
            schema = FieldSchemas(members).schema
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
