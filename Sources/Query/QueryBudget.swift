internal import LMDB
internal import Platform

/// What a query has cost so far, against what it may cost. One query on one thread owns it.
final class QueryBudget {
    let limits: QueryLimits
    private let clock: Clock
    let started: Int64
    private let deadline: Int64?
    private(set) var documentsExamined = 0
    private(set) var keysExamined = 0
    private(set) var memoryBytes = 0
    private var sinceClock = 0
    /// As many small steps are taken between two looks at the clock.
    static let stepsBetweenLooks = 256

    init(_ limits: QueryLimits, _ clock: Clock) {
        self.limits = limits
        self.clock = clock
        let now = clock.now()
        started = now
        deadline = limits.milliseconds.map { now &+ Int64($0) }
    }

    var elapsedMilliseconds: Int64 { clock.now() &- started }

    private init(_ limits: QueryLimits, _ clock: Clock, _ started: Int64, _ deadline: Int64?) {
        (self.limits, self.clock, self.started, self.deadline) = (limits, clock, started, deadline)
    }

    /// Makes one for another thread of the same query, which has the same time.
    var another: @Sendable () -> QueryBudget {
        { [limits, clock, started, deadline] in QueryBudget(limits, clock, started, deadline) }
    }

    /// `steps`: what looking at it takes.
    func examineDocument(_ steps: Int = 1) throws(QueryError) {
        documentsExamined += 1
        try check(documentsExamined: documentsExamined)
        try tick(steps)
    }

    func check(documentsExamined: Int) throws(QueryError) {
        guard documentsExamined > limits.documentsExamined else { return }
        throw exceeded(
            .documentsExamined, "more than \(limits.documentsExamined) documents would be examined",
            "filter by an indexed field")
    }

    /// What all threads of the query looked at.
    func adopt(documentsExamined all: Int) { documentsExamined = all }

    func examineKey(_ steps: Int = 1) throws(QueryError) {
        keysExamined += 1
        if keysExamined > limits.keysExamined {
            throw exceeded(
                .keysExamined, "more than \(limits.keysExamined) index entries would be examined",
                "filter by more of the index's fields")
        }
        try tick(steps)
    }

    /// Counts memory that the query holds; a negative amount gives some back.
    func hold(_ byteCount: Int, for what: StaticString) throws(QueryError) {
        memoryBytes += byteCount
        if memoryBytes > limits.memoryBytes {
            throw exceeded(
                .memoryBytes, "\(what) would hold more than \(limits.memoryBytes) bytes in memory",
                "add a $limit, filter more, or sort by an index")
        }
    }

    /// Asks the clock now and then: it costs more than the step it guards. `weight`: of how many small steps it is.
    func tick(_ weight: Int = 1) throws(QueryError) {
        sinceClock += weight
        guard sinceClock >= Self.stepsBetweenLooks else { return }
        sinceClock = 0
        if limits.cancellation?.isCancelled == true {
            throw QueryError(.cancelled, at: "", "nobody waits for its answer any more")
        }
        guard let deadline, clock.now() > deadline else { return }
        throw exceeded(
            .milliseconds, "it takes longer than \(limits.milliseconds ?? 0) ms",
            "filter by an indexed field, or ask for less")
    }

    private func exceeded(_ limit: QueryError.Limit, _ reason: String, _ remedy: String) -> QueryError {
        QueryError(.limitExceeded(limit), at: "limits.\(limit.rawValue)", reason, mend: remedy)
    }
}

/// What a query cost.
public struct QueryStatistics: Sendable, Hashable {
    public var documentsReturned = 0
    public var documentsExamined = 0
    public var keysExamined = 0
    public var milliseconds: Int64 = 0
}
