internal import BSON

/// Pipelines and expressions. What a stage makes may be called anything: by name nothing stays but what some collection
/// declares.
extension ShapeWriter {
    mutating func stages(_ stages: [Value]) -> Value {
        var shapes: [Value] = []
        for stage in stages {
            guard hasRoom() else { return .array(shapes + [.string(QueryShape.cut)]) }
            guard case .document(let stage) = stage else {
                shapes.append(Self.literal)
                continue
            }
            shapes.append(
                Self.document(
                    stage.pairs.map { name, value in
                        ShapeWords.stages.contains(name)
                            ? (name, self.stage(name, value)) : ("$" + QueryShape.name, Self.literal)
                    }))
        }
        return .array(shapes)
    }

    private mutating func stage(_ name: String, _ value: Value) -> Value {
        switch (name, value) {
        case ("$match", .document(let filter)): return self.filter(filter, below: "", allPaths)
        case ("$sort", .document(let order)): return self.order(order, allPaths)
        case ("$project", .document(let projection)): return self.projection(projection, allPaths)
        case ("$unset", .string(let path)): return .string(self.path(path, allPaths))
        case ("$unset", .array(let names)):
            return Self.unique(
                names.map {
                    if case .string(let path) = $0 { .string(self.path(path, allPaths)) } else { Self.literal }
                })
        case ("$facet", .document(let facets)):
            return Self.document(facets.pairs.map { (QueryShape.name, pipeline($0.value)) })
        case ("$lookup", .document(let document)), ("$graphLookup", .document(let document)),
            ("$unionWith", .document(let document)):
            return Self.document(document.pairs.map { join($0.name, $0.value) })
        case ("$unionWith", .string): return collection(value)
        case ("$unwind", _), ("$group", _), ("$addFields", _), ("$set", _), ("$replaceRoot", _), ("$replaceWith", _),
            ("$bucket", _), ("$bucketAuto", _), ("$sortByCount", _), ("$setWindowFields", _):
            return expression(value)
        default: return Self.literal
        }
    }

    private mutating func pipeline(_ value: Value) -> Value {
        if case .array(let stages) = value { self.stages(stages) } else { Self.literal }
    }

    /// What a stage that reaches another collection says of it.
    private mutating func join(_ name: String, _ value: Value) -> (name: String, value: Value) {
        switch (name, value) {
        case ("from", _), ("coll", _): return (name, collection(value))
        case ("pipeline", _): return (name, pipeline(value))
        case ("localField", .string(let path)), ("foreignField", .string(let path)),
            ("connectFromField", .string(let path)), ("connectToField", .string(let path)):
            return (name, .string(self.path(path, allPaths)))
        case ("restrictSearchWithMatch", .document(let filter)): return (name, self.filter(filter, below: "", allPaths))
        case ("let", _), ("startWith", _): return (name, expression(value))
        default: return (ShapeWords.arguments.contains(name) ? name : QueryShape.name, Self.literal)
        }
    }

    // MARK: Expressions

    mutating func expression(_ value: Value) -> Value {
        guard hasRoom() else { return .string(QueryShape.cut) }
        switch value {
        case .string(let text): return .string(reference(text))
        case .array(let values):
            let shapes = values.prefix(QueryShape.mostParts).map { expression($0) }
            return shapes.allSatisfy { $0 == Self.literal } ? Self.literal : .array(shapes)
        case .document(let document):
            return Self.document(
                document.pairs.prefix(QueryShape.mostParts).map { name, value in
                    if name == "$literal" { return (name, Self.literal) }
                    if name.hasPrefix("$") {
                        return ShapeWords.operators.contains(name)
                            ? (name, expression(value)) : ("$" + QueryShape.name, expression(value))
                    }
                    return (
                        ShapeWords.arguments.contains(name) ? name : path(name, allPaths), expression(value)
                    )
                })
        default: return Self.literal
        }
    }

    /// `$field`, `$$variable`; every other text is a literal.
    private func reference(_ text: String) -> String {
        guard text.hasPrefix("$") else { return QueryShape.literal }
        guard text.hasPrefix("$$") else { return "$" + path(String(text.dropFirst()), allPaths) }
        let names = text.dropFirst(2).split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let variable = names.first.map(String.init) ?? ""
        let known = "$$" + (ShapeWords.variables.contains(variable) ? variable : QueryShape.name)
        return names.count > 1 ? known + "." + path(String(names[1]), allPaths) : known
    }
}
