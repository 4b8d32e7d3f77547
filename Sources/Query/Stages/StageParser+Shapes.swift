internal import BSON

/// Stages that filter documents or give them another shape.
extension StageParser {
    /// One stage for each condition, so that each can move by itself.
    mutating func parseMatch(_ document: RawDocument, _ place: String, depth: Int = 0) throws(QueryError) -> [Stage] {
        var stages: [Stage] = []
        var elements = document.elements
        while let element = elements.next() {
            let name = String(decoding: element.name, as: UTF8.self)
            let here = "\(place).\(name)"
            if name == "$expr" {
                let expression = try expressions.parse(element.value, here, depth: depth + 1)
                stages.append(Stage(name: "$match", spec: [name: element.value.owned()], work: .when(expression)))
                continue
            }
            if name == "$and", depth < limits.nesting, let parts = element.value.array, !parts.isEmpty,
                parts.elements.allSatisfy({ $0.value.type == .document })
            {
                for (number, part) in parts.elements.enumerated() {
                    stages += try parseMatch(RawDocument(part.value.base), "\(here).\(number)", depth: depth + 1)
                }
                continue
            }
            let condition = Document([(name, element.value.owned())])
            let filter = try condition.withRaw { (raw) throws(QueryError) in
                try Filter(raw, fields: fields, limits: limits, place: place)
            }
            stages.append(Stage(name: "$match", spec: .document(condition), work: .match(filter)))
        }
        return stages
    }

    mutating func parseReshape(_ value: RawValue, _ call: Call) throws(QueryError) -> Reshape {
        var parser = ReshapeParser(expressions)
        switch call.name {
        case "$project":
            let reshape = try parser.parseProject(try call.document(value), call.place)
            if reshape.root.computes { forgetFields() }
            return reshape
        case "$unset": return try parser.parseUnset(value, call.place)
        default:
            let reshape = try parser.parseAddFields(try call.document(value), call.place)
            for entry in reshape.root.rules { set(String(decoding: entry.name, as: UTF8.self)) }
            return reshape
        }
    }

    mutating func parseReplace(_ value: RawValue, _ call: Call) throws(QueryError) -> Stage.Work {
        var root: RawValue? = value
        var here = call.place
        if call.name == "$replaceRoot" {
            root = try expressions.members(value, call, ["newRoot"], required: 1)[0]
            here += ".newRoot"
        }
        guard let root else { throw call.refusal("needs newRoot") }
        let expression = try expressions.parse(root, here)
        forgetFields()
        return .replaceRoot(expression, Call(name: call.name, place: here))
    }

    mutating func parseUnwind(_ value: RawValue, _ call: Call) throws(QueryError) -> Unwind {
        var parts: [RawValue?] = [value, nil, nil]
        if value.type == .document {
            parts = try expressions.members(
                value, call, ["path", "includeArrayIndex", "preserveNullAndEmptyArrays"], required: 1)
        }
        guard let path = parts[0]?.string, path.hasPrefix("$"), !path.hasPrefix("$$") else {
            throw QueryError(.badPath, at: call.place, "$unwind needs the path of an array", mend: "write \"$field\"")
        }
        let name = String(path.dropFirst())
        _ = try QueryPath.validated(name, at: call.place)
        try fields.refuseSecret(name, at: call.place, "unwound")
        let indexName = parts[1]?.string
        if let indexName {
            if indexName.isEmpty || indexName.hasPrefix("$") || indexName.contains(".") {
                throw QueryError(.badPath, at: call.place, "includeArrayIndex is a field name without dots")
            }
            set(indexName)
        }
        return Unwind(
            path: name.split(separator: ".").map(String.init), keepsEmpty: parts[2]?.bool ?? false,
            indexName: indexName)
    }
}
