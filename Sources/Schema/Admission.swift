public import BSON
import Crypto

/// Hashes secrets before they reach the log; the store injects it.
public struct SecretHashing: Sendable {
    /// A salted slow hash of a password or backup code (scrypt).
    public var password: @Sendable (String) -> String
    /// A keyed hash of a token: it can be found, not read.
    public var token: @Sendable (String) -> String

    public init(password: @escaping @Sendable (String) -> String, token: @escaping @Sendable (String) -> String) {
        self.password = password
        self.token = token
    }
}

/// Makes the ids that callers left out.
public struct IDSource: Sendable {
    public var objectID: @Sendable (DateTime) -> ObjectID
    /// Hex digits, as many as asked for.
    public var hex: @Sendable (Int) -> String

    public init(objectID: @escaping @Sendable (DateTime) -> ObjectID, hex: @escaping @Sendable (Int) -> String) {
        self.objectID = objectID
        self.hex = hex
    }
}

/// Turns a request's data into what the record keeps: declared fields cast as mongoose casts, checked, in their order,
/// defaults and ids filled in, secrets hashed; then the fields that no one declares, as they came. Runs before the
/// queue, on any thread; reads no view.
public struct Admission {
    let event: Event
    let tree: FieldTree
    let target: CollectionModel?
    let time: DateTime
    let source: String
    let id: String
    let secrets: SecretHashing
    let ids: IDSource
    var problems: [Refusal] = []

    init(
        _ event: Event, tree: FieldTree, target: CollectionModel?, time: DateTime, source: String, id: String,
        secrets: SecretHashing, ids: IDSource
    ) {
        self.event = event
        self.tree = tree
        self.target = target
        self.time = time
        self.source = source
        self.id = id
        self.secrets = secrets
        self.ids = ids
    }

    mutating func admit(_ data: RawDocument) throws(Refusals) -> Document {
        var writer = DocumentWriter(reserving: data.byteCount + 256)
        fill(tree.nodes, data, root: data, &writer, path: "")
        if event.shape == .patch { admitPatch(data, &writer) }
        guard problems.isEmpty else { throw Refusals(eventType: event.name.description, problems) }
        return Document(bytes: writer.finish())
    }

    mutating func refuse(_ rule: Refusal.Rule, _ field: String, _ value: RawValue? = nil, _ message: String) {
        problems.append(Refusal(rule, field, value: value.map(\.plainText), message))
    }

    // MARK: One level of a document

    private mutating func fill(
        _ nodes: [FieldTree.Node], _ data: RawDocument, root: RawDocument, _ writer: inout DocumentWriter, path: String
    ) {
        var lookup = OrderedLookup(data)
        var taken: UInt64 = 0
        for node in nodes {
            taken |= node.bloom
            let value = lookup.value(node)
            node.name.withUnsafeBytes { name in
                if let leaf = node.leaf {
                    admit(value, leaf, name, node.fullName, root, &writer)
                } else {
                    admitGroup(value, node, name, root, &writer)
                }
            }
        }
        let isPatch = event.shape == .patch && path.isEmpty
        data.forEach { name, value in
            if taken & nameBloom(name) != 0, nodes.contains(where: { matches($0.name, name) }) { return }
            if isPatch, Event.patchFields.contains(where: { $0.name.utf8.elementsEqual(name) }) { return }
            writer.append(name, value)
        }
    }

    private mutating func admitGroup(
        _ value: RawValue?, _ node: FieldTree.Node, _ name: UnsafeRawBufferPointer, _ root: RawDocument,
        _ writer: inout DocumentWriter
    ) {
        if let value, !value.isNull, value.type != .document {
            return refuse(.cast, node.fullName, value, "must be an object")
        }
        let inner = value?.type == .document ? value?.document : nil
        guard inner != nil || givesAnything(node) else { return }
        writer.beginDocument(name)
        fill(node.children, inner ?? emptyDocument, root: root, &writer, path: node.fullName)
        writer.end()
    }

    /// Whether a group that the caller left out is there all the same: through a default, or a rule to be told of.
    private func givesAnything(_ node: FieldTree.Node) -> Bool {
        if let leaf = node.leaf {
            return leaf.defaultValue != nil || leaf.isRequired || leaf.kind.isArray && event.shape == .creation
        }
        return node.children.contains { givesAnything($0) }
    }

    // MARK: One field

    private mutating func admit(
        _ value: RawValue?, _ leaf: FieldDescriptor, _ name: UnsafeRawBufferPointer, _ fullName: String,
        _ root: RawDocument, _ writer: inout DocumentWriter
    ) {
        if fullName == "_id", event.shape == .creation, value == nil || value?.isNull == true {
            return writer.append(name, ids.objectID(time))
        }
        guard let value, !value.isNull else {
            if value == nil,
                leaf.defaultValue != nil || leaf.kind.isArray && event.shape == .creation && !leaf.isRequired
            {
                return appendDefault(leaf, name, &writer)
            }
            if leaf.isRequired { return refuse(.required, fullName, nil, "is required") }
            if let (path, wanted) = leaf.requiredWhen, (root[path]?.string ?? defaultText(path)) == wanted {
                return refuse(.required, fullName, nil, "is required when \(path) is \(wanted)")
            }
            if value != nil { writer.appendNull(name) }
            return
        }
        cast(value, leaf, name, fullName, &writer)
    }

    private func defaultText(_ path: FieldPath) -> String? {
        if case .string(let text)? = event.payload.first(where: { $0.path == path })?.defaultValue { text } else { nil }
    }

    private func appendDefault(_ leaf: FieldDescriptor, _ name: UnsafeRawBufferPointer, _ writer: inout DocumentWriter)
    {
        switch leaf.defaultValue {
        case .string(let value): writer.append(name, value)
        case .int(let value): writer.append(name, value)
        case .double(let value): writer.append(name, value)
        case .bool(let value): writer.append(name, value)
        case .now: writer.append(name, time)
        case .generated(let prefix): writer.append(name, prefix + ids.hex(16))
        case nil:
            writer.beginArray(name)
            writer.end()
        }
    }

    /// The `_id` of a sub-document that the caller gave none: from the event and the path, so that it never changes.
    func derivedID(_ path: String) -> ObjectID {
        var hash = SHA256()
        hash.update(data: Array(source.utf8) + [0] + Array(id.utf8) + [0] + Array(path.utf8))
        return hash.finalize().withUnsafeBytes { ObjectID($0) }
    }
}
