internal import BSON
internal import Schema
internal import Views

/// A `$group` that only counts, by an expression over the first field of an index: keys are counted, run by run, and what a
/// run comes to is computed once.
///
/// Performance: O(n) keys compared, O(groups) expressions computed; of `$dateTrunc`, O(n / 256 + groups).
struct GroupedKeys {
    let find: Find
    let plan: Plan
    private let ordinal: Int
    private let group: Group
    private let coverage: Coverage
    /// Whether the expression of two dates tells that of all between.
    private let isMonotone: Bool
    /// Whether the groups are told apart by the field itself: then a run is a group.
    private let isField: Bool

    /// - Returns: nil where no index holds what the groups are told apart by.
    init?(_ find: Find, _ group: Group, _ reads: Set<String>, _ snapshot: borrowing ViewSnapshot) throws(QueryError) {
        guard find.filter.isEverything, find.sort.isEmpty, find.hint == nil, find.skip == 0, find.limit == nil,
            reads.count == 1, let path = reads.first, path != "_id"
        else { return nil }
        var narrow = find
        narrow.projection = try Projection([path: 1, "_id": 0], model: find.model)
        let fitting = find.model.indexes.indices
            .filter { find.model.indexes[$0].parts.first?.name == path && !find.model.indexes[$0].isSparse }
            .sorted { find.model.indexes[$0].parts.count < find.model.indexes[$1].parts.count }
        for ordinal in fitting {
            narrow.hint = .index(find.model.indexes[ordinal].name)
            let plan = try narrow.plan(snapshot)
            guard let coverage = plan.coverage, plan.ordinal == ordinal else { continue }
            self.find = narrow
            self.plan = plan
            self.ordinal = ordinal
            self.group = group
            self.coverage = coverage
            if case .field = group.id { isField = true } else { isField = false }
            isMonotone = find.model.indexes[ordinal].parts.count == 1 && group.id.isMonotoneOverDates
            return
        }
        return nil
    }

    /// The groups' documents, in the order in which the index has them.
    func run(
        _ snapshot: borrowing ViewSnapshot, _ scope: Scope, _ budget: QueryBudget, _ give: Give
    ) throws(QueryError) {
        let groups = CountedGroups(group, scope, budget)
        let pattern = find.model.indexes[ordinal].pattern
        var run = Run()
        var dates = DateRuns(coverage, descending: pattern.parts[0].descending)
        _ = try snapshot.forEachEntry(find.model, ordinal, in: .everything, backward: false) {
            key, documentKey, document throws(QueryError) in
            try budget.examineKey()
            if isMonotone, dates.takes(key) {
                if dates.isFull { try dates.count(in: groups) }
                return true
            }
            if run.goes(on: key) { return true }
            try run.end(in: groups)
            if let (component, start) = start(key, documentKey, pattern) {
                run.begin(component, start)
            } else if let document = try document() {
                // What is null or was cut only the document tells.
                try budget.examineDocument()
                groups.count(try groups.place(document), 1)
            }
            return true
        }
        try dates.count(in: groups)
        try run.end(in: groups)
        try groups.finish(give)
    }

    /// What a run that begins with this key is of; nil where the key does not tell.
    private func start(
        _ key: UnsafeRawBufferPointer, _ documentKey: UnsafeRawBufferPointer, _ pattern: IndexPattern
    ) -> (component: UnsafeRawBufferPointer, Run.Start)? {
        var rest = key
        let decoded = KeyEncoder.decode(&rest, descending: pattern.parts[0].descending, limit: pattern.componentLimit)
        guard case .value(let value) = decoded, value != .null, value != .undefined else { return nil }
        let component = UnsafeRawBufferPointer(rebasing: key[..<(key.count - rest.count)])
        if isField { return (component, .value(value)) }
        return coverage.document(key, documentKey).map { (component, .document($0)) }
    }

    /// Keys one after the other whose first component is the same.
    private struct Run {
        enum Start {
            case value(Value)
            case document(Document)
        }

        private var first: [UInt8] = []
        private var start = Start.value(.null)
        private var count = 0

        mutating func goes(on key: UnsafeRawBufferPointer) -> Bool {
            guard count > 0, key.count >= first.count,
                compareBytes(UnsafeRawBufferPointer(rebasing: key[..<first.count]), first) == 0
            else { return false }
            count += 1
            return true
        }

        mutating func begin(_ component: UnsafeRawBufferPointer, _ start: Start) {
            first.removeAll(keepingCapacity: true)
            first.append(contentsOf: component)
            self.start = start
            count = 1
        }

        mutating func end(in groups: CountedGroups) throws(QueryError) {
            guard count > 0 else { return }
            switch start {
            // No other run has this value, and no document that was asked: those are null, or too long.
            case .value(let value): try groups.add(value, count)
            case .document(let document): groups.count(try groups.place(document), count)
            }
            count = 0
        }
    }
}

/// Keys of dates, in their order: where the first and the last of some come to the same, so do all between.
private struct DateRuns {
    private let coverage: Coverage
    private let lead: UInt8
    private var bytes: [UInt8] = []
    private static let keyBytes = 7
    private static let most = 256

    init(_ coverage: Coverage, descending: Bool) {
        self.coverage = coverage
        var key: [UInt8] = []
        Value.dateTime(DateTime(milliseconds: 0)).withRaw { time in
            _ = KeyEncoder.encode(time, descending: descending, into: &key)
        }
        lead = key[0]
        bytes.reserveCapacity(Self.keyBytes * Self.most)
    }

    var isFull: Bool { bytes.count >= Self.keyBytes * Self.most }

    /// Keeps a key; false where it is no usual date.
    mutating func takes(_ key: UnsafeRawBufferPointer) -> Bool {
        guard key.count == Self.keyBytes, key[0] == lead else { return false }
        bytes.append(contentsOf: key)
        return true
    }

    mutating func count(in groups: CountedGroups) throws(QueryError) {
        defer { bytes.removeAll(keepingCapacity: true) }
        let count = bytes.count / Self.keyBytes
        guard count > 0 else { return }
        let (first, last) = (try place(0, groups), try place(count - 1, groups))
        try split(0, first, count - 1, last, groups)
    }

    /// Counts `from` to `to`, both included, whose groups are known.
    private func split(_ from: Int, _ first: Int, _ to: Int, _ last: Int, _ groups: CountedGroups) throws(QueryError) {
        if first == last { return groups.count(first, to - from + 1) }
        if to - from == 1 {
            groups.count(first, 1)
            return groups.count(last, 1)
        }
        let middle = (from + to) / 2
        let between = try place(middle, groups)
        try split(from, first, middle, between, groups)
        // The middle one is counted by now.
        groups.count(between, -1)
        try split(middle, between, to, last, groups)
    }

    private func place(_ index: Int, _ groups: CountedGroups) throws(QueryError) -> Int {
        try bytes.withRawBytes { (bytes) throws(QueryError) in
            let key = UnsafeRawBufferPointer(rebasing: bytes[(index * Self.keyBytes)..<((index + 1) * Self.keyBytes)])
            let empty = UnsafeRawBufferPointer(rebasing: bytes[..<0])
            // A date is neither null nor cut.
            guard let made = coverage.document(key, empty) else { return try groups.place(.init()) }
            return try groups.place(made)
        }
    }
}

/// The groups of one run, by how many documents each has.
private final class CountedGroups {
    private let group: Group
    private let scope: Scope
    private let budget: QueryBudget
    /// Encoded id → place.
    private var places: [[UInt8]: Int] = [:]
    private var ids: [Value] = []
    private var counts: [Int64] = []
    private var key: [UInt8] = []

    init(_ group: Group, _ scope: Scope, _ budget: QueryBudget) {
        self.group = group
        self.scope = scope
        self.budget = budget
    }

    /// A group that nothing else comes to.
    func add(_ id: Value, _ count: Int) throws(QueryError) {
        ids.append(id)
        counts.append(Int64(count))
        try budget.hold(id.bsonByteCount + 48, for: "a $group")
    }

    func count(_ place: Int, _ more: Int) { counts[place] += Int64(more) }

    func place(_ document: Document) throws(QueryError) -> Int {
        try document.withRaw { (raw) throws(QueryError) in try place(raw) }
    }

    func place(_ document: RawDocument) throws(QueryError) -> Int {
        let id = try group.id.evaluate(document, scope)
        key.removeAll(keepingCapacity: true)
        // Equal values of different number types are one group.
        id.withRaw { value in _ = KeyEncoder.encode(value, limit: .max, into: &key) }
        if let known = places[key] { return known }
        places[key] = ids.count
        ids.append(id.value ?? .null)
        counts.append(0)
        try budget.hold(2 * key.count + 104, for: "a $group")
        key = []
        return ids.count - 1
    }

    func finish(_ give: Give) throws(QueryError) {
        for place in ids.indices {
            try budget.tick()
            var writer = DocumentWriter()
            writer.append("_id", ids[place])
            for accumulator in group.accumulators {
                writer.append(accumulator.name, accumulator.total(of: counts[place]))
            }
            guard try writer.finishDocument().withRaw({ (raw) throws(QueryError) in try give(raw) }) else { return }
        }
    }
}

extension Expression {
    /// `$dateTrunc` of a field, in UTC: a later date comes to no earlier one. Elsewhere clocks go back.
    fileprivate var isMonotoneOverDates: Bool {
        guard case .call(let function, let arguments, _) = self, function.name == "$dateTrunc",
            case .named(let names, _, _) = function.body, names.count == arguments.count
        else { return false }
        return zip(names, arguments).allSatisfy { name, argument in
            switch (name, argument) {
            case ("date", .field?): true
            case ("date", _), ("timezone", _?): false
            case (_, nil), (_, .constant?): true
            default: false
            }
        }
    }
}
