internal import BSON
internal import Schema
internal import Views

extension Find {
    /// As `execute`, without secret fields and with the projection.
    func run(
        _ snapshot: borrowing ViewSnapshot, _ plan: Plan, _ budget: QueryBudget,
        _ body: (RawDocument) throws(QueryError) -> Bool
    ) throws(QueryError) {
        try execute(snapshot, plan, budget) { document throws(QueryError) in try give(document, budget, body) }
    }

    /// A document as it leaves.
    func give(
        _ document: RawDocument, _ budget: QueryBudget, _ body: (RawDocument) throws(QueryError) -> Bool
    ) throws(QueryError) -> Bool {
        if secrets.isEmpty { return try project(document, budget, body) }
        return try secrets.removed(from: document).withRaw { (raw) throws(QueryError) in
            try project(raw, budget, body)
        }
    }

    private func project(
        _ document: RawDocument, _ budget: QueryBudget, _ body: (RawDocument) throws(QueryError) -> Bool
    ) throws(QueryError) -> Bool {
        if projection.isEverything { return try body(document) }
        return try projection.apply(document, budget).withRaw { (raw) throws(QueryError) in try body(raw) }
    }

    /// How many of the first documents are asked for.
    var wanted: Int? {
        limit.map { $0.addingReportingOverflow(skip) }.flatMap { $0.overflow ? nil : $0.partialValue }
    }

    /// Gives the matching documents as they are stored, sorted, from `skip` to `limit`. What `body` is given is valid
    /// only while it runs.
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
            let buffer = SortBuffer<RawDocument>(capacity: wanted, budget)
            if let wanted, plan.isSortedByInterval {
                try gatherFirst(wanted, of: plan, snapshot, budget, buffer)
            } else {
                try gather(plan, snapshot, budget, buffer)
            }
            for document in try buffer.drain() {
                guard try give(document) else { return }
            }
        }
    }

    private func gather(
        _ plan: Plan, _ snapshot: borrowing ViewSnapshot, _ budget: QueryBudget, _ buffer: SortBuffer<RawDocument>
    ) throws(QueryError) {
        var key: [UInt8] = []
        try forEachMatch(snapshot, plan, budget) { _, document throws(QueryError) in
            key.removeAll(keepingCapacity: true)
            sort.encode(document, into: &key)
            try buffer.add(key, byteCount: 0) { document }
            return true
        }
    }

    /// Of intervals that are sorted each: no more of one than are wanted, and none after the first that comes too late.
    private func gatherFirst(
        _ wanted: Int, of plan: Plan, _ snapshot: borrowing ViewSnapshot, _ budget: QueryBudget,
        _ buffer: SortBuffer<RawDocument>
    ) throws(QueryError) {
        guard case .index(let ordinal, let intervals) = plan.access else { return }
        var walk = IndexWalk(self, plan, ordinal, intervals, budget)
        let cuts = CutKeys(model, plan)
        var key: [UInt8] = []
        for interval in intervals {
            var count = 0
            var isOrdered = true
            _ = try walk.run(snapshot, interval) { entry, document throws(QueryError) in
                // Where a value was cut, what comes after may be earlier.
                if isOrdered, cuts.prefixCount(entry.key) != nil { isOrdered = false }
                key.removeAll(keepingCapacity: true)
                sort.encode(document, into: &key)
                if isOrdered, !buffer.takes(key) { return false }
                try buffer.add(key, byteCount: 0) { document }
                count += 1
                return !isOrdered || count < wanted
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
            let cut = cuts.prefixCount(entry.key)
            if !alike.isEmpty, cut != prefix.count || !entry.key.prefix(prefix.count).elementsEqual(prefix) {
                goesOn = try giveAlike()
                guard goesOn else { return false }
            }
            guard let cut else {
                goesOn = try give(document)
                return goesOn
            }
            prefix = Array(entry.key.prefix(cut))
            key.removeAll(keepingCapacity: true)
            sort.encode(document, into: &key)
            try alike.add(key, byteCount: 0) { document }
            return true
        }
        if goesOn { _ = try giveAlike() }
    }
}
