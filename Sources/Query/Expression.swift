internal import BSON

/// What an expression gave.
enum Evaluated {
    case missing
    /// In the document's or the expression's own memory.
    case raw(RawValue)
    case owned(Value)

    /// Lends the value; `nil` where missing.
    func withRaw<R, E>(_ body: (RawValue?) throws(E) -> R) throws(E) -> R {
        switch self {
        case .missing: try body(nil)
        case .raw(let value): try body(value)
        case .owned(let value): try value.withRaw { (raw) throws(E) -> R in try body(raw) }
        }
    }

    var value: Value? {
        switch self {
        case .missing: nil
        case .raw(let value): value.owned()
        case .owned(let value): value
        }
    }
}

/// What a stage computes of a document: a field, a constant, or a document or list of such.
indirect enum Expression: Sendable {
    case field(QueryPath)
    /// `$$ROOT`: the whole document.
    case root
    case constant(Operand)
    case document([(name: String, expression: Expression)])
    case list([Expression])

    func evaluate(_ document: RawDocument) -> Evaluated {
        switch self {
        case .field(let path): return path.evaluate(document)
        case .root: return .raw(RawValue(document))
        case .constant(let operand): return .raw(operand.raw)
        case .document(let members):
            var result = Document()
            for member in members {
                if let value = member.expression.evaluate(document).value { result.append(member.name, value) }
            }
            return .owned(.document(result))
        case .list(let members): return .owned(.array(members.map { $0.evaluate(document).value ?? .null }))
        }
    }
}

/// Reads expressions, and knows which fields they may read.
struct ExpressionParser {
    let fields: DeclaredFields
    let limits: QueryLimits

    func parse(_ value: RawValue, _ place: String, depth: Int = 0) throws(QueryError) -> Expression {
        guard depth < limits.nesting else {
            throw QueryError(
                .limitExceeded(.nesting), at: place, "it nests deeper than \(limits.nesting) levels",
                mend: "flatten the expression")
        }
        switch value.type {
        case .string: return try parseText(value.string ?? "", value, place)
        case .array:
            var members: [Expression] = []
            var elements = RawDocument(value.base).elements
            while let element = elements.next() {
                members.append(try parse(element.value, "\(place).\(members.count)", depth: depth + 1))
            }
            return .list(members)
        case .document: return try parseDocument(RawDocument(value.base), place, depth)
        default: return .constant(Operand(value.owned()))
        }
    }

    private func parseText(_ text: String, _ value: RawValue, _ place: String) throws(QueryError) -> Expression {
        guard text.hasPrefix("$") else { return .constant(Operand(value.owned())) }
        if text == "$$ROOT" || text == "$$CURRENT" { return .root }
        var name = String(text.dropFirst())
        for prefix in ["$ROOT.", "$CURRENT."] where name.hasPrefix(prefix) {
            name = String(name.dropFirst(prefix.count))
        }
        if name.hasPrefix("$") {
            throw QueryError(.badPath, at: place, "\(text) is no known variable", mend: "use $$ROOT or name a field")
        }
        let path = try QueryPath.validated(name, at: place)
        try fields.refuseSecret(name, at: place, "read")
        return .field(path)
    }

    private func parseDocument(_ document: RawDocument, _ place: String, _ depth: Int) throws(QueryError) -> Expression
    {
        var members: [(name: String, expression: Expression)] = []
        var elements = document.elements
        while let element = elements.next() {
            let name = String(decoding: element.name, as: UTF8.self)
            if name == "$literal" { return .constant(Operand(element.value.owned())) }
            if name.hasPrefix("$") {
                throw QueryError(
                    .unknownOperator, at: "\(place).\(name)", "\(name) is not known here",
                    mend: "use a field such as \"$name\", a constant, or a document of such")
            }
            if name.contains(".") {
                throw QueryError(.badPath, at: "\(place).\(name)", "a member of a computed document has no dots")
            }
            members.append((name, try parse(element.value, "\(place).\(name)", depth: depth + 1)))
        }
        return .document(members)
    }
}
