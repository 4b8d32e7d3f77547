internal import BSON
internal import Schema

/// Chooses how to find the documents of a query. It knows no statistics: bound parts of an index count, equality above
/// ranges, and an index that also gives the order above one that does not.
struct Planner {
    /// How many stretches of an index one plan walks at most: lists of `$in` multiply.
    static let maxIntervals = 10_000

    private let model: CollectionModel
    private let fields: DeclaredFields
    private let constraints: [String: [Constraint]]
    private let sort: [SortOrder.Part]

    init(_ model: CollectionModel, _ fields: DeclaredFields, _ filter: Filter, _ sort: SortOrder) {
        self.model = model
        self.fields = fields
        constraints = Dictionary(grouping: Constraint.all(of: filter.root)) { $0.path.name }
        self.sort = sort.parts
    }

    func plan(hint: PlanHint?) throws(QueryError) -> Plan {
        switch hint {
        case .collectionScan:
            var plan = Plan.wholeCollection
            (plan.isSorted, plan.isBackward) = order([Part.id], points: [:])
            return plan
        case .index(let name):
            guard let ordinal = model.index(named: name) else {
                throw QueryError(
                    .badHint, at: "hint", "\(model.name) has no index \(name)",
                    mend: "use one of \(model.indexes.map(\.name).joined(separator: ", "))")
            }
            guard isComplete(model.indexes[ordinal]) else {
                throw QueryError(
                    .badHint, at: "hint", "\(name) is sparse and may lack documents that the filter allows",
                    mend: "ask for one of its fields to exist")
            }
            return indexPlan(ordinal)
        case nil:
            if let plan = idPlan() { return plan }
            var best = Plan.wholeCollection
            for candidate in [collectionPlan()] + indexPlans() where candidate.score > best.score { best = candidate }
            return best
        }
    }

    // MARK: By `_id`

    private func idPlan() -> Plan? {
        guard let operands = constraints["_id"]?.lazy.compactMap(\.points).first else { return nil }
        var plan = Plan(access: .ids(Self.keys(operands) { key, operand in KeyEncoder.encode(operand, into: &key) }))
        (plan.isSorted, plan.isBackward) = order([Part.id], points: ["_id": operands.count])
        if operands.count <= 1 { plan.isSorted = true }
        return plan
    }

    private func collectionPlan() -> Plan {
        var interval = KeyInterval.everything
        var score = 0
        for constraint in constraints["_id"] ?? [] {
            guard let side = constraint.side else { continue }
            interval = interval.intersection(
                KeyInterval.side(
                    side.comparison, side.operand.raw, descending: false, limit: KeyEncoder.componentLimit))
            score = 5
        }
        var plan = Plan(access: .collection(interval))
        (plan.isSorted, plan.isBackward) = order([Part.id], points: [:])
        plan.score = (score + (plan.isSorted && !sort.isEmpty ? 7 : 0)) * 16
        return plan
    }

    private static func keys(_ operands: [Operand], _ encode: (inout [UInt8], RawValue) -> Void) -> [[UInt8]] {
        var keys = operands.map { operand in
            var key: [UInt8] = []
            encode(&key, operand.raw)
            return key
        }
        keys.sort { $0.lexicographicallyPrecedes($1) }
        return keys.enumerated().filter { $0.offset == 0 || keys[$0.offset - 1] != $0.element }.map(\.element)
    }

    // MARK: By index

    private func indexPlans() -> [Plan] {
        model.indexes.indices.compactMap { ordinal in
            guard isComplete(model.indexes[ordinal]) else { return nil }
            let plan = indexPlan(ordinal)
            return plan.score > 0 ? plan : nil
        }
    }

    /// Whether every document that the filter allows has a key in the index.
    private func isComplete(_ index: Index) -> Bool {
        !index.isSparse || index.parts.contains { constraints[$0.name]?.contains { $0.refusesMissing } ?? false }
    }

    private func indexPlan(_ ordinal: Int) -> Plan {
        let index = model.indexes[ordinal]
        var prefixes: [[UInt8]] = [[]]
        var range: KeyInterval?
        var points: [String: Int] = [:]
        var score = 0
        var boundArrays: Set<String> = []
        var mayRepeat = false
        for (place, part) in index.parts.enumerated() {
            let arrays = fields.arrayPrefixes(part.name)
            // Another element of the same array may fulfil what is asked of this part.
            let canBind = range == nil && place == points.count && boundArrays.isDisjoint(with: arrays)
            let keys = canBind ? pointKeys(part.name, index, place, prefixes.count) : nil
            if let keys {
                prefixes = prefixes.flatMap { prefix in keys.map { prefix + $0 } }
                points[part.name] = keys.count
                score += keys.count == 1 ? 10 : 8
                boundArrays.formUnion(arrays)
            } else if canBind, let found = self.range(part.name, index, place, isArray: !arrays.isEmpty) {
                range = found
                score += 5
                boundArrays.formUnion(arrays)
            }
            if !arrays.isEmpty, keys?.count != 1 { mayRepeat = true }
        }
        if index.isUnique, points.count == index.parts.count { score += 20 }
        let intervals = prefixes.map { prefix in
            range.map { $0.prefixed(by: prefix) } ?? KeyInterval.starting(with: prefix)
        }
        var plan = Plan(access: .index(ordinal, intervals.filter { !$0.isEmpty }))
        plan.mayRepeat = mayRepeat
        plan.constantParts = index.parts.prefix { points[$0.name] == 1 }.count
        let parts = index.parts.map { part in
            Part(
                name: part.name, isDescending: part.isDescending,
                mayBeArray: !fields.arrayPrefixes(part.name).isEmpty)
        }
        (plan.isSorted, plan.isBackward) = order(parts + [Part.id], points: points)
        if plan.isSorted, !sort.isEmpty { score += 6 }
        // Of two that bind as much, the one with less behind it.
        plan.score = score == 0 ? 0 : score * 16 - index.parts.count
        return plan
    }

    private func pointKeys(_ name: String, _ index: Index, _ place: Int, _ prefixCount: Int) -> [[UInt8]]? {
        guard let lists = constraints[name]?.compactMap(\.points), !lists.isEmpty else { return nil }
        guard let operands = lists.min(by: { $0.count < $1.count }), operands.count * prefixCount <= Self.maxIntervals
        else { return nil }
        return Self.keys(operands) { key, operand in index.pattern.encode(operand, part: place, into: &key) }
    }

    private func range(_ name: String, _ index: Index, _ place: Int, isArray: Bool) -> KeyInterval? {
        var range: KeyInterval?
        for constraint in constraints[name] ?? [] {
            guard let side = constraint.side else { continue }
            let interval = KeyInterval.side(
                side.comparison, side.operand.raw, descending: index.parts[place].isDescending,
                limit: index.pattern.componentLimit)
            range = range?.intersection(interval) ?? interval
            // Of an array one element may fulfil one side and another the other.
            if isArray { break }
        }
        return range
    }

    // MARK: Order

    private struct Part {
        let name: String
        let isDescending: Bool
        let mayBeArray: Bool

        /// What every key ends in.
        static let id = Part(name: "_id", isDescending: false, mayBeArray: false)
    }

    /// Whether keys of these parts come in the order that is asked for, and in which direction.
    private func order(_ parts: [Part], points: [String: Int]) -> (isSorted: Bool, isBackward: Bool) {
        var isBackward: Bool?
        var wanted = sort[...]
        func dropConstants() {
            while let first = wanted.first, points[first.path.name] == 1, isPlain(first.path.name) {
                wanted.removeFirst()
            }
        }
        dropConstants()
        for part in parts {
            guard let next = wanted.first else { break }
            if next.path.name == part.name {
                let backward = next.isDescending != part.isDescending
                if part.mayBeArray || (isBackward ?? backward) != backward { return (false, false) }
                isBackward = backward
                wanted.removeFirst()
                dropConstants()
            } else if points[part.name] != 1 {
                return (false, false)
            }
        }
        return wanted.isEmpty ? (true, isBackward ?? false) : (false, false)
    }

    private func isPlain(_ name: String) -> Bool { fields.arrayPrefixes(name).isEmpty }
}
