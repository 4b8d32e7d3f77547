internal import BSON
internal import Schema

extension SubPipeline {
    /// Reads a pipeline over a collection; without one it begins with `$documents`.
    init(
        _ model: CollectionModel?, _ pipeline: [Document], _ catalogue: ReadableCollections?, _ limits: QueryLimits,
        _ place: String, variables: Variables = Variables(), depth: Int = 0, isFacet: Bool = false
    ) throws(QueryError) {
        var parser = StageParser(model, catalogue, limits)
        parser.variables = variables
        parser.depth = depth
        parser.isFacet = isFacet
        if let model {
            let stages = try parser.parse(pipeline, place)
            (source, self.stages) = Self.split(model, stages)
            return
        }
        let here = "\(place).0"
        guard let first = pipeline.first, let list = first.withRaw({ $0.value(named: "$documents")?.owned() }) else {
            throw QueryError(
                .badValue, at: here, "a pipeline without a collection begins with $documents",
                mend: "name a collection, or write {$documents: […]}")
        }
        let call = Call(name: "$documents", place: "\(here).$documents")
        let documents = try list.withRaw { (raw) throws(QueryError) -> [Document] in
            guard case .constant(let operand) = try parser.expressions.parse(raw, call.place) else {
                throw call.refusal("needs a constant list of documents")
            }
            return try call.documents(operand.raw, "its value")
        }
        parser.forgetFields()
        source = .documents(documents)
        stages = try parser.parse(Array(pipeline.dropFirst()), place)
    }

    /// Leading `$match`, then `$sort`, `$skip` and `$limit` in the order in which a find applies them.
    private static func split(_ model: CollectionModel, _ stages: [Stage]) -> (Source, [Stage]) {
        var find = Find(model)
        for (place, stage) in stages.enumerated() {
            switch stage.work {
            case .match(let filter) where find.skip == 0 && find.limit == nil:
                find.filter = find.filter.and(filter)
            case .sort(let sort, _) where find.sort.isEmpty && find.skip == 0 && find.limit == nil: find.sort = sort
            case .skip(let count) where find.limit == nil && !find.skip.addingReportingOverflow(count).overflow:
                find.skip += count
            case .limit(let count): find.limit = min(count, find.limit ?? .max)
            default: return (.find(find), Array(stages[place...]))
            }
        }
        return (.find(find), [])
    }

    /// All of it as stages, for documents that come from elsewhere.
    var allStages: [Stage] {
        guard case .find(let find) = source else { return stages }
        var first: [Stage] = []
        func add(_ name: String, _ spec: Value, _ work: Stage.Work) {
            first.append(Stage(name: name, spec: spec, work: work))
        }
        if !find.filter.isEverything { add("$match", [:], .match(find.filter)) }
        let kept = find.wanted
        if !find.sort.isEmpty { add("$sort", [:], .sort(find.sort, kept: kept)) }
        if find.skip > 0 { add("$skip", .int64(Int64(find.skip)), .skip(find.skip)) }
        if let limit = find.limit { add("$limit", .int64(Int64(limit)), .limit(limit)) }
        return first + stages
    }

    /// A condition of the first stages that a field equals what depends on variables alone: what a look-up can go by.
    func correlation(_ model: CollectionModel, _ slots: [Int]) -> Lookup.Correlation? {
        guard case .find(let find) = source, find.skip == 0, find.limit == nil, find.sort.isEmpty else { return nil }
        for stage in stages {
            guard case .when(let expression) = stage.work else {
                if case .match = stage.work { continue }
                return nil
            }
            for part in expression.conjuncts {
                guard case .call(let function, let arguments, _) = part, function.name == "$eq" else { continue }
                for (one, other) in [(0, 1), (1, 0)] {
                    guard case .field(let path)? = arguments[one], let value = arguments[other] else { continue }
                    var reads = Reads()
                    value.gather(&reads)
                    guard !reads.readsDocument, !reads.slots.isDisjoint(with: slots) else { continue }
                    return Lookup.Correlation(value: value, foreign: ForeignKey(model, path.name))
                }
            }
        }
        return nil
    }
}
