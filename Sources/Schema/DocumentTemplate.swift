public import BSON

/// Builds a collection's new documents: the declared fields in their order.
struct DocumentTemplate: Sendable {
    let tree: FieldTree

    init(_ fields: [FieldDescriptor]) { tree = FieldTree(fields) }

    /// Fields that callers own are copied from `data`, where defaults were filled in before the event was written;
    /// without data (a document made on the side) their defaults apply. Derived fields start at their default.
    func build<R>(id: ObjectID, data: RawDocument?, time: DateTime, _ body: (UnsafeRawBufferPointer) -> R) -> R {
        var writer = DocumentWriter(reserving: (data?.byteCount ?? 128) + 256)
        writer.append("_id", id)
        fill(tree.nodes, data, time, &writer)
        return writer.finish().withUnsafeBytes(body)
    }

    private func fill(_ nodes: [FieldTree.Node], _ data: RawDocument?, _ time: DateTime, _ writer: inout DocumentWriter)
    {
        var lookup = data.map { OrderedLookup($0) }
        for node in nodes {
            node.name.withUnsafeBytes { name in
                guard let leaf = node.leaf else {
                    let inner = lookup?.value(node)?.document
                    guard holdsAnything(node.children, inner, hasData: data != nil) else { return }
                    writer.beginDocument(name)
                    fill(node.children, inner ?? (data == nil ? nil : emptyDocument), time, &writer)
                    writer.end()
                    return
                }
                switch leaf.writer {
                case .timestamp: writer.append(name, time)
                case .projector: appendDefault(leaf.field, name, time, asCounter: true, &writer)
                case .caller:
                    if let value = lookup?.value(node) {
                        if case .array(let element) = leaf.shape, case .object(let members) = element.shape {
                            appendDeclared(value, members, name, &writer)
                        } else {
                            writer.append(name, value)
                        }
                    } else if data == nil {
                        appendDefault(leaf.field, name, time, asCounter: false, &writer)
                    }
                }
            }
        }
    }

    /// An array of sub-documents without the members that no one declares.
    private func appendDeclared(
        _ value: RawValue, _ declared: FieldTree, _ name: UnsafeRawBufferPointer, _ writer: inout DocumentWriter
    ) {
        func isDeclared(_ name: UnsafeRawBufferPointer) -> Bool {
            isSubdocumentID(name) || declared.node(named: name) != nil
        }
        guard value.type == .array, let array = value.document else { return writer.append(name, value) }
        writer.beginArray(name)
        array.forEach { index, element in
            guard let members = element.document, element.type == .document else {
                return writer.append(index, element)
            }
            writer.beginDocument(index)
            members.forEach { member, value in if isDeclared(member) { writer.append(member, value) } }
            writer.end()
        }
        writer.end()
    }

    private func holdsAnything(_ nodes: [FieldTree.Node], _ inner: RawDocument?, hasData: Bool) -> Bool {
        nodes.contains { node in
            guard let leaf = node.leaf else {
                return holdsAnything(
                    node.children, node.name.withUnsafeBytes { inner?.value(named: $0)?.document }, hasData: hasData)
            }
            switch leaf.writer {
            case .timestamp: return true
            case .projector: return leaf.field.defaultValue != nil || leaf.field.kind.isArray
            case .caller:
                if node.name.withUnsafeBytes({ inner?.value(named: $0) }) != nil { return true }
                return !hasData && (leaf.field.defaultValue != nil || leaf.field.kind.isArray)
            }
        }
    }

    private func appendDefault(
        _ leaf: FieldDescriptor, _ name: UnsafeRawBufferPointer, _ time: DateTime, asCounter: Bool,
        _ writer: inout DocumentWriter
    ) {
        switch leaf.defaultValue {
        case .string(let value): writer.append(name, value)
        case .int(let value): asCounter ? writer.append(name, Int64(value)) : writer.append(name, value)
        case .double(let value): writer.append(name, value)
        case .bool(let value): writer.append(name, value)
        case .now: writer.append(name, time)
        case .generated, .numbered, nil:
            if leaf.kind.isArray {
                writer.beginArray(name)
                writer.end()
            }
        }
    }
}

/// Five bytes: a document without fields.
// Written once here and never after, so every thread may read it.
nonisolated(unsafe) let emptyDocument: RawDocument = {
    let bytes = UnsafeMutableRawPointer.allocate(byteCount: 5, alignment: 1)
    for (offset, byte) in ([5, 0, 0, 0, 0] as [UInt8]).enumerated() {
        bytes.storeBytes(of: byte, toByteOffset: offset, as: UInt8.self)
    }
    return RawDocument(UnsafeRawPointer(bytes))
}()

extension RawDocument {
    /// A document without fields, alive for ever.
    public static var empty: RawDocument { emptyDocument }
}

/// Whether the name is that of the id which every sub-document of an array has.
func isSubdocumentID(_ name: UnsafeRawBufferPointer) -> Bool {
    name.count == 3 && name[0] == 0x5F && name[1] == 0x69 && name[2] == 0x64
}

extension FieldKind {
    var isArray: Bool { if case .array = self { true } else { false } }
}
