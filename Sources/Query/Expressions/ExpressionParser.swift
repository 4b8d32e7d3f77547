internal import BSON

/// Reads expressions, and knows which fields and variables they may read.
struct ExpressionParser {
    let fields: DeclaredFields
    let limits: QueryLimits
    /// Variables that stages and operators around it have named.
    var variables = Variables()

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
            return folded(.list(members))
        case .document: return try parseDocument(RawDocument(value.base), place, depth)
        default: return .constant(Operand(value.owned()))
        }
    }

    // MARK: Fields and variables

    private func parseText(_ text: String, _ value: RawValue, _ place: String) throws(QueryError) -> Expression {
        guard text.hasPrefix("$") else { return .constant(Operand(value.owned())) }
        guard text.hasPrefix("$$") else { return try parsePath(String(text.dropFirst()), place) }
        let parts = text.dropFirst(2).split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let name = parts.first.map(String.init) ?? ""
        let rest = parts.count > 1 ? String(parts[1]) : nil
        if let slot = variables[name] {
            return .variable(slot, try rest.map { name throws(QueryError) in try QueryPath.validated(name, at: place) })
        }
        switch name {
        case "ROOT":
            guard let rest else { return .root }
            return try field(rest, place)
        case "CURRENT":
            guard let rest else { return .root }
            return try parsePath(rest, place)
        case "NOW" where rest == nil: return .now
        case "REMOVE" where rest == nil: return .missing
        default:
            throw QueryError(
                .badPath, at: place, "$$\(name) is no known variable",
                mend:
                    "use \((["ROOT", "CURRENT", "NOW", "REMOVE"] + variables.names).map { "$$" + $0 }.joined(separator: ", ")) or name a field"
            )
        }
    }

    /// A path from `$$CURRENT` on, which is `$$ROOT` unless an operator around it says otherwise.
    private func parsePath(_ name: String, _ place: String) throws(QueryError) -> Expression {
        if let slot = variables["CURRENT"] { return .variable(slot, try QueryPath.validated(name, at: place)) }
        return try field(name, place)
    }

    private func field(_ name: String, _ place: String) throws(QueryError) -> Expression {
        let path = try QueryPath.validated(name, at: place)
        try fields.refuseSecret(name, at: place, "read")
        return .field(path)
    }

    // MARK: Documents and operators

    private func parseDocument(_ document: RawDocument, _ place: String, _ depth: Int) throws(QueryError) -> Expression
    {
        var members: [(name: String, expression: Expression)] = []
        var elements = document.elements
        while let element = elements.next() {
            let name = String(decoding: element.name, as: UTF8.self)
            let here = "\(place).\(name)"
            if name.hasPrefix("$") {
                guard members.isEmpty, elements.next() == nil else {
                    throw QueryError(
                        .badValue, at: place, "an operator stands alone in its document",
                        mend: "write {\(name): …} with nothing beside it")
                }
                return try parseOperator(name, element.value, here, depth)
            }
            if name.isEmpty || name.contains(".") {
                throw QueryError(
                    .badPath, at: here, "a member of a computed document has a name without dots",
                    mend: "nest documents")
            }
            members.append((name, try parse(element.value, here, depth: depth + 1)))
        }
        return folded(.document(members))
    }

    private func parseOperator(_ name: String, _ value: RawValue, _ place: String, _ depth: Int) throws(QueryError)
        -> Expression
    {
        let call = Call(name: name, place: place)
        if let function = Function.all[name] {
            return folded(.call(function, try arguments(of: function, value, call, depth), call))
        }
        if let form = try parseForm(call, value, depth) { return form }
        throw QueryError(
            .unknownOperator, at: place, "\(name) is no known operator of expressions",
            mend: "for a text or document that starts with $ write {$literal: …}")
    }

    // MARK: Arguments

    private func arguments(of function: Function, _ value: RawValue, _ call: Call, _ depth: Int) throws(QueryError)
        -> [Expression?]
    {
        switch function.body {
        case .one: return try list(value, call, 1...1, depth)
        case .two: return try list(value, call, 2...2, depth)
        case .many(let counts, _), .scoped(let counts, _): return try list(value, call, counts, depth)
        case .named(let names, let required, _):
            if names == Function.dateArguments, !isOptions(value) { return try list(value, call, 1...1, depth) + [nil] }
            return try options(value, call, names, required: required, depth)
        }
    }

    /// A document that is no expression itself.
    private func isOptions(_ value: RawValue) -> Bool {
        guard value.type == .document else { return false }
        var elements = RawDocument(value.base).elements
        return elements.next()?.name.first != UInt8(ascii: "$")
    }

    /// Arguments by place: an array of them, or the only one by itself.
    func list(_ value: RawValue, _ call: Call, _ counts: ClosedRange<Int>, _ depth: Int) throws(QueryError)
        -> [Expression]
    {
        var arguments: [Expression] = []
        if let array = value.array {
            var elements = array.elements
            while let element = elements.next() {
                arguments.append(try parse(element.value, "\(call.place).\(arguments.count)", depth: depth + 1))
            }
        } else {
            arguments.append(try parse(value, call.place, depth: depth + 1))
        }
        guard counts.contains(arguments.count) else {
            let wanted =
                counts.count == 1
                ? "\(counts.lowerBound)"
                : counts.upperBound == .max
                    ? "at least \(counts.lowerBound)" : "\(counts.lowerBound) to \(counts.upperBound)"
            throw call.refusal(
                "takes \(wanted) argument\(counts == 1...1 ? "" : "s"), not \(arguments.count)",
                mend: counts == 1...1 ? "for an array itself write [[…]]" : "write [a, b]")
        }
        return arguments
    }

    /// Arguments by name, in the order of `names`; `nil` where one is not given.
    func options(
        _ value: RawValue, _ call: Call, _ names: [String], required: Int, _ depth: Int
    ) throws(QueryError) -> [Expression?] {
        let given = try members(value, call, names, required: required)
        var arguments: [Expression?] = []
        for (name, value) in zip(names, given) {
            guard let value else {
                arguments.append(nil)
                continue
            }
            arguments.append(try parse(value, "\(call.place).\(name)", depth: depth + 1))
        }
        return arguments
    }

    /// The members of an operator's document as they are written.
    func members(_ value: RawValue, _ call: Call, _ names: [String], required: Int) throws(QueryError) -> [RawValue?] {
        guard value.type == .document else {
            throw call.refusal(
                "needs a document", mend: "write {\(names.prefix(required).map { "\($0): …" }.joined(separator: ", "))}"
            )
        }
        var given = [RawValue?](repeating: nil, count: names.count)
        var elements = RawDocument(value.base).elements
        while let element = elements.next() {
            let name = String(decoding: element.name, as: UTF8.self)
            guard let place = names.firstIndex(of: name) else {
                throw QueryError(
                    .badValue, at: "\(call.place).\(name)", "\(call.name) has no \(name)",
                    mend: "use \(names.joined(separator: ", "))")
            }
            given[place] = element.value
        }
        for place in 0..<required where given[place] == nil {
            throw call.refusal("needs \(names[place])", mend: "add \(names[place])")
        }
        return given
    }

    // MARK: Constants

    /// What depends on no document is computed once; where that fails it is left to fail when it is asked for.
    private func folded(_ expression: Expression) -> Expression {
        let parts: [Expression?]
        switch expression {
        case .list(let members): parts = members
        case .document(let members): parts = members.map(\.expression)
        case .call(_, let arguments, _): parts = arguments
        default: return expression
        }
        let isConstant = parts.allSatisfy { part in
            switch part {
            case nil, .constant?: true
            default: false
            }
        }
        guard isConstant else { return expression }
        do throws(QueryError) {
            let value = try Document().withRaw { (none) throws(QueryError) in
                try expression.compute(none, Scope(nil)).value
            }
            return value.map { .constant(Operand($0)) } ?? .missing
        } catch {
            return expression
        }
    }
}

/// The variables that may be named at some place, and where their values are kept.
struct Variables: Sendable {
    private var slots: [String: Int] = [:]
    /// The next free slot: those of operators around are taken.
    private var next = 0

    subscript(name: String) -> Int? { slots[name] }
    var names: [String] { slots.keys.sorted() }

    mutating func add(_ name: String) -> Int {
        slots[name] = next
        next += 1
        return next - 1
    }

    /// A slot that nothing names.
    mutating func reserve() -> Int {
        next += 1
        return next - 1
    }

    /// The same names, with the slots of another taken too.
    func beside(_ other: Variables) -> Variables {
        var result = self
        result.next = max(next, other.next)
        return result
    }

    /// Names of people's own begin with a small letter.
    static func validate(_ name: String, _ place: String) throws(QueryError) {
        let isName = name.utf8.allSatisfy { byte in
            byte == UInt8(ascii: "_") || byte >= 0x80 || (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
                || (0x61...0x7A).contains(byte)
        }
        let first = name.utf8.first ?? 0
        guard isName, (0x61...0x7A).contains(first) || first >= 0x80 || name == "CURRENT" else {
            throw QueryError(
                .badPath, at: place, "\"\(name)\" cannot name a variable",
                mend: "use letters, digits and _, beginning with a small letter")
        }
    }
}
