internal import BSON

/// An operator that decides which of its parts are computed, and how often.
indirect enum Form: Sendable {
    case all([Expression])
    case any([Expression])
    case condition(Expression, then: Expression, otherwise: Expression)
    case branches([(when: Expression, then: Expression)], otherwise: Expression?, Call)
    /// The first that is not null.
    case firstKnown([Expression])
    case variables([(slot: Int, expression: Expression)], in: Expression)
    case map(Expression, as: Int, in: Expression, Call)
    case filter(Expression, as: Int, where: Expression, limit: Expression?, Call)
    case reduce(Expression, from: Expression, value: Int, this: Int, in: Expression, Call)
    case sorted(Expression, ArrayOrder, Call)
    case pattern(PatternSearch, Call)

    func compute(_ document: RawDocument, _ scope: Scope) throws(QueryError) -> Evaluated {
        switch self {
        case .all(let parts):
            for part in parts where try !part.compute(document, scope).isTrue { return .owned(.bool(false)) }
            return .owned(.bool(true))
        case .any(let parts):
            for part in parts where try part.compute(document, scope).isTrue { return .owned(.bool(true)) }
            return .owned(.bool(false))
        case .condition(let condition, let then, let otherwise):
            return try (condition.compute(document, scope).isTrue ? then : otherwise).compute(document, scope)
        case .branches(let branches, let otherwise, let call):
            for branch in branches where try branch.when.compute(document, scope).isTrue {
                return try branch.then.compute(document, scope)
            }
            guard let otherwise else {
                throw call.refusal("found no branch that is true, and has no default", mend: "add default")
            }
            return try otherwise.compute(document, scope)
        case .firstKnown(let parts):
            var last = Evaluated.missing
            for part in parts {
                last = try part.compute(document, scope)
                if !last.isNullish { return last }
            }
            return last
        case .variables(let variables, let inner):
            for variable in variables { scope[variable.slot] = try variable.expression.compute(document, scope) }
            return try inner.compute(document, scope)
        case .map, .filter, .reduce: return try walk(document, scope)
        case .sorted(let input, let order, let call):
            guard let elements = try Self.elements(input, call, document, scope) else { return .null }
            try scope.charge(elements.count, call)
            return .list(order.sorted(elements))
        case .pattern(let search, let call): return try search.compute(document, scope, call)
        }
    }

    /// `nil` for null.
    static func elements(_ input: Expression, _ call: Call, _ document: RawDocument, _ scope: Scope)
        throws(QueryError) -> [Evaluated]?
    {
        let value = try input.compute(document, scope)
        if value.isNullish { return nil }
        guard let elements = value.elements else { throw call.needs("an array", value) }
        return elements
    }

    private func walk(_ document: RawDocument, _ scope: Scope) throws(QueryError) -> Evaluated {
        switch self {
        case .map(let input, let slot, let inner, let call):
            guard let elements = try Self.elements(input, call, document, scope) else { return .null }
            var result: [Evaluated] = []
            for element in elements {
                try scope.charge(1, call)
                scope[slot] = element
                result.append(try inner.compute(document, scope).orNull)
            }
            return .list(result)
        case .filter(let input, let slot, let condition, let limit, let call):
            guard let elements = try Self.elements(input, call, document, scope) else { return .null }
            let most = try Self.limit(limit, call, document, scope)
            var result: [Evaluated] = []
            for element in elements where result.count < most {
                try scope.charge(1, call)
                scope[slot] = element
                if try condition.compute(document, scope).isTrue { result.append(element) }
            }
            return .list(result)
        case .reduce(let input, let initial, let valueSlot, let thisSlot, let inner, let call):
            guard let elements = try Self.elements(input, call, document, scope) else { return .null }
            var value = try initial.compute(document, scope)
            for element in elements {
                try scope.charge(1, call)
                scope[valueSlot] = value
                scope[thisSlot] = element
                value = try inner.compute(document, scope)
                try value.checkDepth(call.place)
                try scope.charge(making: value)
            }
            return value
        default: return .missing
        }
    }

    private static func limit(_ limit: Expression?, _ call: Call, _ document: RawDocument, _ scope: Scope)
        throws(QueryError) -> Int
    {
        guard let value = try limit?.compute(document, scope), !value.isNullish else { return .max }
        guard let number = value.int64, number >= 1 else {
            throw call.refusal("has a limit that is no whole number from 1")
        }
        return Int(clamping: number)
    }
}

/// What `$sortArray` sorts by: the elements themselves, or fields of theirs.
struct ArrayOrder: Sendable {
    /// `nil`: the whole element.
    let parts: [(path: QueryPath?, isDescending: Bool)]

    func sorted(_ elements: [Evaluated]) -> [Evaluated] {
        let keyed = elements.enumerated().map { place, element in
            (place: place, keys: parts.map { part in part.path.map { $0.evaluate(element) } ?? element })
        }
        let order = keyed.sorted { left, right in
            for (at, part) in parts.enumerated() {
                let order = Evaluated.compare(left.keys[at].orNull, right.keys[at].orNull)
                if order != 0 { return (order < 0) != part.isDescending }
            }
            return left.place < right.place
        }
        return order.map { elements[$0.place] }
    }
}
