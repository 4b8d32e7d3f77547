/// What an expression looks at.
struct Reads {
    /// Dotted paths.
    var paths: Set<String> = []
    /// Variables.
    var slots: Set<Int> = []
    var readsWhole = false

    var readsDocument: Bool { readsWhole || !paths.isEmpty }
}

extension Expression {
    /// What must all be true for this to be.
    var conjuncts: [Expression] {
        if case .form(.all(let parts)) = self { parts.flatMap(\.conjuncts) } else { [self] }
    }

    func gather(_ reads: inout Reads) {
        switch self {
        case .field(let path): reads.paths.insert(path.name)
        case .root: reads.readsWhole = true
        case .variable(let slot, _): reads.slots.insert(slot)
        case .now, .missing, .random, .constant: return
        case .document(let members): for member in members { member.expression.gather(&reads) }
        case .list(let members): for member in members { member.gather(&reads) }
        case .call(_, let arguments, _): for argument in arguments { argument?.gather(&reads) }
        case .form(let form): for part in form.parts { part.gather(&reads) }
        }
    }
}

extension Form {
    /// All expressions in it.
    var parts: [Expression] {
        switch self {
        case .all(let parts), .any(let parts), .firstKnown(let parts): parts
        case .condition(let condition, let then, let otherwise): [condition, then, otherwise]
        case .branches(let branches, let otherwise, _):
            branches.flatMap { [$0.when, $0.then] } + [otherwise].compactMap(\.self)
        case .variables(let variables, let inner): variables.map(\.expression) + [inner]
        case .map(let input, _, let inner, _): [input, inner]
        case .filter(let input, _, let condition, let limit, _): [input, condition] + [limit].compactMap(\.self)
        case .reduce(let input, let initial, _, _, let inner, _): [input, initial, inner]
        case .sorted(let input, _, _): [input]
        case .pattern(let search, _): [search.input, search.regex] + [search.options].compactMap(\.self)
        }
    }
}
