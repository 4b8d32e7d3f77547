import BSON

extension NaivePipeline {
    /// A bucket is a group by its lower bound.
    static func grouping(_ spec: Value) throws -> Value {
        let by = try NaiveExpression.written(spec, "groupBy")
        let bounds = try NaiveExpression.list(try NaiveExpression.written(spec, "boundaries"))
        let branches = zip(bounds, bounds.dropFirst()).map { lower, upper -> Value in
            ["case": ["$and": [["$gte": [by, lower]], ["$lt": [by, upper]]]], "then": lower]
        }
        guard case .document(let output) = try NaiveExpression.written(spec, "output") else {
            throw NaiveExpression.Failure()
        }
        let id: Value = [
            "$switch": ["branches": .array(branches), "default": try NaiveExpression.written(spec, "default")]
        ]
        return .document(Document([("_id", id)] + output.pairs.map { ($0.name, $0.value) }))
    }

    /// About as many in each; equals are not parted. A bucket ends where the next begins, the last with its own last.
    func bucketAuto(_ spec: Value, _ rows: [Document]) throws -> [Document] {
        let by = try NaiveExpression.written(spec, "groupBy")
        let count = try NaiveExpression.whole(try NaiveExpression.written(spec, "buckets"))
        let sorted = try rows.map { (value: try evaluate(by, $0) ?? .null, row: $0) }
            .sorted { Naive.order($0.value, $1.value) < 0 }
        let size = max(1, Int((Double(rows.count) / Double(count)).rounded()))
        var buckets: [[(value: Value, row: Document)]] = []
        for member in sorted {
            if let last = buckets.last?.last,
                Naive.order(last.value, member.value) == 0 || buckets[buckets.count - 1].count < size
                    || buckets.count == count
            {
                buckets[buckets.count - 1].append(member)
            } else {
                buckets.append([member])
            }
        }
        return try buckets.enumerated().map { place, bucket in
            let upper = place + 1 < buckets.count ? buckets[place + 1].first : bucket.last
            var result: [(String, Value)] = [
                ("_id", ["min": bucket.first?.value ?? .null, "max": upper?.value ?? .null])
            ]
            for (name, accumulator) in try members(try NaiveExpression.written(spec, "output")) {
                guard let (operation, argument) = try members(accumulator).first else {
                    throw NaiveExpression.Failure()
                }
                result.append((name, try accumulate(operation, argument, bucket.map(\.row))))
            }
            return Document(result)
        }
    }
}
