import BSON

extension NaivePipeline {
    func group(_ spec: Value, _ rows: [Document]) throws -> [Document] {
        guard case .document(let fields) = spec else { throw NaiveExpression.Failure() }
        let idSpec = try NaiveExpression.written(spec, "_id")
        var groups: [(id: Value, rows: [Document])] = []
        for row in rows {
            let id = try NaiveExpression(root: row, variables: variables).evaluate(idSpec) ?? .null
            if let place = groups.firstIndex(where: { Naive.order($0.id, id) == 0 }) {
                groups[place].rows.append(row)
            } else {
                groups.append((id, [row]))
            }
        }
        return try groups.map { group in
            var result: [(String, Value)] = [("_id", group.id)]
            for (name, accumulator) in fields.pairs where name != "_id" {
                guard case .document(let document) = accumulator, let (operation, argument) = document.pairs.first
                else {
                    throw NaiveExpression.Failure()
                }
                result.append((name, try accumulate(operation, argument, group.rows)))
            }
            return Document(result)
        }
    }

    func accumulate(_ name: String, _ argument: Value, _ rows: [Document]) throws -> Value {
        if name == "$count" { return .int32(Int32(rows.count)) }
        func value(_ expression: Value, _ row: Document) throws -> Value? {
            try NaiveExpression(root: row, variables: variables).evaluate(expression)
        }
        var input = argument
        var count = 0
        if name.hasSuffix("N") {
            input = try NaiveExpression.written(argument, name == "$topN" ? "output" : "input")
            count = try NaiveExpression.whole(try NaiveExpression.written(argument, "n"))
        }
        let values = try rows.map { try value(input, $0) }
        let known = values.compactMap(\.self)
        switch name {
        case "$sum", "$avg", "$min", "$max": return NaiveNumbers.fold(name, known)
        case "$first": return (values.first ?? nil) ?? .null
        case "$last": return (values.last ?? nil) ?? .null
        case "$push": return .array(known)
        case "$addToSet": return .array(NaiveArrays.unique(known))
        case "$firstN": return .array(values.prefix(count).map { $0 ?? .null })
        case "$lastN": return .array(values.suffix(count).map { $0 ?? .null })
        case "$minN", "$maxN":
            let sorted = known.filter { $0 != .null }.sorted { Naive.order($0, $1) < 0 }
            return .array(Array((name == "$minN" ? sorted : sorted.reversed()).prefix(count)))
        case "$topN":
            guard case .document(let sortBy) = try NaiveExpression.written(argument, "sortBy") else {
                throw NaiveExpression.Failure()
            }
            let order = try sortBy.pairs.map { ($0.name, try NaiveExpression.whole($0.value) < 0) }
            let sorted = rows.sorted { Naive.precedes($0, $1, order) }
            return .array(try sorted.prefix(count).map { try value(input, $0) ?? .null })
        case "$mergeObjects":
            return .document(
                NaiveObjects.merged(known.compactMap { if case .document(let document) = $0 { document } else { nil } })
            )
        default: throw NaiveExpression.Failure()
        }
    }
}
