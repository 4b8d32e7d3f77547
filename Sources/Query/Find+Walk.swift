internal import BSON
internal import Schema
internal import Views

extension Find {
    /// Where a walk stands: the values of an index's entry, and the document's key; over documents both are the latter.
    struct Entry {
        let key: UnsafeRawBufferPointer
        let documentKey: UnsafeRawBufferPointer
    }

    typealias Visit = (_ entry: Entry, _ document: RawDocument) throws(QueryError) -> Bool

    /// Every matching document once, in the order of the plan, with the entry that led to it. Returns whether `body`
    /// wanted all.
    @discardableResult func forEachMatch(
        _ snapshot: borrowing ViewSnapshot, _ plan: Plan, _ budget: QueryBudget, _ body: Visit
    ) throws(QueryError) -> Bool {
        switch plan.access {
        case .ids(let keys):
            for at in keys.indices {
                let key = keys[plan.isBackward ? keys.count - 1 - at : at]
                if let after = plan.after {
                    let order = compareBytes(key, after)
                    if plan.isBackward ? order >= 0 : order <= 0 { continue }
                }
                try budget.examineKey()
                guard let document = try snapshot.fetch(model, key) else { continue }
                try budget.examineDocument(filter.steps)
                guard try fits(document, plan, budget) else { continue }
                let goesOn = try key.withRawBytes { (key) throws(QueryError) in
                    try body(Entry(key: key, documentKey: key), document)
                }
                if !goesOn { return false }
            }
            return true
        case .collection(let interval):
            var goesOn = true
            let rest = interval.after(plan.after, backward: plan.isBackward)
            try snapshot.forEachDocument(model, in: rest, backward: plan.isBackward) {
                key, document throws(QueryError) in
                try budget.examineDocument(filter.steps)
                guard try fits(document, plan, budget) else { return true }
                goesOn = try body(Entry(key: key, documentKey: key), document)
                return goesOn
            }
            return goesOn
        case .index(let ordinal, let intervals):
            var walk = IndexWalk(self, plan, ordinal, intervals, budget)
            for at in intervals.indices {
                let interval = intervals[plan.isBackward ? intervals.count - 1 - at : at]
                    .after(plan.after, backward: plan.isBackward)
                if interval.isEmpty { continue }
                guard try walk.run(snapshot, interval, body) else { return false }
            }
            return true
        case .union(let branches): return try forEachMatch(snapshot, branches, budget, body)
        }
    }

    func fits(_ document: RawDocument, _ plan: Plan, _ budget: QueryBudget) throws(QueryError) -> Bool {
        if plan.isExact { return true }
        return try filter.matches(document, budget)
    }

    /// A document belongs to the first alternative that it fits.
    private func forEachMatch(
        _ snapshot: borrowing ViewSnapshot, _ branches: [Plan.Branch], _ budget: QueryBudget, _ body: Visit
    ) throws(QueryError) -> Bool {
        for (place, branch) in branches.enumerated() {
            let goesOn = try forEachMatch(snapshot, branch.plan, budget) { entry, document throws(QueryError) in
                // What another alternative lets in is that one's to give.
                guard try branch.node.matches(document, budget) else { return true }
                for earlier in branches[..<place] where try earlier.node.matches(document, budget) { return true }
                return try body(entry, document)
            }
            if !goesOn { return false }
        }
        return true
    }
}

/// Walks over the intervals of an index.
struct IndexWalk {
    private let find: Find
    private let plan: Plan
    private let ordinal: Int
    private let intervals: [KeyInterval]
    private let budget: QueryBudget
    private var seen: Set<[UInt8]> = []
    private var scratch: [UInt8] = []

    init(_ find: Find, _ plan: Plan, _ ordinal: Int, _ intervals: [KeyInterval], _ budget: QueryBudget) {
        self.find = find
        self.plan = plan
        self.ordinal = ordinal
        self.intervals = intervals
        self.budget = budget
    }

    /// - Returns: whether `body` wanted all.
    mutating func run(_ snapshot: borrowing ViewSnapshot, _ interval: KeyInterval, _ body: Find.Visit)
        throws(QueryError) -> Bool
    {
        try snapshot.forEachEntry(find.model, ordinal, in: interval, backward: plan.isBackward) {
            key, documentKey, document throws(QueryError) in
            try budget.examineKey(plan.coverage == nil ? 1 : find.filter.steps)
            let entry = Find.Entry(key: key, documentKey: documentKey)
            if let made = plan.coverage?.document(key, documentKey) {
                return try made.withRaw { (raw) throws(QueryError) in
                    guard try find.fits(raw, plan, budget) else { return true }
                    return try body(entry, raw)
                }
            }
            if plan.mayRepeat, !plan.takesFirstKeys {
                guard seen.insert(Array(documentKey)).inserted else { return true }
                try budget.hold(documentKey.count + 64, for: "an index over arrays")
            }
            guard let document = try document() else { return true }
            if plan.mayRepeat, plan.takesFirstKeys, !isFirst(key, of: document) { return true }
            try budget.examineDocument(find.filter.steps)
            guard try find.fits(document, plan, budget) else { return true }
            return try body(entry, document)
        }
    }

    /// Whether no other key of the document comes before this one on the way.
    private mutating func isFirst(_ key: UnsafeRawBufferPointer, of document: RawDocument) -> Bool {
        var isFirst = true
        find.model.indexes[ordinal].pattern.forEachKey(of: document, scratch: &scratch) { other in
            let order = compareBytes(other, key)
            guard plan.isBackward ? order > 0 : order < 0 else { return }
            if intervals.contains(where: { $0.contains(other) }) { isFirst = false }
        }
        return isFirst
    }
}
