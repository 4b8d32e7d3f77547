internal import BSON
internal import Platform

/// What expressions of one run share: the time, chance, variables, and what they may cost. One query on one thread owns it.
final class Scope {
    let budget: QueryBudget?
    private let clock: Clock
    /// The moment the run began, so that `$$NOW` is one for all documents.
    private(set) lazy var now = DateTime(milliseconds: budget?.started ?? clock.now())
    /// Variables by the slots that the parser gave them.
    private var slots: [Evaluated] = []
    var random: any RandomNumberGenerator
    /// How many array elements and characters expressions made of one document.
    private var made = 0

    init(_ budget: QueryBudget?, clock: Clock = .system, random: (any RandomNumberGenerator)? = nil) {
        self.budget = budget
        self.clock = clock
        self.random = random ?? SystemRandomNumberGenerator()
    }

    subscript(slot: Int) -> Evaluated {
        get { slot < slots.count ? slots[slot] : .missing }
        set {
            while slots.count <= slot { slots.append(.missing) }
            slots[slot] = newValue
        }
    }

    func beginDocument() { made = 0 }

    /// Counts what an expression is about to make, and asks the clock now and then.
    func charge(_ count: Int, _ call: Call) throws(QueryError) {
        made += max(count, 1)
        try budget?.tick()
        if made > limit { throw exceeded(call.name, call.place) }
    }

    /// Asks the clock, before what may take long by itself.
    func look() throws(QueryError) { try budget?.tick(QueryBudget.stepsBetweenLooks) }

    /// Counts an array or document that was made, by its bytes: what holds a variable more than once doubles it.
    func charge(making value: Evaluated) throws(QueryError) {
        made += value.byteCount(atMost: 4 * (limit - made)) / 4
        if made > limit { throw exceeded("an expression", "pipeline") }
    }

    private var limit: Int { (budget?.limits ?? .standard).memoryBytes / 16 }

    private func exceeded(_ what: String, _ place: String) -> QueryError {
        QueryError(
            .limitExceeded(.memoryBytes), at: place,
            "\(what) makes more than \(limit) elements or characters of one document",
            mend: "take fewer elements")
    }
}
