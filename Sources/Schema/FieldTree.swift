import BSON
internal import Glibc

/// The fields of a list as the tree that a document is, with dotted names resolved once.
struct FieldTree: Sendable {
    /// A name in a document. A class, so that walking the tree copies no descriptors.
    final class Node: Sendable {
        let name: [UInt8]
        /// Dotted, from the root, for refusals.
        let fullName: String
        let bloom: UInt64
        /// `nil` for a group.
        let leaf: Leaf?
        let children: [Node]

        init(name: String, prefix: String, leaf: Leaf?, children: [Node]) {
            self.name = Array(name.utf8)
            fullName = prefix + name
            bloom = self.name.withUnsafeBytes { nameBloom($0) }
            self.leaf = leaf
            self.children = children
        }

        /// Whether refusals show no value of it: it is personal or a secret, or something below it is.
        var isWithheld: Bool { leaf?.isWithheld ?? children.contains { $0.isWithheld } }
    }

    /// A declared field with what casting and copying it need.
    final class Leaf: Sendable {
        /// What an array holds, or what a member is.
        enum Shape { case scalar, array(Leaf), object(FieldTree) }
        /// Who writes it, without the names of events.
        enum Writer { case caller, projector, timestamp }

        let field: FieldDescriptor
        let shape: Shape
        let writer: Writer
        let allowed: [[UInt8]]
        /// Text that is checked where it lies and copied as it is.
        let isCopied: Bool

        init(_ field: FieldDescriptor) {
            self.field = field
            switch field.kind {
            case .array(let element): shape = .array(Leaf(element))
            case .object(let members): shape = .object(FieldTree(members))
            default: shape = .scalar
            }
            switch field.maintenance {
            case .timestamp: writer = .timestamp
            case .derived: writer = .projector
            case .caller, .through: writer = .caller
            }
            allowed = field.allowed.map { Array($0.utf8) }
            isCopied = !field.isLowercased && !field.isTrimmed && !field.privacy.isSecret
        }

        var isWithheld: Bool {
            if field.privacy != .open { return true }
            return switch shape {
            case .scalar: false
            case .array(let element): element.isWithheld
            case .object(let members): members.isWithheld
            }
        }
    }

    let nodes: [Node]

    init(_ fields: [FieldDescriptor]) {
        nodes = Self.group(fields.map { (Array($0.name.split(separator: ".").map(String.init)), $0) }, depth: 0, "")
    }

    private static func group(_ fields: [([String], FieldDescriptor)], depth: Int, _ prefix: String) -> [Node] {
        var order: [String] = []
        var members: [String: [([String], FieldDescriptor)]] = [:]
        for field in fields {
            let name = field.0[depth]
            if members[name] == nil { order.append(name) }
            members[name, default: []].append(field)
        }
        return order.map { name in
            let group = members[name] ?? []
            let leaf = group.first { $0.0.count == depth + 1 }?.1
            return Node(
                name: name, prefix: prefix, leaf: leaf.map { Leaf($0) },
                children: leaf == nil ? Self.group(group, depth: depth + 1, prefix + name + ".") : [])
        }
    }

    /// Whether a secret may stand in here.
    var isWithheld: Bool { nodes.contains { $0.isWithheld } }

    func node(named name: UnsafeRawBufferPointer) -> Node? { nodes.first { matches($0.name, name) } }

    /// The node at a path of names.
    func node(_ path: some Sequence<Substring>) -> Node? {
        var level = nodes
        var found: Node?
        for part in path {
            guard let node = level.first(where: { $0.name.elementsEqual(part.utf8) }) else { return nil }
            found = node
            level = node.children
        }
        return found
    }
}

extension Privacy {
    /// Hashed before the log.
    public var isSecret: Bool { self == .password || self == .token }
}

/// One bit for a name: lets most absent fields be known absent after one pass over a document.
@inline(__always)
func nameBloom(_ name: UnsafeRawBufferPointer) -> UInt64 {
    guard let first = name.first, let last = name.last else { return 1 }
    return 1 &<< UInt64((Int(first) &* 7 &+ Int(last) &* 3 &+ name.count &* 11) & 63)
}

@inline(__always)
func matches(_ a: [UInt8], _ b: UnsafeRawBufferPointer) -> Bool {
    guard a.count == b.count, let base = b.baseAddress else { return a.count == b.count }
    return a.withUnsafeBytes { memcmp($0.baseAddress ?? base, base, b.count) == 0 }
}

/// Looks fields up in the order in which documents mostly have them.
struct OrderedLookup {
    private let document: RawDocument
    private var elements: RawDocument.Elements
    private var pending: RawDocument.Element?
    private var names: UInt64 = 0

    init(_ document: RawDocument) {
        self.document = document
        elements = document.elements
        document.forEach { name, _ in names |= nameBloom(name) }
        pending = elements.next()
    }

    mutating func value(_ node: FieldTree.Node) -> RawValue? {
        if let element = pending, matches(node.name, element.name) {
            pending = elements.next()
            return element.value
        }
        guard names & node.bloom != 0 else { return nil }
        return node.name.withUnsafeBytes { document.value(named: $0) }
    }
}
