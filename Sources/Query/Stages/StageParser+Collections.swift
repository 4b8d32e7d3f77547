internal import BSON
internal import Schema

/// Stages that read other collections.
extension StageParser {
    private func collection(_ value: RawValue?, _ what: String, _ call: Call) throws(QueryError) -> CollectionModel {
        let name = try call.text(value, what)
        guard let catalogue else {
            throw call.refusal(
                "names another collection, and this query knows none", mend: "run it where all are known")
        }
        return try catalogue.model(name, at: "\(call.place).\(what)")
    }

    /// A pipeline over another collection, or over documents of its own.
    private func subPipeline(
        _ model: CollectionModel?, _ documents: [Document], _ variables: Variables, _ place: String
    ) throws(QueryError) -> SubPipeline {
        try SubPipeline(
            model, documents, catalogue, limits, place, variables: variables, depth: depth + 1, isFacet: isFacet)
    }

    private func field(_ value: RawValue?, _ what: String, _ call: Call, _ fields: DeclaredFields) throws(QueryError)
        -> String
    {
        let name = try call.text(value, what)
        let here = "\(call.place).\(what)"
        _ = try QueryPath.validated(name, at: here)
        try fields.refuseSecret(name, at: here, "joined by")
        return name
    }

    /// The name of the field that takes the result.
    private mutating func result(_ value: RawValue?, _ what: String, _ call: Call) throws(QueryError)
        -> (reshape: Reshape, slot: Int)
    {
        let name = try call.text(value, what)
        _ = try QueryPath.validated(name, at: "\(call.place).\(what)")
        let slot = variables.reserve()
        set(name)
        return (Reshape(setting: [(name, .variable(slot, nil))]), slot)
    }

    // MARK: $lookup

    mutating func parseLookup(_ value: RawValue, _ call: Call) throws(QueryError) -> Lookup {
        let parts = try expressions.members(
            value, call, ["as", "from", "localField", "foreignField", "let", "pipeline"], required: 1)
        let documents = try parts[5].map { value throws(QueryError) in try call.documents(value, "pipeline") }
        let model = parts[1] == nil ? nil : try collection(parts[1], "from", call)
        guard (parts[2] == nil) == (parts[3] == nil) else {
            throw call.refusal("needs both localField and foreignField, or neither")
        }
        guard parts[2] != nil || documents != nil else {
            throw call.refusal("needs localField and foreignField, or pipeline")
        }
        var join: Lookup.Join?
        if parts[2] != nil {
            guard let model else { throw call.refusal("needs from", mend: "name the collection") }
            let local = try field(parts[2], "localField", call, fields)
            let foreign = try field(parts[3], "foreignField", call, DeclaredFields(model))
            join = Lookup.Join(local: QueryPath(local), foreign: ForeignKey(model, foreign))
        }
        let outer = variables
        var bound: [(slot: Int, expression: Expression)] = []
        if let names = parts[4] {
            var elements = try call.document(names).elements
            while let element = elements.next() {
                let name = String(decoding: element.name, as: UTF8.self)
                let here = "\(call.place).let.\(name)"
                try Variables.validate(name, here)
                var parser = expressions
                parser.variables = outer.beside(variables)
                let expression = try parser.parse(element.value, here)
                bound.append((variables.add(name), expression))
            }
        }
        let inner = try documents.map { documents throws(QueryError) in
            try subPipeline(model, documents, variables, "\(call.place).pipeline")
        }
        let isConstant = join == nil && bound.isEmpty && outer.names.isEmpty
        let correlation =
            join == nil ? model.flatMap { model in inner.flatMap { $0.correlation(model, bound.map(\.slot)) } } : nil
        let joined = join != nil || correlation != nil
        variables = outer.beside(variables)
        let (reshape, slot) = try result(parts[0], "as", call)
        return Lookup(
            collection: model?.name ?? "", join: join, correlation: correlation, variables: bound,
            pipeline: joined ? nil : inner, stages: joined ? inner?.allStages ?? [] : [], isConstant: isConstant,
            result: reshape, resultSlot: slot)
    }

    // MARK: $graphLookup

    mutating func parseGraphLookup(_ value: RawValue, _ call: Call) throws(QueryError) -> GraphLookup {
        let names = [
            "from", "startWith", "connectFromField", "connectToField", "as", "maxDepth", "depthField",
            "restrictSearchWithMatch",
        ]
        let parts = try expressions.members(value, call, names, required: 5)
        let model = try collection(parts[0], "from", call)
        let foreign = DeclaredFields(model)
        guard let start = parts[1] else { throw call.refusal("needs startWith") }
        let startWith = try expressions.parse(start, "\(call.place).startWith")
        let connectFrom = try field(parts[2], "connectFromField", call, foreign)
        let connectTo = try field(parts[3], "connectToField", call, foreign)
        let maxDepth = try parts[5].map { value throws(QueryError) in try call.wholeNumber(value, atLeast: 0) }
        var depthName: String?
        if let value = parts[6] {
            let name = try call.text(value, "depthField")
            if name.contains(".") || name.hasPrefix("$") {
                throw QueryError(.badPath, at: "\(call.place).depthField", "depthField is a field name without dots")
            }
            depthName = name
        }
        var restriction = Filter.everything
        if let match = parts[7] {
            restriction = try Filter(
                try call.document(match), fields: foreign, limits: limits,
                place: "\(call.place).restrictSearchWithMatch")
        }
        let (reshape, slot) = try result(parts[4], "as", call)
        return GraphLookup(
            collection: model.name, start: startWith, connectFrom: QueryPath(connectFrom),
            foreign: ForeignKey(model, connectTo), maxDepth: maxDepth ?? .max - 1, depthName: depthName,
            restriction: restriction, result: reshape, resultSlot: slot)
    }

    // MARK: $unionWith

    mutating func parseUnion(_ value: RawValue, _ call: Call) throws(QueryError) -> SubPipeline {
        var parts: [RawValue?] = [value, nil]
        if value.type == .document { parts = try expressions.members(value, call, ["coll", "pipeline"], required: 0) }
        let documents = try parts[1].map { value throws(QueryError) in try call.documents(value, "pipeline") } ?? []
        let model = parts[0] == nil ? nil : try collection(parts[0], "coll", call)
        let other = try subPipeline(model, documents, variables, "\(call.place).pipeline")
        forgetFields()
        return other
    }
}
