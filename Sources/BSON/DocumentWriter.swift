/// Writes one document, element by element, into one growing array; nothing is allocated per element.
///
/// Performance: constant per element, amortised over the growth of the array.
public struct DocumentWriter {
    @usableFromInline var storage: [UInt8]
    @usableFromInline var used: Int
    @usableFromInline var level = Level(start: 0, elements: 0)
    /// The documents around the one being written, outermost first.
    @usableFromInline var parents: [Level] = []

    @frozen @usableFromInline struct Level {
        @usableFromInline let start: Int
        @usableFromInline var elements: Int
        @inlinable init(start: Int, elements: Int) {
            self.start = start
            self.elements = elements
        }
    }

    public init() {
        self.init(reserving: 256)
    }

    public init(reserving byteCount: Int) {
        storage = DocumentWriter.storage(max(byteCount, 16))
        used = 4
    }

    /// Bytes that hold whatever they hold: each is written before it is read.
    private static func storage(_ byteCount: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: byteCount) { _, count in count = byteCount }
    }

    @usableFromInline mutating func grow(_ byteCount: Int) {
        var larger = DocumentWriter.storage(max(storage.count * 2, used + byteCount))
        larger.withUnsafeMutableBytes { target in
            storage.withUnsafeBytes { source in
                target.copyMemory(from: UnsafeRawBufferPointer(rebasing: source[..<used]))
            }
        }
        storage = larger
    }

    /// Makes room for `byteCount` bytes and lets `body` fill them.
    @inlinable mutating func write(_ byteCount: Int, _ body: (UnsafeMutableRawPointer) -> Void) {
        if used &+ byteCount > storage.count { grow(byteCount) }
        let start = used
        storage.withUnsafeMutableBytes { body($0.baseAddress.unsafelyUnwrapped + start) }
        used = start &+ byteCount
    }

    /// Writes type and name, and lets `body` fill the value's bytes.
    @inlinable mutating func writeElement(
        _ tag: UInt8, _ name: some FieldName, valueBytes: Int, _ body: (UnsafeMutableRawPointer) -> Void
    ) {
        let nameCount = name.nameByteCount
        level.elements &+= 1
        write(nameCount &+ valueBytes &+ 2) { start in
            start.storeBytes(of: tag, as: UInt8.self)
            name.writeName(to: start + 1)
            start.storeBytes(of: 0, toByteOffset: nameCount &+ 1, as: UInt8.self)
            body(start + (nameCount &+ 2))
        }
    }

    @inlinable public mutating func append(_ name: some FieldName, _ value: some FieldValue) {
        writeElement(value.bsonType.rawValue, name, valueBytes: value.bsonByteCount) { value.writeBSON(to: $0) }
    }

    @inlinable public mutating func appendNull(_ name: some FieldName) {
        writeElement(BSONType.null.rawValue, name, valueBytes: 0) { _ in }
    }

    /// `document`: a document's bytes with the layout of an array.
    @inlinable public mutating func appendArray(_ name: some FieldName, _ document: RawDocument) {
        append(name, RawValue(type: .array, base: document.base))
    }

    @inlinable public mutating func appendBinary(
        _ name: some FieldName, subtype: UInt8 = 0, _ bytes: UnsafeRawBufferPointer
    ) {
        writeElement(BSONType.binary.rawValue, name, valueBytes: 5 &+ bytes.count) { start in
            start.storeBytes(of: UInt32(truncatingIfNeeded: bytes.count), as: UInt32.self)
            start.storeBytes(of: subtype, toByteOffset: 4, as: UInt8.self)
            UnsafeMutableRawBufferPointer(start: start + 5, count: bytes.count).copyMemory(from: bytes)
        }
    }

    @inlinable public mutating func beginDocument(_ name: some FieldName) { begin(.document, name) }
    @inlinable public mutating func beginArray(_ name: some FieldName) { begin(.array, name) }

    @inlinable mutating func begin(_ type: BSONType, _ name: some FieldName) {
        writeElement(type.rawValue, name, valueBytes: 4) { _ in }
        parents.append(level)
        level = Level(start: used &- 4, elements: 0)
    }

    /// Ends the innermost document or array that was begun.
    public mutating func end() {
        precondition(!parents.isEmpty, "end() without a begin")
        close()
        level = parents.removeLast()
    }

    mutating func close() {
        let start = level.start
        write(1) { $0.storeBytes(of: 0, as: UInt8.self) }
        let length = UInt32(truncatingIfNeeded: used - start)
        storage.withUnsafeMutableBytes { $0.storeBytes(of: length, toByteOffset: start, as: UInt32.self) }
    }

    /// The document's bytes. Documents still open are ended first.
    public consuming func finish() -> [UInt8] {
        while !parents.isEmpty { end() }
        close()
        storage.removeLast(storage.count - used)
        return storage
    }

    public consuming func finishDocument() -> Document { Document(bytes: finish()) }
}
