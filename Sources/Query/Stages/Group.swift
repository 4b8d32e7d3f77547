internal import BSON
internal import Views

/// The `$group` of a pipeline: what tells groups apart, and what is computed of each.
struct Group: Sendable {
    let id: Expression
    let accumulators: [Accumulator]
}

/// The groups of one run. Documents stream through; only the groups are held.
///
/// Performance: O(1) per document; memory in proportion to the number of groups.
final class GroupStep: Step {
    private let group: Group
    private let scope: Scope
    private let budget: QueryBudget
    /// Encoded id → place.
    private var places: [[UInt8]: Int] = [:]
    private var ids: [Value] = []
    /// The accumulators of all groups, one group after the other.
    private var states: [Accumulator.State] = []
    private var key: [UInt8] = []

    init(_ group: Group, _ scope: Scope, _ budget: QueryBudget) {
        self.group = group
        self.scope = scope
        self.budget = budget
    }

    func take(_ document: RawDocument, _ snapshot: borrowing ViewSnapshot, _ give: Give) throws(QueryError) -> Bool {
        let id = try group.id.evaluate(document, scope)
        key.removeAll(keepingCapacity: true)
        // Equal values of different number types are one group.
        id.withRaw { value in _ = KeyEncoder.encode(value, limit: .max, into: &key) }
        let width = group.accumulators.count
        let place: Int
        if let known = places[key] {
            place = known
        } else {
            place = ids.count
            places[key] = place
            ids.append(id.value ?? .null)
            for accumulator in group.accumulators { states.append(accumulator.start) }
            try budget.hold(2 * key.count + 96 + width * MemoryLayout<Accumulator.State>.stride, for: "a $group")
            key = []
        }
        for (offset, accumulator) in group.accumulators.enumerated() {
            let grown = try accumulator.add(document, scope, to: &states[place * width + offset])
            if grown != 0 { try budget.hold(grown, for: "a $group") }
        }
        return true
    }

    /// A document per group, in the order in which the groups came up.
    func finish(_ snapshot: borrowing ViewSnapshot, _ give: Give) throws(QueryError) {
        let width = group.accumulators.count
        for place in ids.indices {
            try budget.tick()
            var writer = DocumentWriter()
            writer.append("_id", ids[place])
            for (offset, accumulator) in group.accumulators.enumerated() {
                writer.append(accumulator.name, accumulator.result(states[place * width + offset]))
            }
            guard try writer.finishDocument().withRaw({ (raw) throws(QueryError) in try give(raw) }) else { return }
        }
    }
}
