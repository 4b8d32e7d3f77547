import BSON

/// Windows: what an output gives must not hang on the order of documents that are sorted alike.
extension PipelineGenerator {
    mutating func windows(_ shape: inout Shape) -> [Document]? {
        guard shape.hasUniqueID else { return nil }
        let path = field(shape)
        let isUnique = random.chance(2)
        var order: [(String, Value)] = [(path, .int32(random.chance(2) ? 1 : -1))]
        if isUnique, path != "_id" { order.append(("_id", .int32(random.chance(2) ? 1 : -1))) }
        var spec: [(String, Value)] = []
        let partition = field(shape)
        let isPlain = (shape.fields[partition] ?? []).allSatisfy { if case .array = $0 { false } else { true } }
        if isPlain, random.chance(3) == false { spec.append(("partitionBy", .string("$" + partition))) }
        spec.append(("sortBy", .document(Document(order))))
        var outputs: [(String, Value)] = []
        for place in 0..<(1 + random.below(3)) {
            outputs.append(("w\(place)", isUnique ? placed(shape) : whole(shape)))
        }
        spec.append(("output", .document(Document(outputs))))
        for (name, _) in outputs { shape.fields[name] = [1, 2.5] }
        shape.isOrdered = isUnique || path == "_id"
        return [["$setWindowFields": .document(Document(spec))]]
    }

    /// The same whichever of two equals comes first.
    private mutating func whole(_ shape: Shape) -> Value {
        var expressions = ExpressionGenerator(random: random, fields: shape.fields)
        let number = expressions.number(1)
        random = expressions.random
        let outputs: [Value] = [
            ["$rank": [:]], ["$denseRank": [:]], ["$sum": number], ["$max": number], ["$count": [:]],
            ["$min": number, "window": ["documents": ["unbounded", "unbounded"]]],
        ]
        return random.pick(outputs)
    }

    private mutating func placed(_ shape: Shape) -> Value {
        var expressions = ExpressionGenerator(random: random, fields: shape.fields)
        let number = expressions.number(1)
        let input = expressions.any(1).value
        random = expressions.random
        let distance = Value.int32(Int32(random.below(5)) - 2)
        switch random.below(8) {
        case 0: return ["$documentNumber": [:]]
        case 1: return ["$rank": [:]]
        case 2: return ["$shift": ["output": input, "by": distance]]
        case 3: return ["$shift": ["output": input, "by": distance, "default": "none"]]
        default:
            let functions: [(String, Value)] = [
                ("$sum", number), ("$avg", number), ("$min", input), ("$max", input), ("$push", input),
                ("$first", input), ("$last", input), ("$count", .document([:])),
            ]
            let function = random.pick(functions)
            let frames: [Value] = [
                ["unbounded", "current"], ["current", "unbounded"], [-2, 0], [-1, 1], [1, 3], [-3, -2],
                ["unbounded", 1], ["unbounded", "unbounded"],
            ]
            let window: Value = ["documents": random.pick(frames)]
            return .document(Document([function, ("window", window)]))
        }
    }
}
