internal import BSON

/// Reads `$project`, `$addFields`, `$set` and `$unset`.
struct ReshapeParser {
    let expressions: ExpressionParser
    /// Whether fields are kept, as the first but `_id` said.
    private var includes: Bool?
    private var keepsID: Bool?

    init(_ expressions: ExpressionParser) { self.expressions = expressions }

    mutating func parseProject(_ document: RawDocument, _ place: String) throws(QueryError) -> Reshape {
        if document.isEmpty { throw QueryError(.badValue, at: place, "a $project names at least one field") }
        var root = Reshape.Level()
        try readProject(document, &root, place, 0)
        let id = Array("_id".utf8)
        var isInclusion = includes ?? false
        if let keepsID {
            // Alone, `_id` decides for all.
            if keepsID, includes == nil { isInclusion = true }
            if keepsID, isInclusion { root.rules.insert((id, .keep), at: 0) }
            if !keepsID, !isInclusion { root.rules.append((id, .drop)) }
        } else if isInclusion, root.rules.allSatisfy({ $0.name != id }) {
            root.rules.insert((id, .keep), at: 0)
        }
        return Reshape(root: root, isInclusion: isInclusion)
    }

    private mutating func readProject(
        _ document: RawDocument, _ level: inout Reshape.Level, _ place: String, _ depth: Int
    ) throws(QueryError) {
        try checkDepth(depth, place)
        var elements = document.elements
        while let element = elements.next() {
            let (name, here) = try self.name(element, place)
            let flag = element.value.bool ?? (element.value.isNumber ? Number(element.value).map { !$0.isZero } : nil)
            if depth == 0, name == "_id", let flag {
                keepsID = flag
                continue
            }
            let rule: Reshape.Rule
            if let flag {
                try agree(flag, here)
                rule = flag ? .keep : .drop
            } else if let inner = Self.fields(element.value) {
                if inner.isEmpty {
                    throw QueryError(
                        .badValue, at: here, "an empty document says nothing", mend: "write 1, 0 or an expression")
                }
                var below = Reshape.Level()
                try readProject(inner, &below, here, depth + 1)
                rule = .below(below)
            } else {
                try agree(true, here)
                rule = .computed(try expressions.parse(element.value, here))
            }
            try add(name, rule, &level, here)
        }
    }

    mutating func parseAddFields(_ document: RawDocument, _ place: String) throws(QueryError) -> Reshape {
        if document.isEmpty { throw QueryError(.badValue, at: place, "it names at least one field") }
        var root = Reshape.Level()
        try readAddFields(document, &root, place, 0)
        return Reshape(root: root, isInclusion: false)
    }

    private func readAddFields(
        _ document: RawDocument, _ level: inout Reshape.Level, _ place: String, _ depth: Int
    ) throws(QueryError) {
        try checkDepth(depth, place)
        var elements = document.elements
        while let element = elements.next() {
            let (name, here) = try self.name(element, place)
            if let inner = Self.fields(element.value), !inner.isEmpty {
                var below = Reshape.Level()
                try readAddFields(inner, &below, here, depth + 1)
                try add(name, .below(below), &level, here)
            } else {
                try add(name, .computed(try expressions.parse(element.value, here)), &level, here)
            }
        }
    }

    func parseUnset(_ value: RawValue, _ place: String) throws(QueryError) -> Reshape {
        var root = Reshape.Level()
        let names = value.string.map { [$0] } ?? value.array?.elements.map { $0.value.string ?? "" } ?? []
        if names.isEmpty {
            throw QueryError(.badValue, at: place, "it names no field", mend: "write \"name\" or a list of such")
        }
        for name in names {
            _ = try QueryPath.validated(name, at: place)
            try add(name, .drop, &root, place)
        }
        return Reshape(root: root, isInclusion: false)
    }

    // MARK: Parts

    private func checkDepth(_ depth: Int, _ place: String) throws(QueryError) {
        guard depth >= expressions.limits.nesting else { return }
        throw QueryError(
            .limitExceeded(.nesting), at: place, "it nests deeper than \(expressions.limits.nesting) levels",
            mend: "flatten it")
    }

    private func name(_ element: RawDocument.Element, _ place: String) throws(QueryError) -> (String, String) {
        let name = String(decoding: element.name, as: UTF8.self)
        let here = "\(place).\(name)"
        _ = try QueryPath.validated(name, at: here)
        return (name, here)
    }

    /// A document that is no expression.
    private static func fields(_ value: RawValue) -> RawDocument? {
        guard value.type == .document else { return nil }
        let document = RawDocument(value.base)
        var elements = document.elements
        return elements.next()?.name.first == UInt8(ascii: "$") ? nil : document
    }

    private mutating func agree(_ flag: Bool, _ place: String) throws(QueryError) {
        if let includes, includes != flag {
            throw QueryError(
                .badValue, at: place, "a $project either keeps fields or leaves fields out",
                mend: "use only 1 and expressions, or only 0; _id may differ")
        }
        includes = flag
    }

    private func add(_ name: String, _ rule: Reshape.Rule, _ level: inout Reshape.Level, _ place: String)
        throws(QueryError)
    {
        if level.add(name.split(separator: ".")[...], rule) { return }
        throw QueryError(
            .badPath, at: place, "this field and one below it are both named", mend: "name only one of them")
    }
}
