internal import BSON
internal import Views

/// Takes a document; false: no more are wanted. What it is given is valid only while it runs.
typealias Give = (RawDocument) throws(QueryError) -> Bool

/// A stage of one run, with what it holds.
protocol Step: AnyObject {
    /// Takes a document and gives what becomes of it; false: no more are wanted.
    func take(_ document: RawDocument, _ snapshot: borrowing ViewSnapshot, _ give: Give) throws(QueryError) -> Bool
    /// After the last document: gives what was held back.
    func finish(_ snapshot: borrowing ViewSnapshot, _ give: Give) throws(QueryError)
}

extension Step {
    func finish(_ snapshot: borrowing ViewSnapshot, _ give: Give) throws(QueryError) {}
}

/// The stages of one run. Documents stream through; steps that need all of them wait for the last.
final class Pipeline {
    private let steps: [any Step]
    private let budget: QueryBudget
    /// How many documents each step has given.
    private(set) var given: [Int]

    init(_ stages: [Stage], _ scope: Scope, _ budget: QueryBudget) {
        self.budget = budget
        steps = stages.map { $0.step(scope, budget) }
        given = [Int](repeating: 0, count: stages.count)
    }

    /// Sends a document through the steps from `place` on; false: no more are wanted.
    func push(_ document: RawDocument, _ snapshot: borrowing ViewSnapshot, at place: Int = 0, _ sink: Give)
        throws(QueryError) -> Bool
    {
        guard place < steps.count else { return try sink(document) }
        try budget.tick(1 + document.byteCount >> 12)
        return try steps[place].take(document, snapshot) { raw throws(QueryError) in
            given[place] += 1
            return try push(raw, snapshot, at: place + 1, sink)
        }
    }

    /// After the last document.
    func finish(_ snapshot: borrowing ViewSnapshot, _ sink: Give) throws(QueryError) {
        for place in steps.indices {
            try steps[place].finish(snapshot) { raw throws(QueryError) in
                given[place] += 1
                return try push(raw, snapshot, at: place + 1, sink)
            }
        }
    }
}

extension SubPipeline {
    /// Runs on its own. `plan`: made before, where it runs more than once.
    func run(
        _ snapshot: borrowing ViewSnapshot, _ scope: Scope, _ budget: QueryBudget, plan: Plan? = nil,
        _ give: Give
    ) throws(QueryError) {
        let pipeline = Pipeline(stages, scope, budget)
        switch source {
        case .find(let find):
            let chosen = if let plan { plan } else { try find.plan(snapshot) }
            try find.run(snapshot, chosen, budget) { document throws(QueryError) in
                try pipeline.push(document, snapshot, give)
            }
        case .documents(let documents):
            for document in documents {
                let goesOn = try document.withRaw { (raw) throws(QueryError) in
                    try pipeline.push(raw, snapshot, give)
                }
                if !goesOn { break }
            }
        }
        try pipeline.finish(snapshot, give)
    }
}
