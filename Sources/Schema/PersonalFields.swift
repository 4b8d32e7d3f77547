public import BSON

/// The declared fields of an event's payload or of a collection as a tree, for finding what is about a person.
public struct PersonalFields: Sendable {
    /// A name in a document. A class, so that walking the tree copies nothing.
    final class Node: Sendable {
        let name: [UInt8]
        let isPersonal: Bool
        /// Of a unique index: what erasure leaves must differ from document to document.
        let isUnique: Bool
        let children: [Node]
        /// Whether this node or one below is personal.
        let hasPersonal: Bool

        init(name: [UInt8], isPersonal: Bool, isUnique: Bool, children: [Node]) {
            self.name = name
            self.isPersonal = isPersonal
            self.isUnique = isUnique
            self.children = children
            hasPersonal = isPersonal || children.contains { $0.hasPersonal }
        }
    }

    let roots: [Node]
    /// Whether nothing declared is personal.
    public let isEmpty: Bool

    public init(_ fields: [FieldDescriptor], unique: Set<String> = []) {
        roots = Self.nodes(fields.map { ($0.name.split(separator: ".")[...], $0) }, unique)
        isEmpty = !roots.contains { $0.hasPersonal }
    }

    private static func nodes(
        _ fields: [(path: ArraySlice<Substring>, field: FieldDescriptor)], _ unique: Set<String>
    ) -> [Node] {
        var order: [Substring] = []
        var groups: [Substring: [(path: ArraySlice<Substring>, field: FieldDescriptor)]] = [:]
        for (path, field) in fields {
            guard let name = path.first else { continue }
            if groups[name] == nil { order.append(name) }
            groups[name, default: []].append((path.dropFirst(), field))
        }
        return order.map { name in
            let group = groups[name] ?? []
            guard let field = group.first(where: { $0.path.isEmpty })?.field else {
                return Node(
                    name: Array(name.utf8), isPersonal: false, isUnique: false, children: nodes(group, unique))
            }
            return Node(
                name: Array(name.utf8), isPersonal: field.privacy == .personal,
                isUnique: unique.contains(field.name), children: members(of: field.kind))
        }
    }

    /// What is declared of an array's elements, or of a sub-document.
    private static func members(of kind: FieldKind) -> [Node] {
        switch kind {
        case .array(let element): members(of: element.kind)
        case .object(let fields): nodes(fields.map { ($0.name.split(separator: ".")[...], $0) }, [])
        default: []
        }
    }

    /// The dotted names of what is personal.
    package var paths: [String] { Self.paths(roots, below: "") }

    private static func paths(_ level: [Node], below prefix: String) -> [String] {
        level.flatMap { node -> [String] in
            let path = prefix + String(decoding: node.name, as: UTF8.self)
            return node.isPersonal ? [path] : paths(node.children, below: path + ".")
        }
    }

    static func node(_ name: UnsafeRawBufferPointer, in level: [Node]) -> Node? {
        level.first { matches($0.name, name) }
    }

    func node(dotted path: String) -> Node? {
        var path = path
        return path.withUTF8 { node(dotted: UnsafeRawBufferPointer($0)) }
    }

    /// What the dotted path of a patch leads to: the first personal node on the way, or the last; `nil` where the way
    /// leaves what is declared. Places in arrays are passed over.
    func node(dotted path: UnsafeRawBufferPointer) -> Node? {
        var level = roots
        var found: Node?
        var start = 0
        while start < path.count {
            var end = start
            while end < path.count, path[end] != UInt8(ascii: ".") { end += 1 }
            let name = UnsafeRawBufferPointer(rebasing: path[start..<end])
            start = end + 1
            if found != nil, !name.isEmpty, name.allSatisfy({ (0x30...0x39).contains($0) }) { continue }
            guard let node = Self.node(name, in: level) else { return nil }
            if node.isPersonal { return node }
            found = node
            level = node.children
        }
        return found
    }
}

/// What erasure leaves in place of a value.
public enum Erased {
    static let text = "[erased]"

    /// Whether the text is what erasure leaves of one.
    public static func isText(_ text: String) -> Bool { text.hasPrefix("[erased") && text.hasSuffix("]") }

    /// Of a unique field: 16 hex digits tell one from another. They are of the key that sealed it, so they name nobody.
    static func text(unique keyID: UnsafeRawBufferPointer) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var text = Array("[erased ".utf8)
        for byte in keyID.suffix(8) { text += [digits[Int(byte >> 4)], digits[Int(byte & 15)]] }
        return String(decoding: text, as: UTF8.self) + "]"
    }
}

/// What becomes of one value when its person is erased.
enum Remains: UInt8 {
    case null = 0
    case text = 1
    case uniqueText = 2

    /// `nil`: the value says nothing of anyone and stays, sealed or not.
    init?(of value: BSON.RawValue, isUnique: Bool) {
        switch value.type {
        case .null, .undefined: return nil
        case .string:
            guard value.utf8?.isEmpty == false else { return nil }
            self = isUnique ? .uniqueText : .text
        case .document, .array:
            guard RawDocument(value.base).isEmpty == false else { return nil }
            self = .null
        default: self = .null
        }
    }

    func append(_ name: UnsafeRawBufferPointer, _ keyID: UnsafeRawBufferPointer, to writer: inout DocumentWriter) {
        switch self {
        case .null: writer.appendNull(name)
        case .text: writer.append(name, Erased.text)
        case .uniqueText: writer.append(name, Erased.text(unique: keyID))
        }
    }
}

extension PersonalFields {
    /// A document of the collection without what it says of its person; `nil` where it says nothing.
    ///
    /// `keyID`: of the key that sealed it. The same bytes come of a replay whose key is gone.
    public func erased(_ document: RawDocument, keyID: UnsafeRawBufferPointer) -> Document? {
        var writer = DocumentWriter(reserving: document.byteCount)
        var isChanged = false
        erase(document, roots, keyID, &writer, &isChanged)
        return isChanged ? writer.finishDocument() : nil
    }

    private func erase(
        _ document: RawDocument, _ level: [Node], _ keyID: UnsafeRawBufferPointer, _ writer: inout DocumentWriter,
        _ isChanged: inout Bool
    ) {
        var elements = document.elements
        while let element = elements.next() {
            let (name, value) = (element.name, element.value)
            guard let node = Self.node(name, in: level), node.hasPersonal else {
                writer.append(name, value)
                continue
            }
            if node.isPersonal {
                if let remains = Remains(of: value, isUnique: node.isUnique) {
                    isChanged = true
                    remains.append(name, keyID, to: &writer)
                } else {
                    writer.append(name, value)
                }
                continue
            }
            eraseInside(name, value, node.children, keyID, &writer, &isChanged)
        }
    }

    private func eraseInside(
        _ name: UnsafeRawBufferPointer, _ value: RawValue, _ level: [Node], _ keyID: UnsafeRawBufferPointer,
        _ writer: inout DocumentWriter, _ isChanged: inout Bool
    ) {
        switch value.type {
        case .document:
            writer.beginDocument(name)
            erase(RawDocument(value.base), level, keyID, &writer, &isChanged)
            writer.end()
        case .array:
            writer.beginArray(name)
            var elements = RawDocument(value.base).elements
            while let element = elements.next() {
                eraseInside(element.name, element.value, level, keyID, &writer, &isChanged)
            }
            writer.end()
        default: writer.append(name, value)
        }
    }
}
