public import BSON
public import Platform
internal import Schema
public import Views

extension Find {
    /// Gives the next documents, at most `count`, and what to go on with: `nil` where there are no more. The last batch
    /// may be empty.
    ///
    /// Between batches nothing is held: the next runs on any later snapshot, behind the last key of this one. Documents that
    /// change meanwhile may come twice or not at all, others come once. Where no index has the order that is asked for,
    /// each batch sorts anew, documents of equal order by `_id`.
    ///
    /// - `isConsistent`: the cursor keeps to this snapshot's position, and fails where the collection has changed since.
    /// - `report`: told what the batch cost.
    /// - Throws: `badCursor` for one of another query, `cursorLost` for one that cannot go on.
    public func batch(
        _ count: Int, after cursor: FindCursor? = nil, _ snapshot: borrowing ViewSnapshot, isConsistent: Bool = false,
        limits: QueryLimits = .standard, clock: Clock = .system, report: (QueryStatistics) -> Void = { _ in },
        _ body: (RawDocument) throws(QueryError) -> Bool
    ) throws(QueryError) -> FindCursor? {
        guard count > 0 else {
            throw QueryError(.badValue, at: "batch", "a batch has \(count) documents", mend: "use 1 or more")
        }
        try check(cursor, snapshot)
        let left = cursor == nil ? limit : cursor?.left
        if left == 0 { return nil }
        let plan = try resumable(snapshot, cursor)
        let budget = QueryBudget(limits, clock)
        var page = Page(
            find: self, size: min(count, left ?? .max), skip: cursor == nil ? skip : 0, way: way(plan),
            place: cursor?.place)
        if case .sorted = page.way {
            try page.sort(snapshot, plan, budget, body)
        } else {
            try page.walk(snapshot, plan, budget, body)
        }
        report(budget.statistics(returned: page.given))
        let rest = left.map { $0 - page.given }
        guard page.isCut, rest != 0, let place = page.place else { return nil }
        return FindCursor(
            way: page.way, place: place, left: rest,
            position: cursor == nil ? (isConsistent ? snapshot.position : nil) : cursor?.position, digest: digest)
    }

    private func check(_ cursor: FindCursor?, _ snapshot: borrowing ViewSnapshot) throws(QueryError) {
        guard let cursor else { return }
        guard cursor.digest == digest else {
            throw QueryError(
                .badCursor, at: "cursor", "the cursor belongs to another query", mend: "repeat that query, whole")
        }
        if let position = cursor.position, !snapshot.isUnchanged(model, since: position) {
            throw QueryError(
                .cursorLost, at: "cursor",
                "\(model.name) has changed since position \(position), which the cursor keeps to",
                mend: "begin anew, or ask for a cursor that goes on in later views")
        }
    }

    /// Of the collection, the filter and the order: what cursors of this query have in common.
    private var digest: UInt64 {
        var digest = Digest64()
        digest.combine(model.name.utf8)
        withUnsafeBytes(of: filter.digest.littleEndian) { digest.combine($0) }
        for part in sort.parts { digest.combine("\(part.path.name)\(part.isDescending ? -1 : 1),".utf8) }
        digest.combine("\(skip) \(limit ?? -1)".utf8)
        return digest.value
    }

    // MARK: The way

    private func resumable(_ snapshot: borrowing ViewSnapshot, _ cursor: FindCursor?) throws(QueryError) -> Plan {
        let plans = try plans(snapshot).filter { plan in
            plan.ordinal.map { !fields.hasSecret(model.indexes[$0]) } ?? true
        }
        guard let cursor, cursor.way != .sorted else {
            // Any plan will do for what is sorted in memory.
            guard let cursor else { return plans.first ?? .wholeCollection }
            return plans.first { way($0) == cursor.way } ?? plans.first ?? .wholeCollection
        }
        guard var plan = plans.first(where: { way($0) == cursor.way }), case .entry(let key) = cursor.place else {
            throw QueryError(
                .cursorLost, at: "cursor", "the way that the cursor took is no longer there", mend: "begin anew")
        }
        plan.after = key
        return plan
    }

    private func way(_ plan: Plan) -> FindCursor.Way {
        guard sort.isEmpty || (plan.isSorted && keepsOrder(plan)) else { return .sorted }
        switch plan.access {
        case .collection, .ids: return .collection(isBackward: plan.isBackward)
        case .index(let ordinal, _): return .index(model.indexes[ordinal].name, isBackward: plan.isBackward)
        case .union: return .sorted
        }
    }

    /// Whether no value that decides the order can be cut: keys alone then tell what comes after one of them.
    private func keepsOrder(_ plan: Plan) -> Bool {
        guard let ordinal = plan.ordinal else { return true }
        return model.indexes[ordinal].parts.dropFirst(plan.constantParts).allSatisfy { part in
            switch fields.kind(of: part.name) {
            case .objectID, .boolean, .date, .number: true
            default: false
            }
        }
    }
}

/// One batch being made.
private struct Page {
    let find: Find
    let size: Int
    let skip: Int
    let way: FindCursor.Way
    /// Of the last document that was given, or where the batch before ended.
    var place: FindCursor.Place?
    var given = 0
    /// It ended before the documents did.
    var isCut = false

    mutating func walk(
        _ snapshot: borrowing ViewSnapshot, _ plan: Plan, _ budget: QueryBudget,
        _ body: (RawDocument) throws(QueryError) -> Bool
    ) throws(QueryError) {
        var plan = plan
        plan.takesFirstKeys = true
        var skipped = 0
        var last: [UInt8] = []
        let isIndex = plan.ordinal != nil
        var given = 0
        let reachedEnd = try find.forEachMatch(snapshot, plan, budget) { entry, document throws(QueryError) in
            if skipped < skip {
                skipped += 1
                return true
            }
            given += 1
            last = isIndex ? Array(entry.key) + Array(entry.documentKey) : Array(entry.documentKey)
            // A look for one more could cost more than the batch did.
            let goesOn = try find.give(document, budget, body)
            return goesOn && given < size
        }
        self.given = given
        isCut = !reachedEnd
        if given > 0 { place = .entry(last) }
    }

    mutating func sort(
        _ snapshot: borrowing ViewSnapshot, _ plan: Plan, _ budget: QueryBudget,
        _ body: (RawDocument) throws(QueryError) -> Bool
    ) throws(QueryError) {
        var after: [UInt8]?
        if case .sortKey(let key)? = place { after = key }
        let (most, overflows) = size.addingReportingOverflow(skip)
        let buffer = SortBuffer<(key: [UInt8], document: RawDocument)>(
            capacity: overflows || most == .max ? nil : most + 1, budget)
        var key: [UInt8] = []
        var plan = plan
        // What waits to be sorted must live in the views.
        plan.coverage = nil
        try find.forEachMatch(snapshot, plan, budget) { entry, document throws(QueryError) in
            key.removeAll(keepingCapacity: true)
            find.sort.encode(document, into: &key)
            key.append(contentsOf: entry.documentKey)
            if let after, compareBytes(key, after) <= 0 { return true }
            try buffer.add(key, byteCount: key.count) { (key, document) }
            return true
        }
        for (key, document) in try buffer.drain().dropFirst(skip) {
            if given == size {
                isCut = true
                return
            }
            given += 1
            place = .sortKey(key)
            if try !find.give(document, budget, body) {
                isCut = true
                return
            }
        }
    }
}
