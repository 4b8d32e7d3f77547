internal import BSON

extension ExpressionParser {
    /// Operators whose parts are not all computed, and once each; `nil` for others.
    func parseForm(_ call: Call, _ value: RawValue, _ depth: Int) throws(QueryError) -> Expression? {
        switch call.name {
        case "$literal": return .constant(Operand(value.owned()))
        case "$expr": return try parse(value, call.place, depth: depth + 1)
        case "$and": return .form(.all(try list(value, call, 0...Int.max, depth)))
        case "$or": return .form(.any(try list(value, call, 0...Int.max, depth)))
        case "$ifNull": return .form(.firstKnown(try list(value, call, 2...Int.max, depth)))
        case "$cond": return try parseCondition(call, value, depth)
        case "$switch": return try parseSwitch(call, value, depth)
        case "$let": return try parseLet(call, value, depth)
        case "$map": return try parseMap(call, value, depth)
        case "$filter": return try parseFilter(call, value, depth)
        case "$reduce": return try parseReduce(call, value, depth)
        case "$sortArray": return try parseSortArray(call, value, depth)
        case "$getField": return try parseGetField(call, value, depth)
        case "$setField", "$unsetField": return try parseSetField(call, value, depth)
        case "$regexMatch", "$regexFind", "$regexFindAll": return try parsePattern(call, value, depth)
        case "$rand":
            guard value.document?.isEmpty ?? false else { throw call.refusal("takes {}", mend: "write {$rand: {}}") }
            return .random
        default: return nil
        }
    }

    private func parseCondition(_ call: Call, _ value: RawValue, _ depth: Int) throws(QueryError) -> Expression {
        if value.type == .array {
            let parts = try list(value, call, 3...3, depth)
            return .form(.condition(parts[0], then: parts[1], otherwise: parts[2]))
        }
        let parts = try options(value, call, ["if", "then", "else"], required: 3, depth)
        return .form(.condition(given(parts, 0), then: given(parts, 1), otherwise: given(parts, 2)))
    }

    /// A part that was checked to be there.
    private func given(_ parts: [Expression?], _ place: Int) -> Expression { parts[place] ?? .missing }

    private func parseSwitch(_ call: Call, _ value: RawValue, _ depth: Int) throws(QueryError) -> Expression {
        let parts = try members(value, call, ["branches", "default"], required: 1)
        guard let array = parts[0]?.array, !array.isEmpty else {
            throw call.refusal(
                "needs a list of at least one branch", mend: "write branches: [{case: …, then: …}]")
        }
        var branches: [(when: Expression, then: Expression)] = []
        var elements = array.elements
        while let element = elements.next() {
            let here = Call(name: call.name, place: "\(call.place).branches.\(branches.count)")
            let branch = try options(element.value, here, ["case", "then"], required: 2, depth + 1)
            branches.append((given(branch, 0), given(branch, 1)))
        }
        let otherwise = try parts[1].map { part throws(QueryError) in
            try parse(part, "\(call.place).default", depth: depth + 1)
        }
        return .form(.branches(branches, otherwise: otherwise, call))
    }

    private func parseLet(_ call: Call, _ value: RawValue, _ depth: Int) throws(QueryError) -> Expression {
        let parts = try members(value, call, ["vars", "in"], required: 2)
        guard let names = parts[0], names.type == .document, let body = parts[1] else {
            throw call.refusal("needs a document of variables", mend: "write vars: {name: …}")
        }
        var inner = self
        var bound: [(slot: Int, expression: Expression)] = []
        var elements = RawDocument(names.base).elements
        while let element = elements.next() {
            let name = String(decoding: element.name, as: UTF8.self)
            let here = "\(call.place).vars.\(name)"
            try Variables.validate(name, here)
            // A variable is not seen by those beside it.
            var reserved = self
            reserved.variables = variables.beside(inner.variables)
            let expression = try reserved.parse(element.value, here, depth: depth + 1)
            bound.append((inner.variables.add(name), expression))
        }
        return .form(.variables(bound, in: try inner.parse(body, "\(call.place).in", depth: depth + 1)))
    }

    private func parseMap(_ call: Call, _ value: RawValue, _ depth: Int) throws(QueryError) -> Expression {
        let parts = try members(value, call, ["input", "in", "as"], required: 2)
        let (slot, inner) = try element(call, parts[2])
        return .form(
            .map(
                try part(parts[0], call, "input", depth), as: slot,
                in: try inner.part(parts[1], call, "in", depth), call))
    }

    private func parseFilter(_ call: Call, _ value: RawValue, _ depth: Int) throws(QueryError) -> Expression {
        let parts = try members(value, call, ["input", "cond", "as", "limit"], required: 2)
        let (slot, inner) = try element(call, parts[2])
        return .form(
            .filter(
                try part(parts[0], call, "input", depth), as: slot,
                where: try inner.part(parts[1], call, "cond", depth),
                limit: parts[3] == nil ? nil : try part(parts[3], call, "limit", depth), call))
    }

    private func parseReduce(_ call: Call, _ value: RawValue, _ depth: Int) throws(QueryError) -> Expression {
        let parts = try members(value, call, ["input", "initialValue", "in"], required: 3)
        var inner = self
        let valueSlot = inner.variables.add("value")
        let thisSlot = inner.variables.add("this")
        return .form(
            .reduce(
                try part(parts[0], call, "input", depth), from: try part(parts[1], call, "initialValue", depth),
                value: valueSlot, this: thisSlot, in: try inner.part(parts[2], call, "in", depth), call))
    }

    private func part(_ value: RawValue?, _ call: Call, _ name: String, _ depth: Int) throws(QueryError) -> Expression {
        guard let value else { return .missing }
        return try parse(value, "\(call.place).\(name)", depth: depth + 1)
    }

    /// The variable that stands for an element, `this` unless it is named.
    private func element(_ call: Call, _ name: RawValue?) throws(QueryError) -> (slot: Int, parser: ExpressionParser) {
        var inner = self
        guard let name else { return (inner.variables.add("this"), inner) }
        guard let text = name.string else { throw call.refusal("needs a text as the name of its variable") }
        try Variables.validate(text, "\(call.place).as")
        return (inner.variables.add(text), inner)
    }

    private func parseSortArray(_ call: Call, _ value: RawValue, _ depth: Int) throws(QueryError) -> Expression {
        let parts = try members(value, call, ["input", "sortBy"], required: 2)
        guard let sortBy = parts[1] else { return .missing }
        let order: ArrayOrder
        if sortBy.type == .document {
            let sort = try SortOrder(
                RawDocument(sortBy.base), fields: DeclaredFields(nil), place: "\(call.place).sortBy")
            if sort.isEmpty { throw call.refusal("needs at least one field to sort by") }
            order = ArrayOrder(parts: sort.parts.map { ($0.path, $0.isDescending) })
        } else {
            guard let direction = sortBy.int64, direction == 1 || direction == -1 else {
                throw call.refusal("sorts by 1, -1 or fields", mend: "write sortBy: 1")
            }
            order = ArrayOrder(parts: [(nil, direction == -1)])
        }
        return .form(.sorted(try part(parts[0], call, "input", depth), order, call))
    }

    private func parseGetField(_ call: Call, _ value: RawValue, _ depth: Int) throws(QueryError) -> Expression {
        var name: RawValue? = value
        var input = Expression.root
        if value.type == .document, RawDocument(value.base).value(named: "field") != nil {
            let parts = try members(value, call, ["field", "input"], required: 1)
            name = parts[0]
            if parts[1] != nil { input = try part(parts[1], call, "input", depth) }
        } else if let slot = variables["CURRENT"] {
            input = .variable(slot, nil)
        }
        let field = try part(name, call, "field", depth)
        return .call(Function.getField, [field, input], call)
    }

    private func parseSetField(_ call: Call, _ value: RawValue, _ depth: Int) throws(QueryError) -> Expression {
        let isRemoval = call.name == "$unsetField"
        let parts = try members(
            value, call, isRemoval ? ["field", "input"] : ["field", "input", "value"], required: isRemoval ? 2 : 3)
        let arguments = [
            try part(parts[0], call, "field", depth), try part(parts[1], call, "input", depth),
            isRemoval ? .missing : try part(parts[2], call, "value", depth),
        ]
        guard case .constant(let name) = arguments[0], name.raw.type == .string else {
            throw call.refusal("needs a constant text as field")
        }
        return .call(Function.setField, arguments, call)
    }
}
