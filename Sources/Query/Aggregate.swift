public import BSON
public import Platform
public import Schema
public import Views

/// An aggregation pipeline, in MongoDB's language: over a collection, and others that its stages name.
///
/// What the first stages filter, sort and limit is planned as a `Find`; secret fields are gone before any later stage.
public struct Aggregate: Sendable {
    /// The collection it starts from; none where `$documents` does.
    public let model: CollectionModel?
    var pipeline: SubPipeline

    /// - `catalogue`: where `$lookup` and its kin find other collections.
    /// - `mayRead`: which of them.
    /// - Throws: what is wrong with the pipeline and where; `forbiddenCollection` for one that it may not read.
    public init(
        _ model: CollectionModel, _ pipeline: [Document], in catalogue: Catalogue? = nil,
        mayRead: @escaping @Sendable (CollectionModel) -> Bool = { _ in true }, hint: PlanHint? = nil,
        limits: QueryLimits = .standard
    ) throws(QueryError) {
        self.model = model
        let others = catalogue.map { ReadableCollections($0, mayRead) }
        self.pipeline = try SubPipeline(model, pipeline, others, limits, "pipeline")
        if case .find(var find) = self.pipeline.source {
            find.hint = hint
            _ = try find.plan()
            self.pipeline.source = .find(find)
        }
    }

    /// A pipeline over no collection: it begins with `$documents`.
    public init(_ pipeline: [Document], in catalogue: Catalogue? = nil, limits: QueryLimits = .standard)
        throws(QueryError)
    {
        model = nil
        self.pipeline = try SubPipeline(
            nil, pipeline, catalogue.map { ReadableCollections($0) { _ in true } }, limits, "pipeline")
    }

    /// Gives each document of the result to `body` until it returns false. What it is given is valid only while it runs.
    ///
    /// `seed`: makes `$sample` and `$rand` choose the same each time.
    @discardableResult public func run(
        _ snapshot: borrowing ViewSnapshot, limits: QueryLimits = .standard, clock: Clock = .system,
        seed: UInt64? = nil, _ body: (RawDocument) throws(QueryError) -> Bool
    ) throws(QueryError) -> QueryStatistics {
        try execute(snapshot, limits, clock, seed, body).statistics
    }

    func execute(
        _ snapshot: borrowing ViewSnapshot, _ limits: QueryLimits, _ clock: Clock, _ seed: UInt64?,
        _ body: (RawDocument) throws(QueryError) -> Bool
    ) throws(QueryError) -> AggregateRun {
        let budget = QueryBudget(limits, clock)
        let scope = Scope(budget, clock: clock, random: seed.map { SeededRandom(state: $0) })
        let source = try PreparedSource(pipeline, snapshot, budget)
        let steps = Pipeline(source.stages, scope, budget)
        var returned = 0
        func give(_ document: RawDocument) throws(QueryError) -> Bool {
            returned += 1
            return try body(document)
        }
        let read = try source.run(snapshot, scope, budget) { document throws(QueryError) in
            try steps.push(document, snapshot, give)
        }
        try steps.finish(snapshot, give)
        return AggregateRun(
            statistics: budget.statistics(returned: returned), source: source, read: read, given: steps.given)
    }
}

/// What a run did, for `explain`.
struct AggregateRun {
    let statistics: QueryStatistics
    let source: PreparedSource
    /// How many documents came from the source.
    let read: Int
    /// How many each stage gave.
    let given: [Int]
}

/// Sebastiano Vigna's SplitMix64: the same numbers for the same seed.
struct SeededRandom: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
