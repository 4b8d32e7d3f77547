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
        secrets = SecretFields(model)
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
        try run(snapshot, try plan(), budget) { document throws(QueryError) in
            returned += 1
            return try body(document)
        }
        return budget.statistics(returned: returned)
    }

    /// How many documents there are, `skip` and `limit` applied. O(log n) where the filter is empty.
    public func count(
        _ snapshot: borrowing ViewSnapshot, limits: QueryLimits = .standard, clock: Clock = .system
    ) throws(QueryError) -> Int {
        if filter.isEverything {
            let all: Int
            do { all = try snapshot.documentCount(model) } catch { throw QueryError(error) }
            try checkCounts()
            return min(max(0, all - skip), limit ?? .max)
        }
        var counting = self
        counting.sort = .unsorted
        var count = 0
        let budget = QueryBudget(limits, clock)
        try counting.execute(snapshot, try counting.plan(), budget) { _ throws(QueryError) in
            count += 1
            return true
        }
        return count
    }

    func plan() throws(QueryError) -> Plan {
        try checkCounts()
        return try Planner(model, fields, filter, sort).plan(hint: hint)
    }

    private func checkCounts() throws(QueryError) {
        if skip < 0 { throw QueryError(.badValue, at: "skip", "skip is \(skip)", mend: "use 0 or more") }
        if let limit, limit < 0 { throw QueryError(.badValue, at: "limit", "limit is \(limit)", mend: "use 0 or more") }
    }
}

extension QueryBudget {
    func statistics(returned: Int) -> QueryStatistics {
        QueryStatistics(
            documentsReturned: returned, documentsExamined: documentsExamined, keysExamined: keysExamined,
            milliseconds: elapsedMilliseconds)
    }
}
