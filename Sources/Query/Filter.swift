public import BSON

/// A condition on documents, in MongoDB's language: implicit equality, `$eq $ne $gt $gte $lt $lte $in $nin $exists`,
/// `$and $or $nor $not`, dotted paths that look into arrays.
public struct Filter: Sendable {
    enum Comparison: Sendable {
        case equal, greater, greaterOrEqual, less, lessOrEqual
    }

    indirect enum Node: Sendable {
        case all([Node])
        case any([Node])
        case not(Node)
        case compare(QueryPath, Comparison, Operand)
        case within(QueryPath, OperandList)
        case exists(QueryPath)
    }

    let root: Node

    init(root: Node) { self.root = root }

    /// The filter that every document fits.
    public static let everything = Filter(root: .all([]))

    public var isEverything: Bool {
        if case .all(let nodes) = root { nodes.isEmpty } else { false }
    }

    /// Both of two filters.
    func and(_ other: Filter) -> Filter {
        if isEverything { return other }
        return other.isEverything ? self : Filter(root: .all([root, other.root]))
    }

    /// Whether a document fits.
    public func matches(_ document: RawDocument) -> Bool { Self.matches(root, document) }

    private static func matches(_ node: Node, _ document: RawDocument) -> Bool {
        switch node {
        case .all(let nodes): nodes.allSatisfy { matches($0, document) }
        case .any(let nodes): nodes.contains { matches($0, document) }
        case .not(let node): !matches(node, document)
        case .compare(let path, let comparison, let operand):
            path.anyValue(in: document) { holds(comparison, $0, operand.raw) }
        case .within(let path, let list): path.anyValue(in: document) { list.contains($0) }
        case .exists(let path): path.anyValue(in: document) { $0 != nil }
        }
    }

    /// One value against the operand, within the operand's type bracket; a missing value is null.
    private static func holds(_ comparison: Comparison, _ candidate: RawValue?, _ operand: RawValue) -> Bool {
        let order: Int
        switch operand.type {
        case .minKey, .maxKey:
            // Either end of the order is compared with values of all types.
            order = Order.compare(candidate, operand)
        default:
            guard let candidate else { return operand.isNull && comparison != .greater && comparison != .less }
            guard TypeBracket.rank(candidate.tag) == TypeBracket.rank(operand.tag) else { return false }
            order = Order.compare(candidate, operand)
            // NaN is neither less nor greater than a number.
            if order != 0, Operand.isNaN(candidate) || Operand.isNaN(operand) { return false }
        }
        return switch comparison {
        case .equal: order == 0
        case .greater: order > 0
        case .greaterOrEqual: order >= 0
        case .less: order < 0
        case .lessOrEqual: order <= 0
        }
    }
}
