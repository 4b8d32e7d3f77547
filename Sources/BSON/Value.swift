/// An owned BSON value. Equality is that of type and bits, so `.int32(1) != .int64(1)` and a NaN equals itself.
public enum Value: Sendable {
    case double(Double)
    case string(String)
    case document(Document)
    case array([Value])
    /// Subtype and bytes.
    case binary(UInt8, [UInt8])
    case undefined
    case objectID(ObjectID)
    case bool(Bool)
    case dateTime(DateTime)
    case null
    /// Pattern and options.
    indirect case regex(String, String)
    indirect case dbPointer(String, ObjectID)
    case javascript(String)
    case symbol(String)
    indirect case javascriptWithScope(String, Document)
    case int32(Int32)
    /// Seconds in the upper half, an ordinal in the lower.
    case timestamp(UInt64)
    case int64(Int64)
    case decimal128(Decimal128)
    case minKey
    case maxKey

    /// Lends the value in its BSON form; what `body` is given is valid only while it runs.
    public func withRaw<R, E>(_ body: (RawValue) throws(E) -> R) throws(E) -> R {
        let bytes = [UInt8](unsafeUninitializedCapacity: max(bsonByteCount, 1)) { buffer, count in
            count = bsonByteCount
            if let start = buffer.baseAddress { writeBSON(to: UnsafeMutableRawPointer(start)) }
        }
        let tag = bsonType
        return try bytes.withUnsafeBufferPointer { (buffer: UnsafeBufferPointer<UInt8>) throws(E) -> R in
            // A value of no bytes is never read from, so any address does.
            let base =
                buffer.baseAddress.map { UnsafeRawPointer($0) } ?? UnsafeRawPointer(bitPattern: 8).unsafelyUnwrapped
            return try body(RawValue(type: tag, base: base))
        }
    }
}

extension Value: Hashable {
    public static func == (left: Value, right: Value) -> Bool {
        switch (left, right) {
        case (.double(let a), .double(let b)): a.bitPattern == b.bitPattern
        case (.string(let a), .string(let b)): a.utf8.elementsEqual(b.utf8)
        case (.document(let a), .document(let b)): a == b
        case (.array(let a), .array(let b)): a == b
        case (.binary(let a, let x), .binary(let b, let y)): a == b && x == y
        case (.undefined, .undefined), (.null, .null), (.minKey, .minKey), (.maxKey, .maxKey): true
        case (.objectID(let a), .objectID(let b)): a == b
        case (.bool(let a), .bool(let b)): a == b
        case (.dateTime(let a), .dateTime(let b)): a == b
        case (.regex(let a, let x), .regex(let b, let y)): a.utf8.elementsEqual(b.utf8) && x.utf8.elementsEqual(y.utf8)
        case (.dbPointer(let a, let x), .dbPointer(let b, let y)): a.utf8.elementsEqual(b.utf8) && x == y
        case (.javascript(let a), .javascript(let b)), (.symbol(let a), .symbol(let b)): a.utf8.elementsEqual(b.utf8)
        case (.javascriptWithScope(let a, let x), .javascriptWithScope(let b, let y)):
            a.utf8.elementsEqual(b.utf8) && x == y
        case (.int32(let a), .int32(let b)): a == b
        case (.timestamp(let a), .timestamp(let b)): a == b
        case (.int64(let a), .int64(let b)): a == b
        case (.decimal128(let a), .decimal128(let b)): a == b
        default: false
        }
    }

    /// Over the BSON bytes, which are equal exactly where the values are.
    public func hash(into hasher: inout Hasher) {
        withRaw { raw in
            hasher.combine(raw.tag)
            hasher.combine(bytes: raw.bytes)
        }
    }
}
