public import BSON
public import Platform
public import Schema
public import Views

/// An aggregation pipeline over a collection: `$match $project $group $sort $skip $limit $count $unwind`.
///
/// What the first stages filter, sort and limit is planned as a `Find`; secret fields are gone before any later stage.
public struct Aggregate: Sendable {
    public let model: CollectionModel
    /// What the plan takes over.
    public private(set) var source: Find
    let rest: [Stage]

    /// - Throws: what is wrong with the pipeline and where.
    public init(
        _ model: CollectionModel, _ pipeline: [Document], hint: PlanHint? = nil, limits: QueryLimits = .standard
    )
        throws(QueryError)
    {
        self.model = model
        var parser = PipelineParser(model, limits)
        let stages = try parser.parse(pipeline)
        (source, rest) = Self.split(model, stages)
        source.hint = hint
        _ = try source.plan()
    }

    /// Leading `$match`, then `$sort`, `$skip` and `$limit` in the order in which a find applies them.
    private static func split(_ model: CollectionModel, _ stages: [Stage]) -> (Find, [Stage]) {
        var find = Find(model)
        var taken = 0
        for stage in stages {
            switch stage {
            case .match(let filter) where find.skip == 0 && find.limit == nil:
                find.filter = find.filter.and(filter)
            case .sort(let sort, _) where find.sort.isEmpty && find.skip == 0 && find.limit == nil: find.sort = sort
            case .skip(let count) where find.limit == nil && !find.skip.addingReportingOverflow(count).overflow:
                find.skip += count
            case .limit(let count): find.limit = min(count, find.limit ?? .max)
            default: return (find, Array(stages[taken...]))
            }
            taken += 1
        }
        return (find, [])
    }

    /// Gives each document of the result to `body` until it returns false. What it is given is valid only while it runs.
    @discardableResult public func run(
        _ snapshot: borrowing ViewSnapshot, limits: QueryLimits = .standard, clock: Clock = .system,
        _ body: (RawDocument) throws(QueryError) -> Bool
    ) throws(QueryError) -> QueryStatistics {
        let budget = QueryBudget(limits, clock)
        var returned = 0
        func give(_ document: RawDocument) throws(QueryError) -> Bool {
            returned += 1
            return try body(document)
        }
        if case .count(let name)? = rest.first, rest.count == 1, source.filter.isEverything {
            let count = Int64(try source.count(snapshot))
            let value = Int32(exactly: count).map { Value.int32($0) } ?? .int64(count)
            if count > 0 { _ = try Document([(name, value)]).withRaw { (raw) throws(QueryError) in try give(raw) } }
            return budget.statistics(returned: returned)
        }
        let pipeline = Pipeline(rest, budget)
        var goesOn = true
        try source.run(snapshot, try source.plan(), budget) { document throws(QueryError) in
            goesOn = try pipeline.push(document, give)
            return goesOn
        }
        try pipeline.finish(give)
        return budget.statistics(returned: returned)
    }

    /// The plan of what feeds the pipeline, and the names of the stages after it.
    public func explain() throws(QueryError) -> Document {
        var result = try source.explain()
        result.append("stages", .array(rest.map { .string($0.name) }))
        return result
    }
}

extension Stage {
    var name: String {
        switch self {
        case .match: "$match"
        case .project: "$project"
        case .sort: "$sort"
        case .skip: "$skip"
        case .limit: "$limit"
        case .group: "$group"
        case .count: "$count"
        case .unwind: "$unwind"
        }
    }
}
