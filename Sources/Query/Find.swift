public import BSON
public import Platform
public import Schema
public import Views

/// A query of one collection: which documents, in which order, how many, and which of their fields.
///
/// Secret fields are left out of every document that it gives.
public struct Find: Sendable {
    public let model: CollectionModel
    public var filter: Filter
    public var sort: SortOrder
    public var skip: Int
    /// `nil` for all.
    public var limit: Int?
    public var projection: Projection
    public var hint: PlanHint?
    let fields: DeclaredFields
    let secrets: SecretFields

    public init(
        _ model: CollectionModel, filter: Filter = .everything, sort: SortOrder = .unsorted, skip: Int = 0,
        limit: Int? = nil, projection: Projection = .everything, hint: PlanHint? = nil
    ) {
        self.model = model
        self.filter = filter
        self.sort = sort
        self.skip = skip
        self.limit = limit
        self.projection = projection
        self.hint = hint
        fields = DeclaredFields(model)
        secrets = fields.secretFields
    }

    /// Reads the parts as MongoDB writes them.
    public init(
        _ model: CollectionModel, filter: Document, sort: Document = [:], skip: Int = 0, limit: Int? = nil,
        projection: Document = [:], hint: PlanHint? = nil, limits: QueryLimits = .standard
    ) throws(QueryError) {
        self.init(
            model, filter: try Filter(filter, model: model, limits: limits), sort: try SortOrder(sort, model: model),
            skip: skip, limit: limit, projection: try Projection(projection, model: model, limits: limits), hint: hint)
    }

    /// Gives each document to `body` until it returns false. What `body` is given is valid only while it runs.
    ///
    /// - Throws: what stopped the query, a limit for instance; some documents may have been given by then.
    @discardableResult public func run(
        _ snapshot: borrowing ViewSnapshot, limits: QueryLimits = .standard, clock: Clock = .system,
        _ body: (RawDocument) throws(QueryError) -> Bool
    ) throws(QueryError) -> QueryStatistics {
        let budget = QueryBudget(limits, clock)
        var returned = 0
        try run(snapshot, try plan(snapshot), budget) { document throws(QueryError) in
            returned += 1
            return try body(document)
        }
        return budget.statistics(returned: returned)
    }
}

extension QueryBudget {
    func statistics(returned: Int) -> QueryStatistics {
        QueryStatistics(
            documentsReturned: returned, documentsExamined: documentsExamined, keysExamined: keysExamined,
            milliseconds: elapsedMilliseconds)
    }
}
