public import BSON
internal import Schema

/// A condition on documents, in MongoDB's language: comparisons, lists, types, arrays, regular expressions, `$expr`,
/// `$jsonSchema`, all of them joined by `$and $or $nor $not`, over dotted paths that look into arrays.
public struct Filter: Sendable {
    enum Comparison: Sendable {
        case equal, greater, greaterOrEqual, less, lessOrEqual
    }

    /// What a document is to fulfil.
    indirect enum Node: Sendable {
        case all([Node])
        case any([Node])
        case not(Node)
        case test(QueryPath, Test)
        /// True where the expression's value is; it sees no secret field.
        case expression(Expression, SecretFields)
        case schema(SchemaRule, SecretFields)
    }

    /// What a value is to fulfil.
    enum Test: Sendable {
        case compare(Comparison, Operand)
        case within(OperandList)
        case exists
        case type(TypeSet)
        case remainder(Int64, of: Int64)
        case pattern(Pattern)
        case size(Int)
        /// An element of an array that is a document fulfils it.
        case anyElement(Node)
        /// An element of an array fulfils all.
        case anyElementPasses([Check])

        /// It is about an array, not about its elements.
        var takesWholeArrays: Bool {
            switch self {
            case .size, .anyElement, .anyElementPasses: true
            default: false
            }
        }
    }

    /// What one element is to fulfil.
    indirect enum Check: Sendable {
        case passes(Test)
        case fails([Check])
    }

    let root: Node
    /// Tells filters apart; of the bytes they were read from.
    let digest: UInt64
    /// How many small steps it is to test a document.
    let steps: Int

    init(root: Node, digest: UInt64 = 0) {
        self.root = root
        self.digest = digest
        steps = root.steps
    }

    /// The filter that every document fits.
    public static let everything = Filter(root: .all([]))

    public var isEverything: Bool {
        if case .all(let nodes) = root { nodes.isEmpty } else { false }
    }

    /// Both of two filters.
    func and(_ other: Filter) -> Filter {
        if isEverything { return other }
        if other.isEverything { return self }
        return Filter(root: .all([root, other.root]), digest: digest &* 31 &+ other.digest)
    }

    /// Whether a document fits.
    ///
    /// - Throws: which limit of a regular expression stopped it.
    public func matches(_ document: RawDocument) throws(QueryError) -> Bool { try root.matches(document) }

    func matches(_ document: RawDocument, _ budget: QueryBudget) throws(QueryError) -> Bool {
        try root.matches(document, budget)
    }
}
