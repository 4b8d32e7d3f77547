internal import BSON
internal import Schema
internal import Views

extension Find {
    /// What will be done with the documents: by it, keys of an index are enough or not.
    enum Purpose { case documents, count }

    /// The plan by what is declared alone.
    func plan() throws(QueryError) -> Plan {
        try checkCounts()
        let planner = Planner(model, fields, filter, sort)
        let plans = try planner.plans(hint: hint) { (plans) in PlanCosts.ranked(plans) }
        return PlanCosts.ranked(plans).first.map { covered($0, .documents) } ?? .wholeCollection
    }

    /// The best plan over these views.
    func plan(_ snapshot: borrowing ViewSnapshot, for purpose: Purpose = .documents) throws(QueryError) -> Plan {
        try plans(snapshot, for: purpose).first ?? .wholeCollection
    }

    /// All plans over these views, the best first.
    func plans(_ snapshot: borrowing ViewSnapshot, for purpose: Purpose = .documents) throws(QueryError) -> [Plan] {
        try checkCounts()
        let planner = Planner(model, fields, filter, purpose == .count ? .unsorted : sort)
        let costs = PlanCosts(model: model, wanted: wanted, isSorted: purpose != .count && !sort.isEmpty)
        let branches = PlanCosts(model: model, wanted: nil, isSorted: false)
        let plans = try planner.plans(hint: hint) { (plans) throws(QueryError) in
            try branches.ranked(plans, snapshot)
        }
        return try costs.ranked(plans.map { covered($0, purpose) }, snapshot)
    }

    /// The plan over keys alone, where they hold what is needed.
    private func covered(_ plan: Plan, _ purpose: Purpose) -> Plan {
        var plan = plan
        plan.coverage = coverage(plan, purpose)
        return plan
    }

    private func coverage(_ plan: Plan, _ purpose: Purpose) -> Coverage? {
        var exact: Set<String> = []
        if purpose == .documents {
            // What is made of keys does not live until it is sorted.
            guard sort.isEmpty || plan.isSorted, let paths = projection.includedPaths else { return nil }
            exact = paths
        }
        var loose: Set<String> = []
        if !plan.isExact {
            guard !filter.root.needsExactValues, let paths = filter.readPaths else { return nil }
            loose = paths
        }
        return Coverage(model, fields, plan, exact: exact, loose: loose)
    }

    func checkCounts() throws(QueryError) {
        if skip < 0 { throw QueryError(.badValue, at: "skip", "skip is \(skip)", mend: "use 0 or more") }
        if let limit, limit < 0 { throw QueryError(.badValue, at: "limit", "limit is \(limit)", mend: "use 0 or more") }
    }
}
