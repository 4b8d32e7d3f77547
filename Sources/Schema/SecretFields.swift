public import BSON

/// The secret fields of a collection or an event, passwords and tokens: what no query sees and no document that leaves carries.
public struct SecretFields: Sendable {
    /// One level of names: a secret itself, or what has secrets below it.
    private struct Level: Sendable {
        var children: [(name: [UInt8], level: Level)] = []
        var isSecret = false

        func child(_ name: UnsafeRawBufferPointer) -> Level? {
            for child in children where child.name.count == name.count && child.name.elementsEqual(name) {
                return child.level
            }
            return nil
        }

        mutating func add(_ path: ArraySlice<Substring>) {
            guard let first = path.first else {
                isSecret = true
                return
            }
            let name = Array(first.utf8)
            if let at = children.firstIndex(where: { $0.name == name }) {
                children[at].level.add(path.dropFirst())
            } else {
                var level = Level()
                level.add(path.dropFirst())
                children.append((name, level))
            }
        }
    }

    private let root: Level

    public init(_ model: CollectionModel) { self.init(model.fields) }

    /// Of any declared fields: an event's payload, for instance.
    public init(_ fields: [FieldDescriptor]) {
        var root = Level()
        for path in Self.paths(fields) { root.add(path.split(separator: ".")[...]) }
        self.root = root
    }

    /// Whether the collection has none: its documents may leave as they are.
    public var isEmpty: Bool { root.children.isEmpty }

    /// A copy without the secret fields.
    public func removed(from document: RawDocument) -> Document {
        var writer = DocumentWriter(reserving: document.byteCount)
        copy(document, root, &writer)
        return writer.finishDocument()
    }

    private func copy(_ document: RawDocument, _ level: Level, _ writer: inout DocumentWriter) {
        var elements = document.elements
        while let element = elements.next() {
            guard let child = level.child(element.name) else {
                writer.append(element.name, element.value)
                continue
            }
            if !child.isSecret { copy(element.name, element.value, child, &writer) }
        }
    }

    private func copy(
        _ name: UnsafeRawBufferPointer, _ value: RawValue, _ level: Level, _ writer: inout DocumentWriter
    ) {
        switch value.type {
        case .document:
            writer.beginDocument(name)
            copy(RawDocument(value.base), level, &writer)
            writer.end()
        case .array:
            // The elements of an array have the fields that are declared below it.
            writer.beginArray(name)
            var elements = RawDocument(value.base).elements
            while let element = elements.next() { copy(element.name, element.value, level, &writer) }
            writer.end()
        default: writer.append(name, value)
        }
    }

    /// The dotted names of the secret fields.
    package static func paths(_ fields: [FieldDescriptor], below prefix: String = "") -> [String] {
        var paths: [String] = []
        for field in fields {
            let name = field.name.isEmpty ? prefix : prefix.isEmpty ? field.name : prefix + "." + field.name
            if field.privacy == .password || field.privacy == .token {
                paths.append(name)
                continue
            }
            switch field.kind {
            case .array(let element): paths += self.paths([element], below: name)
            case .object(let members): paths += self.paths(members, below: name)
            default: break
            }
        }
        return paths
    }

    /// Whether one path is the other or leads to it, places in arrays apart.
    package static func overlap(_ secret: String, _ path: String) -> Bool {
        let path = path.split(separator: ".").filter { !$0.utf8.allSatisfy { (0x30...0x39).contains($0) } }
        return zip(secret.split(separator: "."), path).allSatisfy { $0 == $1 }
    }
}

/// The document as it may leave: without the collection's secret fields.
public func redacted(_ document: RawDocument, _ model: CollectionModel) -> Document {
    let secrets = SecretFields(model)
    return secrets.isEmpty ? Document(copying: document) : secrets.removed(from: document)
}
