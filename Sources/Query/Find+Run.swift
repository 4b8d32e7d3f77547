internal import BSON
internal import Schema
internal import Views

extension Find {
    /// As `execute`, without secret fields and with the projection.
    func run(
        _ snapshot: borrowing ViewSnapshot, _ plan: Plan, _ budget: QueryBudget,
        _ body: (RawDocument) throws(QueryError) -> Bool
    ) throws(QueryError) {
        try execute(snapshot, plan, budget) { document throws(QueryError) in
            if secrets.isEmpty { return try project(document, body) }
            return try secrets.removed(from: document).withRaw { (raw) throws(QueryError) in try project(raw, body) }
        }
    }

    private func project(_ document: RawDocument, _ body: (RawDocument) throws(QueryError) -> Bool) throws(QueryError)
        -> Bool
    {
        if projection.isEverything { return try body(document) }
        return try projection.apply(document).withRaw { (raw) throws(QueryError) in try body(raw) }
    }

    /// Gives the matching documents as they are stored, sorted, from `skip` to `limit`. They stay valid as long as the
    /// snapshot.
    func execute(
        _ snapshot: borrowing ViewSnapshot, _ plan: Plan, _ budget: QueryBudget,
        _ body: (RawDocument) throws(QueryError) -> Bool
    ) throws(QueryError) {
        if limit == 0 { return }
        var skipped = 0
        var given = 0
        func give(_ document: RawDocument) throws(QueryError) -> Bool {
            if skipped < skip {
                skipped += 1
                return true
            }
            given += 1
            let goesOn = try body(document)
            return goesOn && given != limit
        }
        if sort.isEmpty {
            try forEachMatch(snapshot, plan, budget) { _, document throws(QueryError) in try give(document) }
        } else if plan.isSorted {
            try forEachInOrder(snapshot, plan, budget, give)
        } else {
            let kept = limit.map { $0.addingReportingOverflow(skip) }.flatMap { $0.overflow ? nil : $0.partialValue }
            let buffer = SortBuffer<RawDocument>(capacity: kept, budget)
            var key: [UInt8] = []
            try forEachMatch(snapshot, plan, budget) { _, document throws(QueryError) in
                key.removeAll(keepingCapacity: true)
                sort.encode(document, into: &key)
                try buffer.add(key, byteCount: 0) { document }
                return true
            }
            for document in try buffer.drain() {
                guard try give(document) else { return }
            }
        }
    }

    /// The order of the keys, but for values that were cut: those that share the bytes before the cut are sorted here.
    private func forEachInOrder(
        _ snapshot: borrowing ViewSnapshot, _ plan: Plan, _ budget: QueryBudget,
        _ give: (RawDocument) throws(QueryError) -> Bool
    ) throws(QueryError) {
        let cuts = CutKeys(model, plan)
        let alike = SortBuffer<RawDocument>(capacity: nil, budget)
        var prefix: [UInt8] = []
        var key: [UInt8] = []
        var goesOn = true
        func giveAlike() throws(QueryError) -> Bool {
            for document in try alike.drain() {
                guard try give(document) else { return false }
            }
            return true
        }
        try forEachMatch(snapshot, plan, budget) { entry, document throws(QueryError) in
            let cut = cuts.prefixCount(entry)
            if !alike.isEmpty, cut != prefix.count || !entry.prefix(prefix.count).elementsEqual(prefix) {
                goesOn = try giveAlike()
                guard goesOn else { return false }
            }
            guard let cut else {
                goesOn = try give(document)
                return goesOn
            }
            prefix = Array(entry.prefix(cut))
            key.removeAll(keepingCapacity: true)
            sort.encode(document, into: &key)
            try alike.add(key, byteCount: 0) { document }
            return true
        }
        if goesOn { _ = try giveAlike() }
    }

    /// Every matching document once, in the order of the plan, with the key that led to it.
    private func forEachMatch(
        _ snapshot: borrowing ViewSnapshot, _ plan: Plan, _ budget: QueryBudget,
        _ body: (_ key: UnsafeRawBufferPointer, _ document: RawDocument) throws(QueryError) -> Bool
    ) throws(QueryError) {
        switch plan.access {
        case .ids(let keys):
            for at in keys.indices {
                let key = keys[plan.isBackward ? keys.count - 1 - at : at]
                try budget.examineKey()
                guard let document = try snapshot.fetch(model, key) else { continue }
                try budget.examineDocument()
                guard filter.matches(document) else { continue }
                let goesOn = try key.withRawBytes { (key) throws(QueryError) in try body(key, document) }
                if !goesOn { return }
            }
        case .collection(let interval):
            try snapshot.forEachDocument(model, in: interval, backward: plan.isBackward) {
                key, document throws(QueryError) in
                try budget.examineDocument()
                return filter.matches(document) ? try body(key, document) : true
            }
        case .index(let ordinal, let intervals):
            try forEachMatch(snapshot, plan, ordinal, intervals, budget, body)
        }
    }

    private func forEachMatch(
        _ snapshot: borrowing ViewSnapshot, _ plan: Plan, _ ordinal: Int, _ intervals: [KeyInterval],
        _ budget: QueryBudget,
        _ body: (_ key: UnsafeRawBufferPointer, _ document: RawDocument) throws(QueryError) -> Bool
    ) throws(QueryError) {
        var seen: Set<[UInt8]> = []
        for at in intervals.indices {
            let interval = intervals[plan.isBackward ? intervals.count - 1 - at : at]
            let reachedEnd = try snapshot.forEachEntry(model, ordinal, in: interval, backward: plan.isBackward) {
                key, documentKey, document throws(QueryError) in
                try budget.examineKey()
                if plan.mayRepeat {
                    guard seen.insert(Array(documentKey)).inserted else { return true }
                    try budget.hold(documentKey.count + 64, for: "an index over arrays")
                }
                guard let document = try document() else { return true }
                try budget.examineDocument()
                return filter.matches(document) ? try body(key, document) : true
            }
            if !reachedEnd { return }
        }
    }
}
