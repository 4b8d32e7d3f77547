internal import BSON

/// Stages that make one document of many.
extension StageParser {
    mutating func parseGroup(_ document: RawDocument, _ call: Call) throws(QueryError) -> Group {
        let expressions = expressions
        var id: Expression?
        var accumulators: [Accumulator] = []
        var elements = document.elements
        while let element = elements.next() {
            let name = String(decoding: element.name, as: UTF8.self)
            if name == "_id" {
                id = try expressions.parse(element.value, "\(call.place)._id")
            } else {
                accumulators.append(try accumulator(name, element.value, call, expressions))
            }
        }
        guard let id else { throw call.refusal("needs _id", mend: "write _id: \"$field\", or _id: null") }
        forgetFields()
        return Group(id: id, accumulators: accumulators)
    }

    private func accumulator(_ name: String, _ value: RawValue, _ call: Call, _ expressions: ExpressionParser)
        throws(QueryError) -> Accumulator
    {
        let here = "\(call.place).\(name)"
        if name.isEmpty || name.contains(".") || name.hasPrefix("$") {
            throw QueryError(.badPath, at: here, "a field of a group has no dots and does not start with $")
        }
        return try AccumulatorParser(expressions: expressions).parse(name, value, here)
    }

    /// The accumulators of a bucket: a count where nothing is said.
    private func outputs(_ value: RawValue?, _ call: Call) throws(QueryError) -> [Accumulator] {
        let expressions = expressions
        guard let value else {
            return [Accumulator(name: "count", kind: .count, expression: .missing, call: call)]
        }
        var accumulators: [Accumulator] = []
        var elements = try call.document(value).elements
        while let element = elements.next() {
            let name = String(decoding: element.name, as: UTF8.self)
            if name == "_id" { throw call.refusal("makes _id itself", mend: "name another output") }
            accumulators.append(try accumulator(name, element.value, call, expressions))
        }
        return accumulators
    }

    mutating func parseCount(_ value: RawValue, _ call: Call) throws(QueryError) -> String {
        guard let field = value.string, !field.isEmpty, !field.hasPrefix("$"), !field.contains("."),
            !field.utf8.contains(0)
        else { throw call.refusal("needs the name of its field", mend: "write \"count\"") }
        forgetFields()
        return field
    }

    mutating func parseSortByCount(_ value: RawValue, _ call: Call) throws(QueryError) -> [Stage] {
        let isExpression =
            value.string?.hasPrefix("$") ?? value.document.map {
                $0.elements.first { _ in true }?.name.first == UInt8(ascii: "$")
            } ?? false
        guard isExpression else { throw call.refusal("needs a field or an expression", mend: "write \"$field\"") }
        let id = try expressions.parse(value, call.place)
        forgetFields()
        let count = Accumulator(name: "count", kind: .count, expression: .missing, call: call)
        return [
            Stage(
                name: "$group", spec: ["_id": value.owned(), "count": ["$sum": 1]],
                work: .group(Group(id: id, accumulators: [count]))),
            Stage(name: "$sort", spec: ["count": -1], work: .sort(Self.order("count", isDescending: true), kept: nil)),
        ]
    }

    private static func order(_ name: String, isDescending: Bool) -> SortOrder {
        SortOrder(parts: [.init(path: QueryPath(name), fieldPath: FieldPath(name), isDescending: isDescending)])
    }

    /// A group for each bucket, and a sort.
    mutating func parseBucket(_ value: RawValue, _ call: Call) throws(QueryError) -> [Stage] {
        let parts = try expressions.members(value, call, ["groupBy", "boundaries", "default", "output"], required: 2)
        guard let groupBy = parts[0], let list = parts[1]?.array, list.count >= 2 else {
            throw call.refusal("needs at least two boundaries", mend: "write boundaries: [0, 10, 100]")
        }
        var boundaries: [Operand] = []
        var elements = list.elements
        while let element = elements.next() {
            boundaries.append(try constant(element.value, "\(call.place).boundaries.\(boundaries.count)"))
        }
        for place in 1..<boundaries.count {
            guard TypeBracket.rank(boundaries[place - 1].raw.tag) == TypeBracket.rank(boundaries[place].raw.tag),
                Order.compare(boundaries[place - 1].raw, boundaries[place].raw) < 0
            else { throw call.refusal("needs boundaries of one type that rise") }
        }
        let otherwise = try parts[2].map { value throws(QueryError) in try constant(value, "\(call.place).default") }
        if let otherwise, let first = boundaries.first, let last = boundaries.last,
            Order.compare(otherwise.raw, first.raw) >= 0, Order.compare(otherwise.raw, last.raw) < 0
        {
            throw call.refusal("needs a default outside its boundaries")
        }
        let id = try expressions.parse(groupBy, "\(call.place).groupBy")
        let buckets = Buckets(boundaries: boundaries, otherwise: otherwise)
        let group = Group(id: buckets.expression(id, call), accumulators: try outputs(parts[3], call))
        forgetFields()
        return [
            Stage(name: "$bucket", spec: value.owned(), work: .group(group)),
            Stage(name: "$sort", spec: ["_id": 1], work: .sort(Self.order("_id", isDescending: false), kept: nil)),
        ]
    }

    private func constant(_ value: RawValue, _ place: String) throws(QueryError) -> Operand {
        guard case .constant(let operand) = try expressions.parse(value, place) else {
            throw QueryError(.badValue, at: place, "it must be a constant")
        }
        return operand
    }

    mutating func parseBucketAuto(_ value: RawValue, _ call: Call) throws(QueryError) -> BucketAuto {
        let parts = try expressions.members(value, call, ["groupBy", "buckets", "output"], required: 2)
        guard let groupBy = parts[0], let buckets = parts[1] else { throw call.refusal("needs groupBy and buckets") }
        let count = try call.wholeNumber(buckets, atLeast: 1)
        let result = BucketAuto(
            groupBy: try expressions.parse(groupBy, "\(call.place).groupBy"), count: count,
            accumulators: try outputs(parts[2], call))
        forgetFields()
        return result
    }

    mutating func parseFacet(_ document: RawDocument, _ call: Call) throws(QueryError) -> [(
        name: String, stages: [Stage]
    )] {
        if isFacet { throw call.refusal("cannot stand within another") }
        if document.isEmpty { throw call.refusal("names at least one pipeline") }
        var facets: [(name: String, stages: [Stage])] = []
        var elements = document.elements
        while let element = elements.next() {
            let name = String(decoding: element.name, as: UTF8.self)
            if name.isEmpty || name.contains(".") || name.hasPrefix("$") {
                throw QueryError(
                    .badPath, at: "\(call.place).\(name)", "a facet's name has no dots and does not start with $")
            }
            var inner = self
            inner.isFacet = true
            inner.depth += 1
            let documents = try call.documents(element.value, name)
            facets.append((name, try inner.parse(documents, "\(call.place).\(name)")))
        }
        forgetFields()
        return facets
    }
}
