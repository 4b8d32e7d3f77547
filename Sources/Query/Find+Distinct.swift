public import BSON
public import Platform
internal import Schema
public import Views

extension Find {
    /// The values that a field has in the matching documents, each once, in order; of arrays their elements. Where an index
    /// begins with the field and the filter is about nothing else, it leaps from value to value.
    public func distinct(
        _ field: String, _ snapshot: borrowing ViewSnapshot, limits: QueryLimits = .standard, clock: Clock = .system,
        report: (QueryStatistics) -> Void = { _ in }
    ) throws(QueryError) -> [Value] {
        let path = try QueryPath.validated(field, at: "key")
        try fields.refuseSecret(field, at: "key", "listed")
        try checkCounts()
        let budget = QueryBudget(limits, clock)
        var values = DistinctValues(path, budget)
        if let (ordinal, intervals) = leap(field) {
            try leap(snapshot, ordinal, intervals, budget, &values)
        } else {
            var unsorted = self
            unsorted.sort = .unsorted
            let plan = try unsorted.wholeDocuments.plan(snapshot)
            try unsorted.forEachMatch(snapshot, plan, budget) { _, document throws(QueryError) in
                try values.add(document)
                return true
            }
        }
        report(budget.statistics(returned: 1))
        return values.sorted
    }

    /// The same without a projection, which keys of an index might answer.
    private var wholeDocuments: Find {
        var find = self
        find.projection = .everything
        return find
    }

    /// An index whose first part is the field, and its keys that the filter allows.
    private func leap(_ field: String) -> (ordinal: Int, intervals: [KeyInterval])? {
        guard hint == nil else { return nil }
        let planner = Planner(model, fields, filter, .unsorted)
        for (ordinal, index) in model.indexes.enumerated() where index.parts[0].name == field {
            guard !fields.hasSecret(index) else { continue }
            if filter.isEverything { return (ordinal, [.everything]) }
            // Of an array other elements count too; what else the filter asks, keys do not tell.
            let plan = planner.indexPlan(ordinal)
            guard fields.arrayPrefixes(field).isEmpty, plan.isExact, plan.bounds.count == 1,
                planner.isComplete(index), case .index(_, let intervals) = plan.access
            else { continue }
            return (ordinal, intervals)
        }
        return nil
    }

    private func leap(
        _ snapshot: borrowing ViewSnapshot, _ ordinal: Int, _ intervals: [KeyInterval], _ budget: QueryBudget,
        _ values: inout DistinctValues
    ) throws(QueryError) {
        let pattern = model.indexes[ordinal].pattern
        for interval in intervals {
            var rest = interval
            while !rest.isEmpty {
                var next: [UInt8]?
                _ = try snapshot.forEachEntry(model, ordinal, in: rest, backward: false) {
                    key, documentKey, document throws(QueryError) in
                    try budget.examineKey()
                    // The document tells the value's own form, and null from missing.
                    guard let document = try document() else { return true }
                    try budget.examineDocument()
                    let isKnown = try values.add(document, at: key, pattern)
                    if !isKnown { return true }
                    var after = key
                    _ = KeyEncoder.decode(
                        &after, descending: pattern.parts[0].descending, limit: pattern.componentLimit)
                    next = Array(key.prefix(key.count - after.count)) + [0xFF]
                    return false
                }
                guard let next else { break }
                rest.lower = next
            }
        }
    }
}
