/// Plans for `$or`: each alternative by a way of its own.
extension Planner {
    /// How many alternatives are planned one by one.
    static let maxBranches = 64

    func unionPlans(_ rank: ([Plan]) throws(QueryError) -> [Plan]) throws(QueryError) -> [Plan] {
        var plans: [Plan] = []
        for branches in Self.alternatives(nodes) where branches.count <= Self.maxBranches {
            if let plan = try unionPlan(branches, rank) { plans.append(plan) }
        }
        return plans
    }

    /// The `$or`s of which every document that fits fits one alternative each.
    private static func alternatives(_ nodes: [Filter.Node]) -> [[Filter.Node]] {
        nodes.flatMap { node -> [[Filter.Node]] in
            switch node {
            case .all(let inner): alternatives(inner)
            case .any(let branches) where branches.count > 1: [branches]
            default: []
            }
        }
    }

    /// What else every document fulfils, without any `$or`.
    private static func others(_ nodes: [Filter.Node]) -> [Filter.Node] {
        nodes.flatMap { node -> [Filter.Node] in
            switch node {
            case .all(let inner): others(inner)
            case .any: []
            default: [node]
            }
        }
    }

    private func unionPlan(_ branches: [Filter.Node], _ rank: ([Plan]) throws(QueryError) -> [Plan])
        throws(QueryError) -> Plan?
    {
        let others = Self.others(nodes)
        var found: [Plan.Branch] = []
        for branch in branches {
            let planner = Planner(model, fields, [branch] + others, [])
            guard var best = try planner.bestBound(rank) else { return nil }
            // The rest of the filter is still to be tested.
            best.isExact = false
            found.append(Plan.Branch(node: branch, plan: best))
        }
        var plan = Plan(access: .union(found))
        plan.isSorted = sort.isEmpty
        plan.score = (found.map(\.plan.score).min() ?? 0) - 1
        return plan
    }

    /// The best way that is not the whole collection.
    private func bestBound(_ rank: ([Plan]) throws(QueryError) -> [Plan]) throws(QueryError) -> Plan? {
        if let plan = idPlan() { return plan }
        return try rank([collectionPlan()] + indexPlans()).first { plan in
            if case .collection(.everything) = plan.access { false } else { true }
        }
    }
}
