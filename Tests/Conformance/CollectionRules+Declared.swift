import BSON
import Schema

extension CollectionRules {
    /// What we declare. Privacy and maintenance have no counterpart in the specification: the golden file holds them.
    init(_ model: CollectionModel) {
        name = model.name
        for field in model.fields { add(field, prefix: "") }
        indexes = model.indexes.map { index in
            IndexRules(
                parts: index.parts.map { .init(path: $0.name, direction: $0.isDescending ? -1 : 1) },
                isUnique: index.isUnique, isSparse: index.isSparse)
        }
        addIndexRules()
    }

    private mutating func add(_ field: FieldDescriptor, prefix: String) {
        let path = prefix + field.name
        switch field.kind {
        // A sub-document is no field of its own in the specification, only the start of its members' paths.
        case .object(let members):
            for member in members { add(member, prefix: path + ".") }
        case .array(let element):
            fields[path] = field.sharedRules
            if case .object(let members) = element.kind {
                for member in members { add(member, prefix: path + "[].") }
            }
        default: fields[path] = field.sharedRules
        }
    }
}

extension FieldDescriptor {
    /// The rules that the specification has words for, in its words.
    var sharedRules: FieldRules {
        var rules: FieldRules = ["type": kind.name]
        if isRequired { rules["required"] = "true" }
        if let requiredWhen { rules["required"] = "when \(requiredWhen.path) is \(requiredWhen.equals)" }
        if isLowercased { rules["lowercase"] = "true" }
        if isTrimmed { rules["trim"] = "true" }
        if !allowed.isEmpty { rules["enum"] = allowed.joined(separator: " | ") }
        rules["min"] = minimum?.ruleText
        rules["max"] = maximum?.ruleText
        rules["minlength"] = minLength.map { "\($0)" }
        rules["maxlength"] = maxLength.map { "\($0)" }
        rules["default"] = defaultValue?.ruleText
        rules["ref"] = reference
        rules["match"] = format?.description
        if maintenance == .timestamp { rules["timestamp"] = "true" }
        if case .array(let element) = kind {
            rules["type"] = "array of \(element.kind.name)"
            for (rule, value) in element.sharedRules where rule != "type" { rules["each \(rule)"] = value }
        }
        return rules
    }
}

extension FieldDefault {
    var ruleText: String {
        switch self {
        case .string(let text): "\"\(text)\""
        case .int(let number): "\(number)"
        case .double(let number): number.ruleText
        case .bool(let flag): "\(flag)"
        case .now: "now"
        case .generated(let prefix): "generated \(prefix)…"
        case .numbered(let prefix): "numbered \(prefix)…"
        }
    }
}

extension Double {
    /// Whole numbers as the specification writes them: `5`, not `5.0`.
    var ruleText: String { Int64(exactly: self).map { "\($0)" } ?? "\(self)" }
}
