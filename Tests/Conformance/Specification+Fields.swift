import BSON

extension Specification {
    /// Adds the field and, of an array of sub-documents, its members.
    static func addField(_ document: Document, prefix: String, to collection: inout CollectionRules) throws {
        let path = prefix + (document["path"]?.text ?? "")
        let place = "\(collection.name).\(path)"
        var rules: FieldRules = [:]
        for (key, value) in document.pairs {
            switch key {
            case "path": continue
            case "of":
                let element = try value.object(at: place)
                try element.expect(["type", "maxlength", "fields"], at: "the elements of \(place)")
                rules["each maxlength"] = element["maxlength"]?.ruleText
                for member in element.list("fields") {
                    try addField(member.object(at: place), prefix: path + "[].", to: &collection)
                }
            // Of an index over the field alone; `addIndexRules` tells it by the index.
            case "index", "unique", "sparse":
                guard value == true else { throw Seed.Unreadable(description: "\(place): \(key) is \(value)") }
            default: rules[key] = try rule(key, value, at: place)
            }
        }
        if let element = try document["of"]?.object(at: place) {
            rules["type"] = "array of \(element["type"]?.text ?? "?")"
        }
        guard collection.fields.updateValue(rules, forKey: path) == nil else {
            throw Seed.Unreadable(description: "\(place) is specified twice")
        }
        addOwnIndex(of: document, path: path, to: &collection)
    }

    private static func rule(_ key: String, _ value: Value, at place: String) throws -> String {
        switch key {
        case "type", "min", "max", "minlength", "maxlength", "trim", "lowercase", "match":
            return value.ruleText
        case "ref": return collectionName(ofModel: value.text ?? "")
        case "enum":
            guard case .array(let values) = value else { break }
            return values.map { $0.text ?? $0.ruleText }.joined(separator: " | ")
        case "default":
            if case .document(let function) = value, function.pairs.map(\.name) == ["$now"] { return "now" }
            if let text = value.text { return "\"\(text)\"" }
            return value.ruleText
        case "required":
            guard case .document(let function) = value else { return value.ruleText }
            let condition = /function \(\) \{ return this\.([\w.]+) === '([^']*)'; \}/
            guard let match = function["$when"]?.text?.wholeMatch(of: condition) else { break }
            return "when \(match.1) is \(match.2)"
        default: break
        }
        throw Seed.Unreadable(description: "\(place): unknown rule \(key): \(value.ruleText)")
    }

    /// A field marked `index` or `unique` has an index of its own, unless the list of indexes already names it.
    private static func addOwnIndex(of field: Document, path: String, to collection: inout CollectionRules) {
        let isUnique = field["unique"] == true
        guard isUnique || field["index"] == true else { return }
        collection.indexes.append(
            IndexRules(
                parts: [.init(path: path, direction: 1)], isUnique: isUnique, isSparse: field["sparse"] == true))
    }
}
