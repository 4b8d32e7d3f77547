import BSON

/// Stages that make other documents of those there are.
extension PipelineGenerator {
    mutating func bucket(_ shape: inout Shape) -> [Document]? {
        let numbers = shape.fields.filter { $0.value.contains(where: NaiveNumbers.isNumber) }.keys.sorted()
        guard let path = numbers.isEmpty ? nil : random.pick(numbers) else { return nil }
        let bounds: [Value] = [0, 1, .int64(5), 20.5, 1_000]
        shape = Shape(fields: ["_id": bounds, "n": [1]])
        return [
            [
                "$bucket": [
                    "groupBy": .string("$" + path), "boundaries": .array(bounds), "default": "other",
                    "output": ["n": ["$sum": 1], "most": ["$max": .string("$" + path)]],
                ]
            ]
        ]
    }

    mutating func replace(_ shape: inout Shape) -> [Document]? {
        var expressions = ExpressionGenerator(random: random, fields: shape.fields)
        let made = expressions.any(2)
        random = expressions.random
        let root: Value = ["_id": "$_id", "made": made.value]
        shape.fields = ["_id": shape.fields["_id"] ?? [], "made": made.examples]
        return random.chance(2) ? [["$replaceWith": root]] : [["$replaceRoot": ["newRoot": root]]]
    }

    mutating func bucketAuto(_ shape: inout Shape) -> [Document]? {
        let path = field(shape)
        let ids = shape.fields[path] ?? []
        let most = Value.string("$" + field(shape))
        shape = Shape(fields: ["n": [1], "most": ids], hasUniqueID: false)
        return [
            [
                "$bucketAuto": [
                    "groupBy": .string("$" + path), "buckets": .int32(Int32(1 + random.below(7))),
                    "output": ["n": ["$sum": 1], "most": ["$max": most]],
                ]
            ]
        ]
    }

    /// Which are taken is chance; how many is not, and all where there are no more.
    mutating func sample(_ shape: inout Shape) -> [Document]? {
        shape.isOrdered = false
        if random.chance(2) { return [["$sample": ["size": 1_000_000]]] }
        shape = Shape(fields: ["n": [1]], hasUniqueID: false)
        return [["$sample": ["size": .int32(Int32(1 + random.below(100)))]], ["$count": "n"]]
    }
}
