internal import BSON

/// What a filter demands of one path, wherever else it leads: what an index can help with.
struct Constraint {
    enum Demand {
        case compare(Filter.Comparison, Operand)
        case within(OperandList)
        case exists
    }

    let path: QueryPath
    let demand: Demand

    /// Those that every matching document fulfils.
    static func all(of node: Filter.Node) -> [Constraint] {
        switch node {
        case .all(let nodes): nodes.flatMap { all(of: $0) }
        case .compare(let path, let comparison, let operand):
            [Constraint(path: path, demand: .compare(comparison, operand))]
        case .within(let path, let list): [Constraint(path: path, demand: .within(list))]
        case .exists(let path): [Constraint(path: path, demand: .exists)]
        case .any(let nodes): nodes.count == 1 ? all(of: nodes[0]) : []
        case .not: []
        }
    }

    /// The values it allows, where they can be listed as keys.
    var points: [Operand]? {
        switch demand {
        case .compare(.equal, let operand): Self.hasKey(operand) ? [operand] : nil
        case .within(let list): list.operands.allSatisfy(Self.hasKey) ? list.operands : nil
        case .compare, .exists: nil
        }
    }

    /// The side of a range it demands.
    var side: (comparison: Filter.Comparison, operand: Operand)? {
        guard case .compare(let comparison, let operand) = demand, comparison != .equal, Self.hasKey(operand) else {
            return nil
        }
        switch operand.raw.type {
        case .minKey, .maxKey: return nil
        default: return (comparison, operand)
        }
    }

    /// Whether a document without the field cannot fulfil it: what a sparse index leaves out.
    var refusesMissing: Bool {
        switch demand {
        case .exists: true
        case .within(let list): !list.operands.contains { Self.fitsMissing($0) }
        case .compare(_, let operand): !Self.fitsMissing(operand)
        }
    }

    private static func fitsMissing(_ operand: Operand) -> Bool {
        switch operand.raw.type {
        case .null, .minKey, .maxKey: true
        default: false
        }
    }

    /// An index has the elements of an array in its place, and undefined for an empty one.
    private static func hasKey(_ operand: Operand) -> Bool {
        operand.raw.type != .array && operand.raw.type != .undefined
    }
}
