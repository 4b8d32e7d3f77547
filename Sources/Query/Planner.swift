internal import BSON
internal import Schema

/// Finds the ways to the documents of a query. Which is best, `PlanCosts` says, or their scores where nothing is known of
/// the collection: bound parts of an index count, equality above ranges, and an index that also gives the order above one
/// that does not.
struct Planner {
    /// How many stretches of an index one plan walks at most: lists of `$in` multiply.
    static let maxIntervals = 10_000

    let model: CollectionModel
    let fields: DeclaredFields
    let nodes: [Filter.Node]
    let constraints: [String: [Constraint]]
    /// How many constraints there are, where they are all there is to the filter.
    let exactCount: Int?
    let sort: [SortOrder.Part]

    init(_ model: CollectionModel, _ fields: DeclaredFields, _ filter: Filter, _ sort: SortOrder) {
        self.init(model, fields, [filter.root], sort.parts)
    }

    init(_ model: CollectionModel, _ fields: DeclaredFields, _ nodes: [Filter.Node], _ sort: [SortOrder.Part]) {
        self.model = model
        self.fields = fields
        self.nodes = nodes
        self.sort = sort
        let list = Constraint.List(nodes)
        constraints = Dictionary(grouping: list.constraints, by: \.path)
        exactCount = list.isWhole ? list.constraints.count : nil
    }

    /// All ways, the whole collection among them.
    ///
    /// `rank`: the better first; chooses for each branch of an `$or`.
    func plans(hint: PlanHint?, rank: ([Plan]) throws(QueryError) -> [Plan]) throws(QueryError) -> [Plan] {
        switch hint {
        case .collectionScan, .backwardScan:
            var plan = Plan.wholeCollection
            (plan.isSorted, plan.isBackward) = order([Part.id], points: [:])
            if hint == .backwardScan, !(plan.isSorted && plan.isBackward) {
                plan.isSorted = sort.isEmpty
                plan.isBackward = true
            }
            plan.isExact = exactCount == 0
            return [plan]
        case .index(let name): return [indexPlan(try ordinal(named: name))]
        case nil:
            if let plan = idPlan() { return [plan] }
            return [collectionPlan()] + indexPlans() + (try unionPlans(rank))
        }
    }

    private func ordinal(named name: String) throws(QueryError) -> Int {
        guard let ordinal = model.index(named: name), !fields.hasSecret(model.indexes[ordinal]) else {
            let names = model.indexes.filter { !fields.hasSecret($0) }.map(\.name)
            throw QueryError(
                .badHint, at: "hint", "\(model.name) has no index \(name)",
                mend: "use one of \(names.joined(separator: ", "))")
        }
        guard isComplete(model.indexes[ordinal]) else {
            throw QueryError(
                .badHint, at: "hint", "\(name) is sparse and may lack documents that the filter allows",
                mend: "ask for one of its fields to exist")
        }
        return ordinal
    }

    /// Whether every document that the filter allows has a key in the index.
    func isComplete(_ index: Index) -> Bool {
        !index.isSparse || index.parts.contains { constraints[$0.name]?.contains { $0.refusesMissing } ?? false }
    }

    // MARK: By `_id`

    private static let idForm = Constraint.PartForm(
        isDescending: false, limit: KeyEncoder.componentLimit, mayBeArray: false)

    /// What `_id` may be, and how many constraints say so.
    private var idBounds: (bounds: Bounds, count: Int)? {
        let bounds = (constraints["_id"] ?? []).compactMap { $0.bounds(Self.idForm) }
        guard var common = bounds.first else { return nil }
        for other in bounds.dropFirst() { common = common.intersection(other) }
        return (common, bounds.count)
    }

    func idPlan() -> Plan? {
        guard let (bounds, count) = idBounds, bounds.isPoints else { return nil }
        var plan = Plan(access: .ids(bounds.stretches.map(\.interval.lower)))
        plan.bounds = [bounds]
        plan.isExact = bounds.isExact && exactCount == count
        (plan.isSorted, plan.isBackward) = order([Part.id], points: ["_id": bounds.stretches.count])
        if bounds.stretches.count <= 1 { plan.isSorted = true }
        return plan
    }

    func collectionPlan() -> Plan {
        var plan = Plan.wholeCollection
        var score = 0
        plan.isExact = exactCount == 0
        if let (bounds, count) = idBounds, let first = bounds.stretches.first, let last = bounds.stretches.last {
            // One walk from the first to the last of them.
            plan.access = .collection(KeyInterval(lower: first.interval.lower, upper: last.interval.upper))
            plan.bounds = [bounds]
            plan.isExact = bounds.isExact && bounds.stretches.count == 1 && exactCount == count
            score = 5
        }
        (plan.isSorted, plan.isBackward) = order([Part.id], points: [:])
        plan.score = (score + (plan.isSorted && !sort.isEmpty ? 7 : 0)) * 16
        return plan
    }
}
