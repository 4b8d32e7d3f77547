public import Platform
internal import BSON
public import Views

extension Find {
    /// How many documents there are, `skip` and `limit` applied. O(log n) where the filter is empty; where an index
    /// decides, its keys are counted and no document is fetched. `report`: told what it cost.
    public func count(
        _ snapshot: borrowing ViewSnapshot, limits: QueryLimits = .standard, clock: Clock = .system,
        report: (QueryStatistics) -> Void = { _ in }
    ) throws(QueryError) -> Int {
        let (count, statistics) = try counted(snapshot, limits: limits, clock: clock)
        report(statistics)
        return count
    }

    func counted(_ snapshot: borrowing ViewSnapshot, limits: QueryLimits, clock: Clock) throws(QueryError)
        -> (count: Int, statistics: QueryStatistics)
    {
        let budget = QueryBudget(limits, clock)
        try checkCounts()
        if filter.isEverything, hint == nil {
            let all: Int
            do { all = try snapshot.documentCount(model) } catch { throw QueryError(error) }
            return (min(max(0, all - skip), limit ?? .max), budget.statistics(returned: 1))
        }
        let plan = try plan(snapshot, for: .count)
        var all = 0
        if wanted != 0 {
            if plan.countsKeys {
                all = try countKeys(snapshot, plan, budget, wanted)
            } else if let counted = try countInParallel(snapshot, plan, budget) {
                all = counted
            } else {
                try forEachMatch(snapshot, plan, budget) { _, _ throws(QueryError) in
                    all += 1
                    return all != wanted
                }
            }
        }
        return (max(0, all - skip), budget.statistics(returned: 1))
    }

    private func countKeys(_ snapshot: borrowing ViewSnapshot, _ plan: Plan, _ budget: QueryBudget, _ wanted: Int?)
        throws(QueryError) -> Int
    {
        guard case .index(let ordinal, let intervals) = plan.access else { return 0 }
        var count = 0
        for interval in intervals {
            let goesOn = try snapshot.forEachEntry(model, ordinal, in: interval, backward: false) {
                _, _, _ throws(QueryError) in
                try budget.examineKey()
                count += 1
                return count != wanted
            }
            if !goesOn { break }
        }
        return count
    }
}

extension Plan {
    /// Each entry of its intervals is a document that fits.
    var countsKeys: Bool { ordinal != nil && isExact && !mayRepeat }
}
