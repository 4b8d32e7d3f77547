public import BSON
public import Schema

extension Projection {
    /// Reads `{name: 1, "address.city": 1}`, `{notes: 0}`, parts of arrays such as `{tags: {$slice: 3}}` or
    /// `{parts: {$elemMatch: {…}}}`, or computed fields such as `{id: "$_id"}`.
    public init(_ document: RawDocument, model: CollectionModel?, limits: QueryLimits = .standard) throws(QueryError) {
        try self.init(
            document, fields: DeclaredFields(model), limits: limits, place: "projection", knowsArrayOperators: true)
    }

    public init(_ document: Document, model: CollectionModel?, limits: QueryLimits = .standard) throws(QueryError) {
        self = try document.withRaw { (raw) throws(QueryError) -> Projection in
            try Projection(raw, model: model, limits: limits)
        }
    }

    /// `knowsArrayOperators`: `$slice` and `$elemMatch` are those of a find, not expressions as in a stage.
    init(
        _ document: RawDocument, fields: DeclaredFields, limits: QueryLimits, place: String,
        knowsArrayOperators: Bool = false
    ) throws(QueryError) {
        var parser = ProjectionParser(
            expressions: ExpressionParser(fields: fields, limits: limits),
            filters: FilterParser(fields: fields, limits: limits), knowsArrayOperators: knowsArrayOperators)
        var root = Level()
        try parser.read(document, into: &root, place, depth: 0)
        var isInclusion = parser.includes ?? parser.picksElements
        let id = Array("_id".utf8)
        if let keepsID = parser.keepsID {
            // Alone, `_id` decides for all.
            if keepsID, parser.includes == nil, !parser.slices { isInclusion = true }
            if keepsID, isInclusion { root.rules.insert((id, .include), at: 0) }
            if !keepsID, !isInclusion { root.rules.append((id, .exclude)) }
        } else if isInclusion, root.rules.allSatisfy({ $0.name != id }) {
            root.rules.insert((id, .include), at: 0)
        }
        self.init(root: root, isInclusion: isInclusion)
    }
}

private struct ProjectionParser {
    let expressions: ExpressionParser
    var filters: FilterParser
    let knowsArrayOperators: Bool
    /// Whether it is a list of what is kept, as the first field but `_id` said.
    var includes: Bool?
    var keepsID: Bool?
    var slices = false
    var picksElements = false

    mutating func read(
        _ document: RawDocument, into level: inout Projection.Level, _ place: String, below outer: String = "",
        depth: Int
    ) throws(QueryError) {
        guard depth < expressions.limits.nesting else {
            throw QueryError(.limitExceeded(.nesting), at: place, "it nests too deep", mend: "flatten the projection")
        }
        var elements = document.elements
        while let element = elements.next() {
            let name = String(decoding: element.name, as: UTF8.self)
            let here = "\(place).\(name)"
            if name.hasSuffix(".$") {
                throw QueryError(
                    .badPath, at: here, "the positional projection is not there",
                    mend:
                        "write {\"\(name.dropLast(2))\": {\"$elemMatch\": {…}}}, which picks the first element that fits"
                )
            }
            _ = try QueryPath.validated(name, at: here)
            let flag = element.value.bool ?? element.value.double.map { $0 != 0 }
            if depth == 0, name == "_id", let flag {
                keepsID = flag
                continue
            }
            let path = outer.isEmpty ? name : outer + "." + name
            let rule: Projection.Rule
            if let flag {
                try agree(flag, here)
                rule = flag ? .include : .exclude
            } else if element.value.type == .document, !FilterParser.isOperators(RawDocument(element.value.base)) {
                var inner = Projection.Level()
                try read(RawDocument(element.value.base), into: &inner, here, below: path, depth: depth + 1)
                rule = .below(inner)
            } else if let picked = try arrayRule(element.value, path, here) {
                rule = picked
            } else {
                try agree(true, here)
                rule = .computed(try expressions.parse(element.value, here))
            }
            try add(name.split(separator: ".")[...], rule, &level, here)
        }
    }

    /// Elements of an array, by place or by a condition.
    private mutating func arrayRule(_ value: RawValue, _ path: String, _ place: String) throws(QueryError)
        -> Projection.Rule?
    {
        guard knowsArrayOperators, value.type == .document else { return nil }
        let document = RawDocument(value.base)
        if let argument = document.value(named: "$slice"), document.count == 1 {
            guard let slicing = try Self.slicing(argument, "\(place).$slice") else { return nil }
            slices = true
            return .slice(slicing)
        }
        guard let condition = document.value(named: "$elemMatch"), document.count == 1 else { return nil }
        let here = "\(place).$elemMatch"
        guard !path.contains(".") else {
            throw QueryError(
                .badPath, at: here, "$elemMatch is about a field of the document itself", mend: "name such a field")
        }
        try expressions.fields.refuseSecret(path, at: here, "tested")
        picksElements = true
        let subject = Subject(path: QueryPath(path), name: path)
        return .firstElement(try filters.elementMatch(condition, subject, here, 1))
    }

    /// `nil` where it is an expression.
    private static func slicing(_ argument: RawValue, _ place: String) throws(QueryError) -> ArraySlicing? {
        if let count = argument.int64.flatMap({ Int(exactly: $0) }) {
            return ArraySlicing(start: min(count, 0), limit: count == .min ? .max : abs(count))
        }
        let numbers = argument.array?.elements.map(\.value.int64) ?? []
        guard numbers.count == 2, let start = numbers[0] else {
            if argument.type == .array { return nil }
            throw QueryError(.badValue, at: place, "$slice needs a number", mend: "write 3, -3 or [10, 3]")
        }
        guard let limit = numbers[1], limit > 0 else {
            throw QueryError(
                .badValue, at: place, "$slice needs how many elements, above 0", mend: "write [10, 3]")
        }
        return ArraySlicing(start: Int(start), limit: Int(limit))
    }

    private mutating func agree(_ flag: Bool, _ place: String) throws(QueryError) {
        if let includes, includes != flag {
            throw QueryError(
                .badValue, at: place, "a projection either keeps fields or leaves fields out",
                mend: "use only 1, or only 0; _id may differ")
        }
        includes = flag
    }

    private func add(
        _ path: ArraySlice<Substring>, _ rule: Projection.Rule, _ level: inout Projection.Level, _ place: String
    ) throws(QueryError) {
        guard let first = path.first else { return }
        let name = Array(first.utf8)
        let known = level.rules.firstIndex { $0.name == name }
        var new = rule
        if path.count > 1 {
            var inner = Projection.Level()
            if let known {
                guard case .below(let level) = level.rules[known].rule else { throw collision(place) }
                inner = level
            }
            try add(path.dropFirst(), rule, &inner, place)
            new = .below(inner)
        } else if known != nil {
            throw collision(place)
        }
        if let known { level.rules[known].rule = new } else { level.rules.append((name, new)) }
    }

    private func collision(_ place: String) -> QueryError {
        QueryError(
            .badPath, at: place, "the projection names this field and one below it", mend: "name only one of them")
    }
}
