import Glibc

extension RawValue {
    /// Whether the types and the bytes are the same. Numbers of different types are never equal here.
    public func equals(_ other: RawValue) -> Bool {
        guard tag == other.tag else { return false }
        let count = byteCount
        return count == other.byteCount && memcmp(base, other.base, count) == 0
    }

    /// A regular expression's pattern and options, without their zero bytes.
    public var regex: (pattern: UnsafeRawBufferPointer, options: UnsafeRawBufferPointer)? {
        guard tag == BSONType.regex.rawValue else { return nil }
        let first = strlen(base.assumingMemoryBound(to: CChar.self))
        let second = strlen((base + first + 1).assumingMemoryBound(to: CChar.self))
        return (
            UnsafeRawBufferPointer(start: base, count: first),
            UnsafeRawBufferPointer(start: base + first + 1, count: second)
        )
    }

    /// The text of `javascriptWithScope`, and its scope.
    var scopedCode: (code: UnsafeRawBufferPointer, scope: RawDocument) {
        let length = int32(at: 4)
        return (
            UnsafeRawBufferPointer(start: base + 8, count: max(length &- 1, 0)), RawDocument(base + (8 &+ length))
        )
    }

    /// A copy that outlives the memory.
    public func owned() -> Value {
        switch type {
        case .double: .double(base.loadUnaligned(as: Double.self))
        case .string: .string(String(decoding: text, as: UTF8.self))
        case .document: .document(Document(copying: RawDocument(base)))
        case .array: .array(RawDocument(base).elements.map { $0.value.owned() })
        case .binary: binary.map { .binary($0.subtype, [UInt8]($0.bytes)) } ?? .undefined
        case .undefined: .undefined
        case .objectID: .objectID(ObjectID(loadingFrom: base))
        case .bool: .bool(base.load(as: UInt8.self) != 0)
        case .dateTime: .dateTime(DateTime(milliseconds: base.loadUnaligned(as: Int64.self)))
        case .null: .null
        case .regex:
            regex.map {
                .regex(String(decoding: $0.pattern, as: UTF8.self), String(decoding: $0.options, as: UTF8.self))
            } ?? .undefined
        case .dbPointer:
            .dbPointer(
                String(decoding: text, as: UTF8.self), ObjectID(loadingFrom: base + (4 &+ int32(at: 0))))
        case .javascript: .javascript(String(decoding: text, as: UTF8.self))
        case .symbol: .symbol(String(decoding: text, as: UTF8.self))
        case .javascriptWithScope:
            .javascriptWithScope(
                String(decoding: scopedCode.code, as: UTF8.self), Document(copying: scopedCode.scope))
        case .int32: .int32(base.loadUnaligned(as: Int32.self))
        case .timestamp: .timestamp(base.loadUnaligned(as: UInt64.self))
        case .int64: .int64(base.loadUnaligned(as: Int64.self))
        case .decimal128: decimal128.map { .decimal128($0) } ?? .undefined
        case .minKey: .minKey
        case .maxKey: .maxKey
        }
    }
}
