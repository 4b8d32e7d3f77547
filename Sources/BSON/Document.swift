/// An owned BSON document; the order of its elements is kept.
public struct Document: Sendable, Hashable {
    public private(set) var bytes: [UInt8]

    public init() {
        bytes = [5, 0, 0, 0, 0]
    }

    /// Trusts `bytes` to be one valid document.
    public init(bytes: [UInt8]) {
        precondition(bytes.count >= 5, "a BSON document has at least 5 bytes")
        self.bytes = bytes
    }

    public init(copying document: RawDocument) {
        bytes = [UInt8](document.bytes)
    }

    public init(_ pairs: some Sequence<(String, Value)>) {
        var writer = DocumentWriter()
        for (name, value) in pairs { writer.append(name, value) }
        self = writer.finishDocument()
    }

    /// Checks a copy of `bytes`; throws what `RawDocument.validated` throws.
    public init(validating bytes: UnsafeRawBufferPointer, limits: RawDocument.Limits = .standard) throws(BSONError) {
        self.init(copying: try RawDocument.validated(bytes, limits: limits))
    }

    /// Lends the bytes; what `body` is given is valid only while it runs.
    @inlinable public func withRaw<R, E>(_ body: (RawDocument) throws(E) -> R) throws(E) -> R {
        try bytes.withUnsafeBufferPointer { (buffer: UnsafeBufferPointer<UInt8>) throws(E) -> R in
            try body(RawDocument(buffer.baseAddress.unsafelyUnwrapped))
        }
    }

    /// A copy of the value at `path`, through nested documents.
    public subscript(path: FieldPath) -> Value? {
        withRaw { $0[path]?.owned() }
    }

    /// Adds an element at the end. A name that is there already is then there twice.
    public mutating func append(_ name: String, _ value: Value) {
        let nameCount = name.nameByteCount
        let start = bytes.count - 1
        let valueCount = value.bsonByteCount
        bytes.append(contentsOf: repeatElement(0, count: nameCount + valueCount + 2))
        bytes.withUnsafeMutableBytes { buffer in
            guard let base = buffer.baseAddress else { return }
            base.storeBytes(of: value.bsonType.rawValue, toByteOffset: start, as: UInt8.self)
            name.writeName(to: base + start + 1)
            value.writeBSON(to: base + start + nameCount + 2)
            base.storeBytes(of: UInt32(truncatingIfNeeded: buffer.count), as: UInt32.self)
        }
    }

    public var isEmpty: Bool { bytes.count == 5 }
    public var count: Int { withRaw { $0.count } }
    public var keys: [String] { withRaw { $0.elements.map { String(decoding: $0.name, as: UTF8.self) } } }

    /// The elements in their order, copied.
    public var pairs: [(name: String, value: Value)] {
        withRaw { $0.elements.map { (String(decoding: $0.name, as: UTF8.self), $0.value.owned()) } }
    }
}

extension Document: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral pairs: (String, Value)...) { self.init(pairs) }
}
