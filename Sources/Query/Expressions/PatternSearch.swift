internal import BSON

/// A regular expression looked for in a text: whether it is there, where first, or everywhere.
struct PatternSearch: Sendable {
    enum Wanted: Sendable { case whether, first, all }

    let wanted: Wanted
    let input: Expression
    let regex: Expression
    let options: Expression?
    /// Compiled where the expression is constant.
    let ready: Pattern?
    let limits: QueryLimits

    func compute(_ document: RawDocument, _ scope: Scope, _ call: Call) throws(QueryError) -> Evaluated {
        let input = try input.compute(document, scope)
        let pattern = if let ready { ready } else { try compiled(document, scope, call) }
        guard !input.isNullish, let pattern else { return none }
        guard let text = input.string else { throw call.needs("a string as input", input) }
        try scope.look()
        switch wanted {
        case .whether: return .owned(.bool(try pattern.first(in: text, from: 0) != nil))
        case .first: return try pattern.first(in: text, from: 0).map { Self.described($0, text) } ?? .null
        case .all: return try all(pattern, text, scope, call)
        }
    }

    private var none: Evaluated {
        switch wanted {
        case .whether: .owned(.bool(false))
        case .first: .null
        case .all: .list([])
        }
    }

    private func compiled(_ document: RawDocument, _ scope: Scope, _ call: Call) throws(QueryError) -> Pattern? {
        let regex = try regex.compute(document, scope)
        let options = try self.options?.compute(document, scope) ?? .missing
        return try Self.compile(regex, options, call, limits)
    }

    /// `nil` where the pattern is null.
    static func compile(_ regex: Evaluated, _ options: Evaluated, _ call: Call, _ limits: QueryLimits)
        throws(QueryError) -> Pattern?
    {
        if regex.isNullish { return nil }
        var flags = options.string ?? ""
        if !options.isNullish, options.type != .string { throw call.needs("a string as options", options) }
        if let text = regex.string { return try Pattern(text, options: flags, limits: limits, place: call.place) }
        guard case .regex(let text, let own)? = regex.value else { throw call.needs("a string or regex", regex) }
        if !own.isEmpty {
            guard flags.isEmpty else { throw call.refusal("has options in two places", mend: "leave one out") }
            flags = own
        }
        return try Pattern(text, options: flags, limits: limits, place: call.place)
    }

    private func all(_ pattern: Pattern, _ text: String, _ scope: Scope, _ call: Call) throws(QueryError)
        -> Evaluated
    {
        var found: [Evaluated] = []
        var start = 0
        let bytes = Array(text.utf8)
        while start <= bytes.count, let match = try pattern.first(in: text, from: start) {
            try scope.charge(1, call)
            try scope.look()
            found.append(Self.described(match, text))
            guard let whole = match.first ?? nil else { break }
            // After an empty match, on to the next character.
            start = whole.upperBound
            if whole.isEmpty {
                start += 1
                while start < bytes.count, bytes[start] & 0xC0 == 0x80 { start += 1 }
            }
        }
        return .list(found)
    }

    /// `{match, idx, captures}`, the place counted in characters.
    private static func described(_ match: [Range<Int>?], _ text: String) -> Evaluated {
        let bytes = Array(text.utf8)
        func part(_ range: Range<Int>?) -> Value {
            range.map { .string(String(decoding: bytes[$0], as: UTF8.self)) } ?? .null
        }
        let whole = match.first ?? nil
        let place = bytes[..<(whole?.lowerBound ?? 0)].count { $0 & 0xC0 != 0x80 }
        return .owned(
            .document([
                "match": part(whole), "idx": .int32(Int32(clamping: place)),
                "captures": .array(match.dropFirst().map(part)),
            ]))
    }
}

extension ExpressionParser {
    func parsePattern(_ call: Call, _ value: RawValue, _ depth: Int) throws(QueryError) -> Expression {
        let parts = try options(value, call, ["input", "regex", "options"], required: 2, depth)
        let wanted: PatternSearch.Wanted =
            switch call.name {
            case "$regexMatch": .whether
            case "$regexFind": .first
            default: .all
            }
        var ready: Pattern?
        if case .constant(let regex)? = parts[1] {
            switch parts[2] {
            case nil: ready = try PatternSearch.compile(.raw(regex.raw), .missing, call, limits)
            case .constant(let options)?:
                ready = try PatternSearch.compile(.raw(regex.raw), .raw(options.raw), call, limits)
            default: break
            }
        }
        return .form(
            .pattern(
                PatternSearch(
                    wanted: wanted, input: parts[0] ?? .missing, regex: parts[1] ?? .missing, options: parts[2],
                    ready: ready, limits: limits), call))
    }
}

extension Pattern {
    fileprivate func first(in text: String, from start: Int) throws(QueryError) -> [Range<Int>?]? {
        let bytes = Array(text.utf8)
        return try bytes.withRawBytes { (bytes) throws(QueryError) in try captures(bytes, from: start) }
    }
}
