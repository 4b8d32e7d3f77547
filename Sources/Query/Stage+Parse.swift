internal import BSON
internal import Schema

/// Reads the stages of a pipeline.
struct PipelineParser {
    let limits: QueryLimits
    /// What is declared about the documents that come to the next stage: nothing once their shape was changed.
    private var fields: DeclaredFields

    init(_ model: CollectionModel, _ limits: QueryLimits) {
        self.limits = limits
        fields = DeclaredFields(model)
    }

    mutating func parse(_ documents: [Document]) throws(QueryError) -> [Stage] {
        guard documents.count <= limits.stages else {
            throw QueryError(
                .limitExceeded(.stages), at: "pipeline", "it has more than \(limits.stages) stages",
                mend: "use fewer stages")
        }
        var stages: [Stage] = []
        for (place, document) in documents.enumerated() {
            stages.append(
                try document.withRaw { (raw) throws(QueryError) in try parse(raw, "pipeline.\(place)") })
        }
        return Self.withKeptCounts(stages)
    }

    private mutating func parse(_ document: RawDocument, _ place: String) throws(QueryError) -> Stage {
        var elements = document.elements
        guard let element = elements.next(), elements.next() == nil else {
            throw QueryError(.badValue, at: place, "a stage has exactly one field", mend: "write {$match: {…}}")
        }
        let name = String(decoding: element.name, as: UTF8.self)
        let here = "\(place).\(name)"
        let value = element.value
        switch name {
        case "$match":
            return .match(try Filter(try documentOf(value, here), fields: fields, limits: limits, place: here))
        case "$sort":
            let sort = try SortOrder(try documentOf(value, here), fields: fields, place: here)
            if sort.isEmpty { throw QueryError(.badValue, at: here, "a $sort names at least one field") }
            return .sort(sort, kept: nil)
        case "$skip": return .skip(try wholeNumber(value, here, atLeast: 0))
        case "$limit": return .limit(try wholeNumber(value, here, atLeast: 1))
        case "$project":
            let projection = try Projection(try documentOf(value, here), fields: fields, limits: limits, place: here)
            if projection.isEverything { throw QueryError(.badValue, at: here, "a $project names at least one field") }
            fields = DeclaredFields(nil)
            return .project(projection)
        case "$group":
            let group = try parseGroup(try documentOf(value, here), here)
            fields = DeclaredFields(nil)
            return .group(group)
        case "$count":
            guard let field = value.string, !field.isEmpty, !field.hasPrefix("$"), !field.contains("."),
                !field.utf8.contains(0)
            else {
                throw QueryError(.badValue, at: here, "$count needs the name of its field", mend: "write \"count\"")
            }
            fields = DeclaredFields(nil)
            return .count(field)
        case "$unwind": return .unwind(try parseUnwind(value, here))
        default:
            throw QueryError(
                .unknownOperator, at: here, "\(name) is no known stage",
                mend: "use $match, $project, $group, $sort, $skip, $limit, $count or $unwind")
        }
    }

    private func documentOf(_ value: RawValue, _ place: String) throws(QueryError) -> RawDocument {
        guard value.type == .document else { throw QueryError(.badValue, at: place, "it needs a document") }
        return RawDocument(value.base)
    }

    private func wholeNumber(_ value: RawValue, _ place: String, atLeast least: Int64) throws(QueryError) -> Int {
        guard let number = value.int64, number >= least else {
            throw QueryError(.badValue, at: place, "it needs a whole number from \(least)")
        }
        return Int(number)
    }

    private func parseGroup(_ document: RawDocument, _ place: String) throws(QueryError) -> Group {
        let expressions = ExpressionParser(fields: fields, limits: limits)
        var id: Expression?
        var accumulators: [Accumulator] = []
        var elements = document.elements
        while let element = elements.next() {
            let name = String(decoding: element.name, as: UTF8.self)
            let here = "\(place).\(name)"
            if name == "_id" {
                id = try expressions.parse(element.value, here)
                continue
            }
            if name.contains(".") || name.hasPrefix("$") {
                throw QueryError(.badPath, at: here, "a field of a group has no dots and does not start with $")
            }
            accumulators.append(try parseAccumulator(name, element.value, here, expressions))
        }
        guard let id else {
            throw QueryError(.badValue, at: place, "a $group needs _id", mend: "write _id: \"$field\", or _id: null")
        }
        return Group(id: id, accumulators: accumulators)
    }

    private func parseAccumulator(
        _ name: String, _ value: RawValue, _ place: String, _ expressions: ExpressionParser
    ) throws(QueryError) -> Accumulator {
        var elements = try documentOf(value, place).elements
        guard let element = elements.next(), elements.next() == nil else {
            throw QueryError(.badValue, at: place, "it needs one accumulator", mend: "write {$sum: 1}")
        }
        let text = String(decoding: element.name, as: UTF8.self)
        guard let kind = Accumulator.Kind(rawValue: text) else {
            throw QueryError(
                .unknownOperator, at: "\(place).\(text)", "\(text) is no known accumulator",
                mend: "use \(Accumulator.Kind.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        if kind == .count {
            guard element.value.type == .document, RawDocument(element.value.base).isEmpty else {
                throw QueryError(.badValue, at: "\(place).\(text)", "$count takes {}", mend: "write {$count: {}}")
            }
        }
        return Accumulator(
            name: name, kind: kind, expression: try expressions.parse(element.value, "\(place).\(text)"))
    }

    private mutating func parseUnwind(_ value: RawValue, _ place: String) throws(QueryError) -> Unwind {
        let options = value.type == .document ? RawDocument(value.base) : nil
        let path = options == nil ? value.string : options?.value(named: "path")?.string
        guard let path, path.hasPrefix("$"), !path.hasPrefix("$$") else {
            throw QueryError(.badPath, at: place, "$unwind needs the path of an array", mend: "write \"$field\"")
        }
        let name = String(path.dropFirst())
        _ = try QueryPath.validated(name, at: place)
        try fields.refuseSecret(name, at: place, "unwound")
        let indexName = options?.value(named: "includeArrayIndex")?.string
        if let indexName {
            if indexName.isEmpty || indexName.hasPrefix("$") || indexName.contains(".") {
                throw QueryError(.badPath, at: place, "includeArrayIndex is a field name without dots")
            }
            fields = DeclaredFields(nil)
        }
        return Unwind(
            path: name.split(separator: ".").map(String.init),
            keepsEmpty: options?.value(named: "preserveNullAndEmptyArrays")?.bool ?? false, indexName: indexName)
    }

    /// A sort that a limit follows keeps no more than that.
    private static func withKeptCounts(_ stages: [Stage]) -> [Stage] {
        var stages = stages
        for place in stages.indices {
            guard case .sort(let sort, _) = stages[place] else { continue }
            var skipped = 0
            for next in stages[(place + 1)...] {
                if case .skip(let count) = next {
                    skipped = skipped.addingReportingOverflow(count).overflow ? .max : skipped + count
                    continue
                }
                if case .limit(let count) = next {
                    let kept = skipped.addingReportingOverflow(count)
                    if !kept.overflow { stages[place] = .sort(sort, kept: kept.partialValue) }
                }
                break
            }
        }
        return stages
    }
}
