extension Filter.Node {
    /// How many small steps it is to test a document. What may take long by itself, a pattern that goes back or an
    /// expression, is as many as are taken between two looks at the clock.
    var steps: Int {
        switch self {
        case .all(let nodes), .any(let nodes): nodes.reduce(1) { $0 + $1.steps }
        case .not(let node): node.steps
        case .test(_, let test): test.steps
        case .expression, .schema: QueryBudget.stepsBetweenLooks
        }
    }
}

extension Filter.Test {
    fileprivate var steps: Int {
        switch self {
        case .pattern: QueryBudget.stepsBetweenLooks
        case .within(let list): list.patterns.isEmpty ? 1 : QueryBudget.stepsBetweenLooks
        case .anyElement(let node): node.steps
        case .anyElementPasses(let checks): checks.reduce(1) { $0 + $1.steps }
        case .compare, .exists, .type, .remainder, .size: 1
        }
    }
}

extension Filter.Check {
    fileprivate var steps: Int {
        switch self {
        case .passes(let test): test.steps
        case .fails(let checks): checks.reduce(1) { $0 + $1.steps }
        }
    }
}
