public import BSON

/// The data of an event whose personal values were taken out: what stands in the record.
///
/// In place of each value stands a binary of subtype 0x80 and five bytes: what erasure leaves of it (0 null, 1 text,
/// 2 text that is told apart), and its number, u32. The values are the elements of one BSON array, in which number 0 is
/// the person; it is sealed as a whole and stands at the end of the data, as `$sealed`.
public struct SealedData: ~Copyable {
    /// The event's data with marks in place of values, open still for the sealed array.
    private var writer: DocumentWriter
    private var values: DocumentWriter
    private var count = 0

    static let subtype: UInt8 = 0x80
    static let markBytes = 5
    static let name: StaticString = "$sealed"

    /// Takes out of `data` what is personal and what nobody declared; `nil` where there is no such thing.
    public init?(_ data: RawDocument, of type: Catalogue.EventType, person: Person) {
        writer = DocumentWriter(reserving: data.byteCount + 96)
        values = DocumentWriter(reserving: data.byteCount + 32)
        person.bytes.withUnsafeBytes { values.appendBinary("0", $0) }
        if type.event.shape == .patch {
            cutPatch(data, type.personal, type.personalOfTarget)
        } else {
            cut(data, type.personal.roots)
        }
        guard count > 0 else { return nil }
    }

    /// The record's data. `seal` gets the bytes of the array and gives what stands for them.
    public consuming func finish<E>(_ seal: (UnsafeRawBufferPointer) throws(E) -> [UInt8]) throws(E) -> Document {
        let plain = values.finish()
        let sealed = try plain.withUnsafeBufferPointer { (bytes: UnsafeBufferPointer<UInt8>) throws(E) -> [UInt8] in
            try seal(UnsafeRawBufferPointer(bytes))
        }
        sealed.withUnsafeBytes { writer.appendBinary(Self.name, subtype: Self.subtype, $0) }
        return writer.finishDocument()
    }

    // MARK: Taking values out

    private mutating func cut(_ document: RawDocument, _ level: [PersonalFields.Node]) {
        var elements = document.elements
        while let element = elements.next() {
            if let node = PersonalFields.node(element.name, in: level) {
                cut(element.name, element.value, node)
            } else if element.name.elementsEqual("_id".utf8) {
                writer.append(element.name, element.value)
            } else {
                // Nobody declared it, so nobody knows what it says.
                take(element.name, element.value, isUnique: false)
            }
        }
    }

    private mutating func cut(_ name: UnsafeRawBufferPointer, _ value: RawValue, _ node: PersonalFields.Node) {
        if node.isPersonal {
            take(name, value, isUnique: node.isUnique)
        } else if node.children.isEmpty {
            writer.append(name, value)
        } else {
            cutInside(name, value, node.children)
        }
    }

    private mutating func cutInside(
        _ name: UnsafeRawBufferPointer, _ value: RawValue, _ level: [PersonalFields.Node]
    ) {
        switch value.type {
        case .document:
            writer.beginDocument(name)
            cut(RawDocument(value.base), level)
            writer.end()
        case .array:
            writer.beginArray(name)
            var elements = RawDocument(value.base).elements
            while let element = elements.next() { cutInside(element.name, element.value, level) }
            writer.end()
        default: writer.append(name, value)
        }
    }

    /// A patch names fields by dotted paths, below `set`, `push` and `pull`.
    private mutating func cutPatch(_ data: RawDocument, _ payload: PersonalFields, _ target: PersonalFields) {
        var elements = data.elements
        while let element = elements.next() {
            let isOperation = Event.patchFields.contains { $0.name.utf8.elementsEqual(element.name) }
            guard isOperation, element.value.type == .document else {
                if let node = PersonalFields.node(element.name, in: payload.roots) {
                    cut(element.name, element.value, node)
                } else {
                    writer.append(element.name, element.value)
                }
                continue
            }
            writer.beginDocument(element.name)
            var fields = RawDocument(element.value.base).elements
            while let field = fields.next() {
                if let node = target.node(dotted: field.name) {
                    cut(field.name, field.value, node)
                } else {
                    writer.append(field.name, field.value)
                }
            }
            writer.end()
        }
    }

    private mutating func take(_ name: UnsafeRawBufferPointer, _ value: RawValue, isUnique: Bool) {
        guard let remains = Remains(of: value, isUnique: isUnique) else { return writer.append(name, value) }
        count += 1
        withUnsafeTemporaryAllocation(byteCount: Self.markBytes, alignment: 1) { mark in
            mark[0] = remains.rawValue
            mark.storeBytes(of: UInt32(count).littleEndian, toByteOffset: 1, as: UInt32.self)
            writer.appendBinary(name, subtype: Self.subtype, UnsafeRawBufferPointer(mark))
        }
        values.append(String(count), value)
    }
}

// MARK: - Putting values back

extension SealedData {
    /// The sealed array of a record's data, as it stands there.
    public static func sealedBytes(of data: RawDocument) -> UnsafeRawBufferPointer? {
        var last: RawDocument.Element?
        var elements = data.elements
        while let element = elements.next() { last = element }
        guard let last, isSealed(last) else { return nil }
        return last.value.binary?.bytes
    }

    private static func isSealed(_ element: RawDocument.Element) -> Bool {
        guard element.value.type == .binary, let binary = element.value.binary, binary.subtype == subtype else {
            return false
        }
        return name.withUTF8Buffer { $0.elementsEqual(element.name) }
    }

    /// The data as it was before: `values` is the opened array, or `nil` where its key is gone; then what erasure leaves
    /// stands in place of each value.
    public static func opened(_ data: RawDocument, values: RawDocument?, keyID: UnsafeRawBufferPointer) -> Document {
        var list: [RawValue] = []
        values?.forEach { _, value in list.append(value) }
        var writer = DocumentWriter(reserving: data.byteCount)
        restore(data, list, keyID, &writer, isOutermost: true)
        return writer.finishDocument()
    }

    /// Whom the opened array is about.
    public static func person(in values: RawDocument) -> Person? {
        guard let bytes = values.value(named: "0")?.binary?.bytes, let kind = bytes.first else { return nil }
        return Person(kind: kind, hash: Array(bytes.dropFirst()))
    }

    private static func restore(
        _ document: RawDocument, _ values: [RawValue], _ keyID: UnsafeRawBufferPointer, _ writer: inout DocumentWriter,
        isOutermost: Bool
    ) {
        var elements = document.elements
        while let element = elements.next() {
            let (name, value) = (element.name, element.value)
            switch value.type {
            case .binary:
                if isOutermost, isSealed(element) { continue }
                guard let binary = value.binary, binary.subtype == subtype, binary.bytes.count == markBytes else {
                    writer.append(name, value)
                    continue
                }
                let number = Int(UInt32(littleEndian: binary.bytes.loadUnaligned(fromByteOffset: 1, as: UInt32.self)))
                if number < values.count {
                    writer.append(name, values[number])
                } else {
                    (Remains(rawValue: binary.bytes[0]) ?? .null).append(name, keyID, to: &writer)
                }
            case .document:
                writer.beginDocument(name)
                restore(RawDocument(value.base), values, keyID, &writer, isOutermost: false)
                writer.end()
            case .array:
                writer.beginArray(name)
                restore(RawDocument(value.base), values, keyID, &writer, isOutermost: false)
                writer.end()
            default: writer.append(name, value)
            }
        }
    }

    /// Whether a document holds a binary of the subtype that is ours: no caller may bring one.
    public static func hasMarks(_ document: RawDocument) -> Bool {
        var elements = document.elements
        while let element = elements.next() {
            switch element.value.type {
            case .binary: if element.value.binary?.subtype == subtype { return true }
            case .document, .array: if hasMarks(RawDocument(element.value.base)) { return true }
            default: break
            }
        }
        return false
    }
}
