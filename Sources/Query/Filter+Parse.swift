public import BSON
public import Schema

extension Filter {
    /// Reads a filter. Values are cast to the declared type of their field, so that plain JSON will do.
    ///
    /// `model`: the collection it is about; `nil` for documents of any shape.
    /// - Throws: what is wrong with the filter and where.
    public init(_ document: RawDocument, model: CollectionModel?, limits: QueryLimits = .standard) throws(QueryError) {
        try self.init(document, fields: DeclaredFields(model), limits: limits, place: "filter")
    }

    public init(_ document: Document, model: CollectionModel?, limits: QueryLimits = .standard) throws(QueryError) {
        self = try document.withRaw { (raw) throws(QueryError) -> Filter in
            try Filter(raw, model: model, limits: limits)
        }
    }

    init(_ document: RawDocument, fields: DeclaredFields, limits: QueryLimits, place: String) throws(QueryError) {
        var parser = FilterParser(fields: fields, limits: limits)
        self.init(
            root: try parser.parse(document, place, depth: 0), digest: document.isEmpty ? 0 : Digest64(document).value)
    }
}

/// Reads filters: what joins conditions here, what a value is to be in `FilterParser+Operators`.
struct FilterParser {
    let fields: DeclaredFields
    let limits: QueryLimits
    private var listValues = 0

    init(fields: DeclaredFields, limits: QueryLimits) {
        self.fields = fields
        self.limits = limits
    }

    /// `outer`: the array whose elements the filter is about, within `$elemMatch`.
    mutating func parse(_ document: RawDocument, _ place: String, below outer: String = "", depth: Int)
        throws(QueryError) -> Filter.Node
    {
        try checkDepth(depth, place)
        var nodes: [Filter.Node] = []
        var elements = document.elements
        while let element = elements.next() {
            let name = String(decoding: element.name, as: UTF8.self)
            let here = "\(place).\(name)"
            switch name {
            case "$and": nodes.append(.all(try parseList(element.value, here, outer, depth)))
            case "$or": nodes.append(.any(try parseList(element.value, here, outer, depth)))
            case "$nor": nodes.append(.not(.any(try parseList(element.value, here, outer, depth))))
            case "$comment": continue
            case "$expr" where outer.isEmpty:
                let parser = ExpressionParser(fields: fields, limits: limits)
                nodes.append(.expression(try parser.parse(element.value, here, depth: depth + 1), fields.secretFields))
            case "$jsonSchema" where outer.isEmpty:
                var parser = SchemaParser(fields: fields, limits: limits)
                nodes.append(.schema(try parser.parse(element.value, here, depth: depth + 1), fields.secretFields))
            case _ where name.hasPrefix("$"):
                throw QueryError(
                    .unknownOperator, at: here, "\(name) is no operator at this place",
                    mend: "use $and, $or, $nor, $expr, $jsonSchema or $comment, or name a field")
            default:
                let path = try QueryPath.validated(name, at: here)
                let whole = outer.isEmpty ? name : outer + "." + name
                try fields.refuseSecret(whole, at: here, "tested")
                nodes.append(try parse(element.value, Subject(path: path, name: whole), here, depth: depth + 1))
            }
        }
        return nodes.count == 1 ? nodes[0] : .all(nodes)
    }

    private mutating func parseList(_ value: RawValue, _ place: String, _ outer: String, _ depth: Int)
        throws(QueryError) -> [Filter.Node]
    {
        guard let array = value.array, !array.isEmpty else {
            throw QueryError(.badValue, at: place, "it needs a list of at least one filter", mend: "write [{…}, {…}]")
        }
        var nodes: [Filter.Node] = []
        var elements = array.elements
        while let element = elements.next() {
            let here = "\(place).\(nodes.count)"
            guard element.value.type == .document else {
                throw QueryError(.badValue, at: here, "each member of the list must be a filter", mend: "write {…}")
            }
            nodes.append(try parse(RawDocument(element.value.base), here, below: outer, depth: depth + 1))
        }
        return nodes
    }

    func checkDepth(_ depth: Int, _ place: String) throws(QueryError) {
        guard depth < limits.nesting else {
            throw QueryError(
                .limitExceeded(.nesting), at: place, "it nests deeper than \(limits.nesting) levels",
                mend: "flatten the filter")
        }
    }

    /// Counts a value of a list against what all lists of the filter may have.
    mutating func countListValue(_ place: String) throws(QueryError) {
        listValues += 1
        if listValues > limits.listValues {
            throw QueryError(
                .limitExceeded(.listValues), at: place, "lists have more than \(limits.listValues) values",
                mend: "split the query")
        }
    }
}

/// What a condition is about.
struct Subject {
    /// From the document that is tested.
    let path: QueryPath
    /// From the collection's document: by it fields are declared.
    let name: String
}

/// FNV-1a: tells one query from another, for those who mix them up.
struct Digest64 {
    private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

    init() {}
    init(_ document: RawDocument) { combine(document.bytes) }

    mutating func combine(_ bytes: some Sequence<UInt8>) {
        for byte in bytes { value = (value ^ UInt64(byte)) &* 0x100_0000_01B3 }
    }
}
