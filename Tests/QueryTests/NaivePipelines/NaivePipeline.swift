import BSON

/// Pipelines over lists of documents, stage after stage.
struct NaivePipeline {
    let collections: [String: [Document]]
    var variables: [String: Value?] = [:]

    func evaluate(_ expression: Value, _ document: Document) throws -> Value? {
        try NaiveExpression(root: document, variables: variables).evaluate(expression)
    }

    func run(_ stages: [Document], _ documents: [Document]) throws -> [Document] {
        var rows = documents
        for stage in stages {
            guard let (name, spec) = stage.pairs.first else { continue }
            rows = try run(name, spec, rows)
        }
        return rows
    }

    func members(_ value: Value) throws -> [(name: String, value: Value)] {
        guard case .document(let document) = value else { throw NaiveExpression.Failure() }
        return document.pairs
    }

    private func run(_ name: String, _ spec: Value, _ rows: [Document]) throws -> [Document] {
        switch name {
        case "$match": return try rows.filter { try fits(spec, $0) }
        case "$project": return try rows.map { try project(spec, $0) }
        case "$set":
            return try rows.map { row in
                try members(spec).reduce(row) { result, field in
                    Self.setting(result, field.name, try evaluate(field.value, row))
                }
            }
        case "$unset": return rows.map { row in Document(row.pairs.filter { .string($0.name) != spec }) }
        case "$sort":
            let order = try members(spec).map { ($0.name, try NaiveExpression.whole($0.value) < 0) }
            return rows.enumerated().sorted {
                Naive.precedes($0.element, $1.element, order)
                    || !Naive.precedes($1.element, $0.element, order) && $0.offset < $1.offset
            }.map(\.element)
        case "$skip": return Array(rows.dropFirst(try NaiveExpression.whole(spec)))
        case "$limit": return Array(rows.prefix(try NaiveExpression.whole(spec)))
        case "$count": return rows.isEmpty ? [] : [[try NaiveExpression.text(spec): .int32(Int32(rows.count))]]
        case "$replaceWith", "$replaceRoot":
            let made = name == "$replaceWith" ? spec : try NaiveExpression.written(spec, "newRoot")
            return try rows.map { row in
                guard case .document(let document)? = try evaluate(made, row) else { throw NaiveExpression.Failure() }
                return document
            }
        case "$unwind": return try rows.flatMap { try unwind(spec, $0) }
        case "$group": return try group(spec, rows)
        case "$bucket": return try run("$sort", ["_id": 1], try group(try Self.grouping(spec), rows))
        case "$sortByCount":
            let groups = try group(["_id": spec, "count": ["$sum": 1]], rows)
            return try run("$sort", ["count": -1], groups)
        case "$bucketAuto": return try bucketAuto(spec, rows)
        case "$setWindowFields": return try windows(spec, rows)
        case "$graphLookup": return try rows.map { try graphLookup(spec, $0) }
        case "$sample": return Array(rows.prefix(try NaiveExpression.whole(try NaiveExpression.written(spec, "size"))))
        case "$lookup": return try rows.map { try lookup(spec, $0) }
        case "$unionWith":
            guard case .string(let from) = try NaiveExpression.written(spec, "coll") else {
                throw NaiveExpression.Failure()
            }
            return rows + (try run(try pipeline(spec), collections[from] ?? []))
        case "$facet":
            return [
                Document(
                    try members(spec).map {
                        ($0.name, .array(try run(try Self.stages($0.value), rows).map { .document($0) }))
                    })
            ]
        default: throw NaiveExpression.Failure()
        }
    }

    private static func stages(_ value: Value) throws -> [Document] {
        try NaiveExpression.list(value).compactMap { if case .document(let stage) = $0 { stage } else { nil } }
    }

    private func pipeline(_ spec: Value) throws -> [Document] {
        try Self.stages(try NaiveExpression.written(spec, "pipeline"))
    }

    /// Equality and ranges of fields, and `$expr`.
    func fits(_ spec: Value, _ row: Document) throws -> Bool {
        try members(spec).allSatisfy { name, condition in
            if name == "$expr" { return NaiveExpression.isTrue(try evaluate(condition, row)) }
            if case .document(let operators) = condition, let (operation, operand) = operators.pairs.first,
                operation.hasPrefix("$")
            {
                if operation == "$ne" { return !NaiveFilter.test(name, "$eq", operand).fits(row) }
                return NaiveFilter.test(name, operation, operand).fits(row)
            }
            return NaiveFilter.test(name, "$eq", condition).fits(row)
        }
    }

    /// Top-level names alone: kept, left out, or computed.
    private func project(_ spec: Value, _ row: Document) throws -> Document {
        let rules = try members(spec)
        let kept = rules.filter { $0.value == .int32(1) }.map(\.name)
        let dropped = rules.filter { $0.value == .int32(0) }.map(\.name)
        if rules.count == dropped.count, dropped != ["_id"] {
            return Document(row.pairs.filter { !dropped.contains($0.name) })
        }
        var result = row.pairs.filter { kept.contains($0.name) || $0.name == "_id" && !dropped.contains("_id") }
        for (name, value) in rules where value != .int32(1) && value != .int32(0) {
            if let value = try evaluate(value, row) { result.append((name, value)) }
        }
        return Document(result.map { ($0.name, $0.value) })
    }

    static func setting(_ row: Document, _ name: String, _ value: Value?) -> Document {
        var pairs = row.pairs.map { ($0.name, $0.value) }
        let place = pairs.firstIndex { $0.0 == name }
        switch (value, place) {
        case (let value?, let place?): pairs[place].1 = value
        case (let value?, nil): pairs.append((name, value))
        case (nil, let place?): pairs.remove(at: place)
        case (nil, nil): break
        }
        return Document(pairs)
    }

    private func unwind(_ spec: Value, _ row: Document) throws -> [Document] {
        var path = spec
        var keeps = false
        if case .document = spec {
            path = try NaiveExpression.written(spec, "path")
            keeps = true
        }
        let name = String(try NaiveExpression.text(path).dropFirst())
        let value = row.pairs.first { $0.name == name }?.value
        if NaiveExpression.isNull(value) { return keeps ? [row] : [] }
        guard case .array(let elements)? = value else { return [row] }
        if elements.isEmpty { return keeps ? [Self.setting(row, name, nil)] : [] }
        return elements.map { Self.setting(row, name, $0) }
    }

    private func lookup(_ spec: Value, _ row: Document) throws -> Document {
        let name = try NaiveExpression.text(try NaiveExpression.written(spec, "as"))
        let from = try NaiveExpression.text(try NaiveExpression.written(spec, "from"))
        var found = collections[from] ?? []
        var inner = self
        if let local = try? NaiveExpression.text(try NaiveExpression.written(spec, "localField")) {
            let foreign = try NaiveExpression.text(try NaiveExpression.written(spec, "foreignField"))
            let value = NaiveExpression.path(.document(row), local.split(separator: ".").map(String.init)[...])
            let wanted: [Value] = if case .array(let elements)? = value { elements } else { [value ?? .null] }
            found = found.filter { other in wanted.contains { NaiveFilter.test(foreign, "$eq", $0).fits(other) } }
        }
        if let names = try? NaiveExpression.written(spec, "let") {
            for (name, value) in try members(names) { inner.variables[name] = .some(try evaluate(value, row)) }
        }
        found = try inner.run(try pipeline(spec), found)
        return Self.setting(row, name, .array(found.map { .document($0) }))
    }
}
