internal import BSON
internal import Schema
internal import Views

/// What plans cost, about, in steps over keys of an index. Entries are counted up to a few and guessed beyond, from the
/// number of documents; nothing depends on time, so the same views give the same plan.
struct PlanCosts {
    /// How many entries of an index are counted.
    static let sample = 100
    private static let fetch = 2.0
    private static let test = 1.0
    private static let sortStep = 4.0

    let model: CollectionModel
    /// How many documents are wanted, those that are passed over included.
    let wanted: Int?
    let isSorted: Bool

    /// The plans with their costs, the cheapest first; of equal ones the higher score.
    func ranked(_ plans: [Plan], _ snapshot: borrowing ViewSnapshot) throws(QueryError) -> [Plan] {
        guard plans.count > 1 else { return plans }
        let documents: Int
        do { documents = max(1, try snapshot.documentCount(model)) } catch { throw QueryError(error) }
        var entries: [Double] = []
        for plan in plans { entries.append(try self.entries(plan, documents, snapshot)) }
        // No more documents than this fit the filter.
        let fewest = max(1, min(entries.min() ?? 1, Double(documents)))
        var costed = plans
        for at in plans.indices {
            costed[at].cost = cost(plans[at], entries[at], density: fewest / Double(documents))
        }
        return costed.enumerated().sorted { left, right in
            let (a, b) = (left.element, right.element)
            if let first = a.cost, let second = b.cost, first != second { return first < second }
            return a.score != b.score ? a.score > b.score : left.offset < right.offset
        }.map(\.element)
    }

    /// Without a look at the views: by score.
    static func ranked(_ plans: [Plan]) -> [Plan] {
        plans.enumerated().sorted { left, right in
            let (a, b) = (left.element.score, right.element.score)
            return a != b ? a > b : left.offset < right.offset
        }.map(\.element)
    }

    private func cost(_ plan: Plan, _ entries: Double, density: Double) -> Double {
        var walked = entries
        var sorting = 0.0
        if isSorted, !plan.isSorted { sorting = wanted == nil ? Self.sortStep : Self.sortStep / 2 }
        if let wanted, sorting == 0 || plan.isSortedByInterval {
            // A walk ends with the last that is wanted; how many more it passes, how rare they are tells.
            var enough = Double(wanted) * (plan.isExact ? 1 : 2 / density)
            if sorting != 0 { enough *= Double(plan.intervalCount) }
            walked = min(walked, enough)
        }
        let perEntry: Double
        switch plan.access {
        case .union(let branches):
            // A branch that had no choice is a look-up of a few `_id`s.
            return branches.reduce(sorting * entries) { $0 + ($1.plan.cost ?? 1 + Self.fetch) }
        case .collection: perEntry = Self.fetch
        case .ids: perEntry = 1 + Self.fetch
        case .index: perEntry = plan.coverage == nil ? 1 + Self.fetch : 1
        }
        return walked * (perEntry + (plan.isExact ? 0 : Self.test) + sorting)
    }

    // MARK: Entries

    private func entries(_ plan: Plan, _ documents: Int, _ snapshot: borrowing ViewSnapshot) throws(QueryError)
        -> Double
    {
        switch plan.access {
        case .ids(let keys): return Double(keys.count)
        case .collection(.everything): return Double(documents)
        case .collection(let interval):
            var count = 0
            try snapshot.forEachDocument(model, in: interval, backward: false) { _, _ in
                count += 1
                return count < Self.sample
            }
            return count < Self.sample ? Double(count) : guess(plan, documents)
        case .index(let ordinal, let intervals):
            var count = 0
            var visited = 0
            for interval in intervals {
                visited += 1
                let reachedEnd = try snapshot.forEachEntry(model, ordinal, in: interval, backward: false) { _, _, _ in
                    count += 1
                    return count < Self.sample
                }
                if !reachedEnd || visited >= Self.sample { break }
            }
            if visited == intervals.count, count < Self.sample { return Double(count) }
            // The intervals looked at stand for all; the first alone tells no more than that it is long.
            let known = visited > 1 ? Double(count) * Double(intervals.count) / Double(visited) : 0
            return max(known, guess(plan, documents))
        case .union(let branches):
            var sum = 0.0
            for branch in branches { sum += try entries(branch.plan, documents, snapshot) }
            return sum
        }
    }

    /// Of each bound part a share: a tenth for single values, three tenths for stretches.
    private func guess(_ plan: Plan, _ documents: Int) -> Double {
        let share = plan.bounds.reduce(1.0) { share, bounds in
            share * (bounds.isPoints ? min(1, 0.1 * Double(bounds.stretches.count)) : 0.3)
        }
        return max(Double(Self.sample), Double(documents) * share)
    }
}

extension Plan {
    var intervalCount: Int {
        if case .index(_, let intervals) = access { intervals.count } else { 1 }
    }
}
