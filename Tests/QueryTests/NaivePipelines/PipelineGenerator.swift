import BSON

/// Random pipelines over the documents of a store, made of what stands in them.
struct PipelineGenerator {
    var random: SplitMix64
    let collections: [String: [Document]]
    private let names: [String]
    let joins: [Join]

    /// Fields of two collections that share values.
    struct Join {
        let from: String
        let local: String
        let to: String
        let foreign: String
    }

    struct Generated {
        let collection: String
        let stages: [Document]
        /// How many documents a naive run starts with.
        let documents: [Document]
    }

    /// What the generator knows of the documents at some point.
    struct Shape {
        var fields: [String: [Value]]
        /// Rows have an order that is the same whoever sorts them.
        var isOrdered = false
        var hasUniqueID = true
    }

    static let maxDocuments = 120

    /// Fields that hold a secret, which no pipeline may read.
    private let secrets: Set<String>

    init(seed: UInt64, collections: [String: [Document]], secrets: Set<String>) {
        self.secrets = secrets
        random = SplitMix64(seed: seed)
        self.collections = collections
        names = collections.keys.filter { !(collections[$0] ?? []).isEmpty }.sorted()
        joins = Self.joins(collections)
    }

    func shape(_ documents: [Document]) -> Shape {
        var fields: [String: [Value]] = [:]
        for document in documents {
            for (name, value) in document.pairs where Self.isPlain(value) && !secrets.contains(name) {
                fields[name, default: []].append(value)
            }
        }
        return Shape(fields: fields)
    }

    private static func isPlain(_ value: Value) -> Bool {
        switch value {
        case .decimal128, .binary, .regex: false
        default: true
        }
    }

    // MARK: Whole pipelines

    mutating func next() -> Generated {
        let name = random.pick(names)
        let all = collections[name] ?? []
        var documents = all
        var stages: [Document] = []
        if all.count > Self.maxDocuments, let bound = all[Self.maxDocuments]["_id"] {
            documents = Array(all.prefix(Self.maxDocuments))
            stages.append(["$match": ["_id": ["$lt": bound]]])
        }
        var shape = shape(documents)
        for _ in 0..<(1 + random.below(4)) {
            if let stage = stage(name, &shape) { stages += stage }
        }
        return Generated(collection: name, stages: stages, documents: all)
    }

    mutating func field(_ shape: Shape) -> String { random.pick(shape.fields.keys.sorted() + ["_id"]) }

    private mutating func stage(_ name: String, _ shape: inout Shape) -> [Document]? {
        if shape.fields.isEmpty { return nil }
        switch random.below(19) {
        case 0, 1, 2: return [["$match": .document(match(shape))]]
        case 3, 4:
            let (spec, fields) = project(shape)
            shape.fields = fields
            return [["$project": .document(spec)]]
        case 5, 6:
            var expressions = ExpressionGenerator(random: random, fields: shape.fields)
            let (value, kind) = expressions.any(3)
            random = expressions.random
            shape.fields["computed"] = kind
            return [["$set": ["computed": value]]]
        case 7:
            let dropped = field(shape)
            guard dropped != "_id" else { return nil }
            shape.fields[dropped] = nil
            return [["$unset": .string(dropped)]]
        case 8, 9:
            guard shape.hasUniqueID else { return nil }
            shape.isOrdered = true
            let path = field(shape)
            var order: [(String, Value)] = [(path, .int32(random.chance(2) ? 1 : -1))]
            if path != "_id" { order.append(("_id", .int32(1))) }
            var stages: [Document] = [["$sort": .document(Document(order))]]
            if random.chance(2) { stages.append(["$skip": .int32(Int32(random.below(5)))]) }
            if random.chance(2) { stages.append(["$limit": .int32(Int32(1 + random.below(40)))]) }
            return stages
        case 10, 11: return [group(&shape)]
        case 12:
            let arrays = shape.fields.filter { $0.value.contains { if case .array = $0 { true } else { false } } }.keys
                .sorted()
            guard let path = arrays.isEmpty ? nil : random.pick(arrays) else { return nil }
            shape.hasUniqueID = false
            shape.isOrdered = false
            shape.fields[path] = (shape.fields[path] ?? []).flatMap {
                if case .array(let elements) = $0 { elements } else { [$0] }
            }
            let text = Value.string("$" + path)
            return [["$unwind": random.chance(2) ? text : ["path": text, "preserveNullAndEmptyArrays": true]]]
        case 13, 14: return lookup(name, &shape)
        case 15: return graphLookup(name, &shape)
        case 16, 17: return windows(&shape)
        default: return rare(name, &shape)
        }
    }

    private mutating func rare(_ name: String, _ shape: inout Shape) -> [Document]? {
        let path = field(shape)
        switch random.below(8) {
        case 4: return bucket(&shape)
        case 5: return replace(&shape)
        case 6: return bucketAuto(&shape)
        case 7: return sample(&shape)
        case 0:
            shape = Shape(fields: ["n": [1]], hasUniqueID: false)
            return [["$count": "n"]]
        case 1:
            let ids = shape.fields[path] ?? []
            shape = Shape(fields: ["_id": ids, "count": [1]])
            return [["$sortByCount": .string("$" + path)]]
        case 2:
            let inner = match(shape)
            shape = Shape(fields: ["a": [[]], "b": [[]]], hasUniqueID: false)
            return [
                [
                    "$facet": [
                        "a": [["$match": .document(inner)], ["$count": "n"]],
                        "b": [
                            // Arrays of the same least element sort alike: as a document's field they do not.
                            ["$group": ["_id": ["k": .string("$" + path)], "n": ["$sum": 1]]],
                            ["$sort": ["n": 1, "_id": 1]],
                            ["$limit": 5],
                        ],
                    ]
                ]
            ]
        default:
            let other = random.pick(names)
            shape.hasUniqueID = false
            shape.isOrdered = false
            return [["$unionWith": ["coll": .string(other), "pipeline": [["$sort": ["_id": 1]], ["$limit": 20]]]]]
        }
    }

    mutating func match(_ shape: Shape) -> Document {
        if random.chance(3) {
            var expressions = ExpressionGenerator(random: random, fields: shape.fields)
            let condition = expressions.condition(2)
            random = expressions.random
            return ["$expr": condition]
        }
        let path = field(shape)
        let examples = shape.fields[path] ?? []
        if examples.isEmpty { return Document([(path, .document(["$ne": .null]))]) }
        let value = random.pick(examples)
        let operation = random.pick(["$gte", "$lte", "$ne", "$eq", "$gt"])
        return Document([(path, .document(Document([(operation, value)])))])
    }

    private mutating func project(_ shape: Shape) -> (Document, [String: [Value]]) {
        var fields: [String: [Value]] = ["_id": shape.fields["_id"] ?? []]
        var spec: [(String, Value)] = []
        if random.chance(3) {
            let dropped = field(shape)
            guard dropped != "_id" else { return (["nothing": 0], shape.fields) }
            fields = shape.fields
            fields[dropped] = nil
            return (Document([(dropped, .int32(0))]), fields)
        }
        for _ in 0..<(1 + random.below(3)) {
            let kept = field(shape)
            guard kept != "_id", !spec.contains(where: { $0.0 == kept }) else { continue }
            spec.append((kept, .int32(1)))
            fields[kept] = shape.fields[kept]
        }
        var expressions = ExpressionGenerator(random: random, fields: shape.fields)
        let (value, kind) = expressions.any(3)
        random = expressions.random
        fields["made"] = kind
        // A number by itself would say that the field is kept.
        return (Document(spec.filter { $0.0 != "made" } + [("made", ["$ifNull": [value, "none"]])]), fields)
    }

    private mutating func group(_ shape: inout Shape) -> Document {
        let path = field(shape)
        var expressions = ExpressionGenerator(random: random, fields: shape.fields)
        let input = expressions.any(1).value
        let number = expressions.number(1)
        random = expressions.random
        var id: Value = random.chance(5) ? .null : .string("$" + path)
        // Where equal ids may come in several types or orders, the first decides; so only in order.
        if random.chance(4) { id = ["k": id] }
        var spec: [(String, Value)] = [("_id", id)]
        let anyOrder: [Document] = [
            ["$sum": number], ["$avg": number], ["$min": input], ["$max": input], ["$count": [:]], ["$sum": 1],
            ["$minN": ["input": number, "n": 2]], ["$maxN": ["input": number, "n": 3]],
        ]
        let ordered: [Document] = [
            ["$first": input], ["$last": input], ["$push": input], ["$addToSet": input],
            ["$firstN": ["input": input, "n": 2]],
            ["$lastN": ["input": input, "n": 2]], ["$mergeObjects": ["v": input]],
            ["$topN": ["n": 2, "sortBy": ["_id": -1], "output": input]],
        ]
        for place in 0..<(1 + random.below(3)) {
            spec.append(
                (
                    "a\(place)",
                    .document(random.pick(shape.isOrdered && shape.hasUniqueID ? anyOrder + ordered : anyOrder))
                ))
        }
        shape = Shape(fields: ["_id": shape.fields[path] ?? [], "a0": [1, 2.5]])
        return ["$group": .document(Document(spec))]
    }
}
