public import BSON
public import Schema

extension Projection {
    /// Reads `{name: 1, "address.city": 1}`, `{notes: 0}`, or computed fields such as `{id: "$_id"}`.
    public init(_ document: RawDocument, model: CollectionModel?, limits: QueryLimits = .standard) throws(QueryError) {
        try self.init(document, fields: DeclaredFields(model), limits: limits, place: "projection")
    }

    public init(_ document: Document, model: CollectionModel?, limits: QueryLimits = .standard) throws(QueryError) {
        self = try document.withRaw { (raw) throws(QueryError) -> Projection in
            try Projection(raw, model: model, limits: limits)
        }
    }

    init(_ document: RawDocument, fields: DeclaredFields, limits: QueryLimits, place: String) throws(QueryError) {
        var parser = ProjectionParser(expressions: ExpressionParser(fields: fields, limits: limits))
        var root = Level()
        try parser.read(document, into: &root, place, depth: 0)
        var isInclusion = parser.includes ?? false
        let id = Array("_id".utf8)
        if let keepsID = parser.keepsID {
            // Alone, `_id` decides for all.
            if keepsID, parser.includes == nil { isInclusion = true }
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
    /// Whether it is a list of what is kept, as the first field but `_id` said.
    var includes: Bool?
    var keepsID: Bool?

    mutating func read(_ document: RawDocument, into level: inout Projection.Level, _ place: String, depth: Int)
        throws(QueryError)
    {
        guard depth < expressions.limits.nesting else {
            throw QueryError(.limitExceeded(.nesting), at: place, "it nests too deep", mend: "flatten the projection")
        }
        var elements = document.elements
        while let element = elements.next() {
            let name = String(decoding: element.name, as: UTF8.self)
            let here = "\(place).\(name)"
            _ = try QueryPath.validated(name, at: here)
            let flag = element.value.bool ?? element.value.double.map { $0 != 0 }
            if depth == 0, name == "_id", let flag {
                keepsID = flag
                continue
            }
            let rule: Projection.Rule
            if let flag {
                try agree(flag, here)
                rule = flag ? .include : .exclude
            } else if element.value.type == .document, !Self.isOperator(RawDocument(element.value.base)) {
                var inner = Projection.Level()
                try read(RawDocument(element.value.base), into: &inner, here, depth: depth + 1)
                rule = .below(inner)
            } else {
                try agree(true, here)
                rule = .computed(try expressions.parse(element.value, here))
            }
            try add(name.split(separator: ".")[...], rule, &level, here)
        }
    }

    private static func isOperator(_ document: RawDocument) -> Bool {
        var elements = document.elements
        return elements.next()?.name.first == UInt8(ascii: "$")
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
