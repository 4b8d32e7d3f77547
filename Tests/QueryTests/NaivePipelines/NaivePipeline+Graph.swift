import BSON

extension NaivePipeline {
    /// All documents that a value leads to, then those that these lead to, so many steps.
    func graphLookup(_ spec: Value, _ row: Document) throws -> Document {
        let from = try NaiveExpression.text(try NaiveExpression.written(spec, "from"))
        let next = try NaiveExpression.text(try NaiveExpression.written(spec, "connectFromField"))
        let foreign = try NaiveExpression.text(try NaiveExpression.written(spec, "connectToField"))
        let depthName = (try? NaiveExpression.written(spec, "depthField")).flatMap { try? NaiveExpression.text($0) }
        let test = try? NaiveExpression.written(spec, "restrictSearchWithMatch")
        let fitting = try (collections[from] ?? []).filter { try test == nil || fits(test ?? .null, $0) }
        func leads(_ value: Value?) -> [Value] {
            switch value {
            case nil: []
            case .array(let elements)?: elements
            case let value?: [value]
            }
        }
        var reached: [(id: Value, row: Document)] = []
        var frontier = leads(try evaluate(try NaiveExpression.written(spec, "startWith"), row))
        for depth in 0...(try NaiveExpression.whole(try NaiveExpression.written(spec, "maxDepth"))) {
            var found: [Document] = []
            for other in fitting {
                guard let id = other.pairs.first(where: { $0.name == "_id" })?.value,
                    !reached.contains(where: { $0.id == id })
                else { continue }
                let candidates = Naive.candidates(.document(other), [foreign]).compactMap(\.self)
                guard frontier.contains(where: { value in candidates.contains { Naive.holds("$eq", $0, value) } })
                else { continue }
                found.append(other)
                reached.append(
                    (id, depthName.map { Self.setting(other, $0, .int64(Int64(depth))) } ?? other))
            }
            frontier = found.flatMap { leads(NaiveExpression.path(.document($0), [next])) }
        }
        let name = try NaiveExpression.text(try NaiveExpression.written(spec, "as"))
        return Self.setting(row, name, .array(reached.map { .document($0.row) }))
    }
}
