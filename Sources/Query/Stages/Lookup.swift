internal import BSON
internal import Views

/// `$lookup`: documents of another collection beside each document.
struct Lookup: Sendable {
    /// Fields that must be equal.
    struct Join: Sendable {
        let local: QueryPath
        let foreign: ForeignKey
    }

    /// An expression of the pipeline that says so, of what `let` names.
    struct Correlation: Sendable {
        let value: Expression
        let foreign: ForeignKey
    }

    let collection: String
    let join: Join?
    let correlation: Correlation?
    let variables: [(slot: Int, expression: Expression)]
    /// What becomes of the documents found; all of them where it is `nil`.
    let pipeline: SubPipeline?
    /// The stages where the documents come from a look-up.
    let stages: [Stage]
    /// Nothing in the pipeline depends on the document: it runs once.
    let isConstant: Bool
    /// Sets the array of what was found.
    let result: Reshape
    let resultSlot: Int
}

final class LookupStep: Step {
    private let lookup: Lookup
    private let scope: Scope
    private let budget: QueryBudget
    private let foreign: ForeignLookup?
    private var plan: Plan?
    private var constant: [Evaluated]?

    init(_ lookup: Lookup, _ scope: Scope, _ budget: QueryBudget) {
        self.lookup = lookup
        self.scope = scope
        self.budget = budget
        foreign = (lookup.join?.foreign ?? lookup.correlation?.foreign).map { ForeignLookup($0, budget) }
    }

    func take(_ document: RawDocument, _ snapshot: borrowing ViewSnapshot, _ give: Give) throws(QueryError) -> Bool {
        var held = 0
        let found: [Evaluated]
        if let constant {
            found = constant
        } else {
            found = try find(document, snapshot, &held)
            if lookup.isConstant {
                constant = found
                held = 0
            }
        }
        scope[lookup.resultSlot] = .list(found)
        let result = try lookup.result.apply(document, scope)
        scope[lookup.resultSlot] = .missing
        let goesOn = try result.withRaw { (raw) throws(QueryError) in try give(raw) }
        try budget.hold(-held, for: "a $lookup")
        return goesOn
    }

    private func find(_ document: RawDocument, _ snapshot: borrowing ViewSnapshot, _ held: inout Int)
        throws(QueryError) -> [Evaluated]
    {
        for variable in lookup.variables { scope[variable.slot] = try variable.expression.evaluate(document, scope) }
        var found: [Evaluated] = []
        var byteCount = 0
        func gather(_ document: RawDocument) throws(QueryError) -> Bool {
            byteCount += document.byteCount + 48
            try budget.hold(document.byteCount + 48, for: "a $lookup")
            found.append(.owned(.document(Document(copying: document))))
            return true
        }
        defer { held = byteCount }
        guard let foreign else {
            guard let pipeline = lookup.pipeline else { return [] }
            if plan == nil, case .find(let find) = pipeline.source { plan = try find.plan(snapshot) }
            try pipeline.run(snapshot, scope, budget, plan: plan, gather)
            return found
        }
        let values = try wanted(document)
        let inner = Pipeline(lookup.stages, scope, budget)
        _ = try foreign.forEach(values, snapshot) { document throws(QueryError) in
            try inner.push(document, snapshot, gather)
        }
        try inner.finish(snapshot, gather)
        return found
    }

    private func wanted(_ document: RawDocument) throws(QueryError) -> [Evaluated] {
        if let join = lookup.join {
            let value = join.local.evaluate(document)
            // An array asks for each of its elements.
            return value.elements ?? [value]
        }
        return [try lookup.correlation?.value.evaluate(document, scope) ?? .missing]
    }
}

/// `$unionWith`: after all documents, those of another pipeline.
final class UnionStep: Step {
    private let other: SubPipeline
    private let scope: Scope
    private let budget: QueryBudget

    init(_ other: SubPipeline, _ scope: Scope, _ budget: QueryBudget) {
        self.other = other
        self.scope = scope
        self.budget = budget
    }

    func take(_ document: RawDocument, _ snapshot: borrowing ViewSnapshot, _ give: Give) throws(QueryError) -> Bool {
        try give(document)
    }

    func finish(_ snapshot: borrowing ViewSnapshot, _ give: Give) throws(QueryError) {
        try other.run(snapshot, scope, budget, give)
    }
}
