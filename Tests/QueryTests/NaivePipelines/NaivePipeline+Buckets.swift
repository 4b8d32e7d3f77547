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
}
