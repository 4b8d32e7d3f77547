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
    /// Where casting is: a declared field, and the way from there into an array or a sub-document. Text is made of it
    /// only for a refusal.
    var place = Place(root: "")

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

    /// Refuses what stands at the place where casting is.
    mutating func refuse(_ rule: Refusal.Rule, _ value: RawValue? = nil, _ message: String) {
        refuse(rule, place.text, value, message)
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
                    admit(value, leaf, name, node, root, &writer)
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
            return refuse(.cast, node.fullName, node.isWithheld ? nil : value, "must be an object")
        }
        let inner = value?.type == .document ? value?.document : nil
        guard inner != nil || givesAnything(node) else { return }
        writer.beginDocument(name)
        fill(node.children, inner ?? emptyDocument, root: root, &writer, path: node.fullName)
        writer.end()
    }

    /// Whether a group that the caller left out is there all the same: through a default, or a rule to be told of.
    private func givesAnything(_ node: FieldTree.Node) -> Bool {
        if let field = node.leaf?.field {
            return field.defaultValue != nil || field.isRequired || field.kind.isArray && event.shape == .creation
        }
        return node.children.contains { givesAnything($0) }
    }

    // MARK: One field

    private mutating func admit(
        _ value: RawValue?, _ leaf: FieldTree.Leaf, _ name: UnsafeRawBufferPointer, _ node: FieldTree.Node,
        _ root: RawDocument, _ writer: inout DocumentWriter
    ) {
        if let value, !value.isNull {
            place = Place(root: node.fullName)
            return cast(value, leaf, name, &writer)
        }
        let field = leaf.field
        if node.fullName == "_id", event.shape == .creation { return writer.append(name, ids.objectID(time)) }
        if value == nil,
            field.defaultValue != nil || field.kind.isArray && event.shape == .creation && !field.isRequired
        {
            return appendDefault(field, name, &writer)
        }
        if field.isRequired { return refuse(.required, node.fullName, nil, "is required") }
        if let (path, wanted) = field.requiredWhen, (root[path]?.string ?? defaultText(path)) == wanted {
            return refuse(.required, node.fullName, nil, "is required when \(path) is \(wanted)")
        }
        if value != nil { writer.appendNull(name) }
    }

    private func defaultText(_ path: FieldPath) -> String? {
        if case .string(let text)? = event.payload.first(where: { $0.path == path })?.defaultValue { text } else { nil }
    }

    func appendDefault(_ field: FieldDescriptor, _ name: UnsafeRawBufferPointer, _ writer: inout DocumentWriter) {
        switch field.defaultValue {
        case .string(let value): writer.append(name, value)
        case .int(let value): writer.append(name, value)
        case .double(let value): writer.append(name, value)
        case .bool(let value): writer.append(name, value)
        case .now: writer.append(name, time)
        case .generated(let prefix): writer.append(name, prefix + ids.hex(16))
        case .numbered(let prefix): writer.append(name, prefix + time.dayText.filter { $0 != "-" } + "-")
        case nil:
            writer.beginArray(name)
            writer.end()
        }
    }

    /// The `_id` of a sub-document that the caller gave none: from the event and the place, so that it never changes.
    func derivedID() -> ObjectID {
        var parts = HashedParts(reserving: 96)
        parts.add(source)
        parts.addZero()
        parts.add(id)
        parts.addZero()
        parts.add(place.text)
        return parts.objectID
    }
}

/// A place in an event's data: a declared field, and steps from there.
struct Place {
    enum Step { case index(Int), name(String) }

    let root: String
    var steps: [Step] = []

    init(root: String) { self.root = root }

    /// Dotted.
    var text: String {
        steps.reduce(into: root) { text, step in
            switch step {
            case .index(let index): text += ".\(index)"
            case .name(let name): text += "." + name
            }
        }
    }
}
