import BSON

/// Stages that look into other collections.
extension PipelineGenerator {
    static func joins(_ collections: [String: [Document]]) -> [Join] {
        var places: [Value: Set<[String]>] = [:]
        for (name, documents) in collections {
            for document in documents.prefix(200) {
                for (field, value) in document.pairs {
                    switch value {
                    case .objectID, .string: places[value, default: []].insert([name, field])
                    default: continue
                    }
                }
            }
        }
        var pairs: Set<[String]> = []
        for fields in places.values where fields.count < 40 {
            for one in fields {
                for other in fields where one[0] != other[0] { pairs.insert(one + other) }
            }
        }
        return pairs.sorted { $0.lexicographicallyPrecedes($1) }.map {
            Join(from: $0[0], local: $0[1], to: $0[2], foreign: $0[3])
        }
    }

    mutating func lookup(_ name: String, _ shape: inout Shape) -> [Document]? {
        let fitting = joins.filter { $0.from == name && shape.fields[$0.local] != nil }
        guard let join = fitting.isEmpty ? nil : random.pick(fitting) else { return nil }
        var inner: [Document] = []
        let foreign = self.shape(Array((collections[join.to] ?? []).prefix(50)))
        if random.chance(2) { inner.append(["$match": .document(match(foreign))]) }
        inner.append(["$sort": ["_id": 1]])
        if random.chance(2) { inner.append(["$limit": 3]) }
        inner.append(["$project": .document(Document([(join.foreign, .int32(1))]))])
        var spec: [(String, Value)] = [("from", .string(join.to))]
        if random.chance(2) {
            spec += [("localField", .string(join.local)), ("foreignField", .string(join.foreign))]
        } else {
            spec.append(("let", ["v": .string("$" + join.local)]))
            inner.insert(["$match": ["$expr": ["$eq": [.string("$" + join.foreign), "$$v"]]]], at: 0)
        }
        spec += [("pipeline", .array(inner.map { .document($0) })), ("as", "found")]
        shape.fields["found"] = [[["_id": 1]]]
        return [["$lookup": .document(Document(spec))]]
    }

    /// What is reached may come in any order, so it is sorted.
    mutating func graphLookup(_ name: String, _ shape: inout Shape) -> [Document]? {
        let fitting = joins.filter { $0.from == name && shape.fields[$0.local] != nil }
        guard let join = fitting.isEmpty ? nil : random.pick(fitting) else { return nil }
        let all = collections[join.to] ?? []
        let foreign = self.shape(Array(all.prefix(50)))
        let next = random.pick(foreign.fields.keys.sorted() + [join.foreign])
        var spec: [(String, Value)] = [
            ("from", .string(join.to)), ("startWith", .string("$" + join.local)),
            ("connectFromField", .string(next)), ("connectToField", .string(join.foreign)), ("as", "reached"),
            ("maxDepth", .int32(Int32(random.below(3)))),
        ]
        if random.chance(2) { spec.append(("depthField", "depth")) }
        if random.chance(2), case let test = match(foreign), test["$expr"] == nil {
            spec.append(("restrictSearchWithMatch", .document(test)))
        }
        shape.fields["reached"] = [[["_id": 1]]]
        return [
            ["$graphLookup": .document(Document(spec))],
            ["$set": ["reached": ["$sortArray": ["input": "$reached", "sortBy": ["_id": 1]]]]],
        ]
    }
}
