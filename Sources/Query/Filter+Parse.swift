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
        root = try parser.parse(document, place, depth: 0)
    }
}

struct FilterParser {
    let fields: DeclaredFields
    let limits: QueryLimits
    private var listValues = 0

    init(fields: DeclaredFields, limits: QueryLimits) {
        self.fields = fields
        self.limits = limits
    }

    mutating func parse(_ document: RawDocument, _ place: String, depth: Int) throws(QueryError) -> Filter.Node {
        guard depth < limits.nesting else {
            throw QueryError(
                .limitExceeded(.nesting), at: place, "it nests deeper than \(limits.nesting) levels",
                mend: "flatten the filter")
        }
        var nodes: [Filter.Node] = []
        var elements = document.elements
        while let element = elements.next() {
            let name = String(decoding: element.name, as: UTF8.self)
            let here = "\(place).\(name)"
            switch name {
            case "$and": nodes.append(.all(try parseList(element.value, here, depth)))
            case "$or": nodes.append(.any(try parseList(element.value, here, depth)))
            case "$nor": nodes.append(.not(.any(try parseList(element.value, here, depth))))
            case "$comment": continue
            case _ where name.hasPrefix("$"):
                throw QueryError(
                    .unknownOperator, at: here, "\(name) is no operator at this place",
                    mend: "use $and, $or or $nor, or name a field")
            default:
                let path = try QueryPath.validated(name, at: here)
                try fields.refuseSecret(path.name, at: here, "tested")
                nodes.append(try parse(element.value, path, here, depth: depth + 1))
            }
        }
        return nodes.count == 1 ? nodes[0] : .all(nodes)
    }

    private mutating func parseList(_ value: RawValue, _ place: String, _ depth: Int) throws(QueryError) -> [Filter
        .Node]
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
            nodes.append(try parse(RawDocument(element.value.base), here, depth: depth + 1))
        }
        return nodes
    }

    /// What a field is to be: a value, or a document of operators.
    private mutating func parse(_ value: RawValue, _ path: QueryPath, _ place: String, depth: Int) throws(QueryError)
        -> Filter.Node
    {
        guard value.type == .document, Self.isOperators(RawDocument(value.base)) else {
            return .compare(path, .equal, try operand(value, path, place))
        }
        return try parseOperators(RawDocument(value.base), path, place, depth: depth)
    }

    private static func isOperators(_ document: RawDocument) -> Bool {
        var elements = document.elements
        return elements.next()?.name.first == UInt8(ascii: "$")
    }

    private mutating func parseOperators(_ document: RawDocument, _ path: QueryPath, _ place: String, depth: Int)
        throws(QueryError) -> Filter.Node
    {
        guard depth < limits.nesting else {
            throw QueryError(
                .limitExceeded(.nesting), at: place, "it nests deeper than \(limits.nesting) levels",
                mend: "flatten the filter")
        }
        var nodes: [Filter.Node] = []
        var elements = document.elements
        while let element = elements.next() {
            let name = String(decoding: element.name, as: UTF8.self)
            let here = "\(place).\(name)"
            let value = element.value
            switch name {
            case "$eq": nodes.append(.compare(path, .equal, try operand(value, path, here)))
            case "$ne": nodes.append(.not(.compare(path, .equal, try operand(value, path, here))))
            case "$gt": nodes.append(.compare(path, .greater, try operand(value, path, here)))
            case "$gte": nodes.append(.compare(path, .greaterOrEqual, try operand(value, path, here)))
            case "$lt": nodes.append(.compare(path, .less, try operand(value, path, here)))
            case "$lte": nodes.append(.compare(path, .lessOrEqual, try operand(value, path, here)))
            case "$in": nodes.append(.within(path, try list(value, path, here)))
            case "$nin": nodes.append(.not(.within(path, try list(value, path, here))))
            case "$exists":
                guard let flag = value.bool ?? value.double.map({ $0 != 0 }) else {
                    throw QueryError(.badValue, at: here, "$exists needs true or false")
                }
                nodes.append(flag ? .exists(path) : .not(.exists(path)))
            case "$not":
                guard value.type == .document, Self.isOperators(RawDocument(value.base)) else {
                    throw QueryError(
                        .badValue, at: here, "$not needs a document of operators", mend: "write {$not: {$gt: 5}}")
                }
                nodes.append(.not(try parseOperators(RawDocument(value.base), path, here, depth: depth + 1)))
            default:
                throw QueryError(
                    .unknownOperator, at: here, "\(name) is not known here",
                    mend: "use $eq, $ne, $gt, $gte, $lt, $lte, $in, $nin, $exists or $not")
            }
        }
        return nodes.count == 1 ? nodes[0] : .all(nodes)
    }

    private func operand(_ value: RawValue, _ path: QueryPath, _ place: String) throws(QueryError) -> Operand {
        Operand(try checked(value, path, place))
    }

    private func checked(_ value: RawValue, _ path: QueryPath, _ place: String) throws(QueryError) -> Value {
        if value.type == .regex {
            throw QueryError(
                .badValue, at: place, "regular expressions are not supported", mend: "ask for a value or a range")
        }
        return fields.cast(value, at: path.name)
    }

    private mutating func list(_ value: RawValue, _ path: QueryPath, _ place: String) throws(QueryError) -> OperandList
    {
        guard let array = value.array else {
            throw QueryError(.badValue, at: place, "it needs a list of values", mend: "write [1, 2]")
        }
        var values: [Value] = []
        var elements = array.elements
        while let element = elements.next() {
            listValues += 1
            if listValues > limits.listValues {
                throw QueryError(
                    .limitExceeded(.listValues), at: place, "lists have more than \(limits.listValues) values",
                    mend: "split the query")
            }
            values.append(try checked(element.value, path, "\(place).\(values.count)"))
        }
        return OperandList(values)
    }
}
