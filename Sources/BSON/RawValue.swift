/// A view of one BSON value; valid as long as the document it was found in.
@frozen public struct RawValue {
    /// The type byte.
    public let tag: UInt8
    /// The value's first byte.
    public let base: UnsafeRawPointer

    @inlinable public init(tag: UInt8, base: UnsafeRawPointer) {
        self.tag = tag
        self.base = base
    }

    @inlinable public init(type: BSONType, base: UnsafeRawPointer) {
        self.init(tag: type.rawValue, base: base)
    }

    /// A whole document as a value.
    @inlinable public init(_ document: RawDocument) {
        self.init(type: .document, base: document.base)
    }

    @inlinable public var type: BSONType { BSONType(rawValue: tag) ?? .undefined }

    @inlinable func int32(at offset: Int) -> Int { Int(base.loadUnaligned(fromByteOffset: offset, as: UInt32.self)) }

    /// The value's length; for bytes that are no BSON so large that a walk over them ends.
    @inlinable public var byteCount: Int {
        // A nibble per type holds the width where it is fixed and under 15: shifting it out costs less than a jump
        // that cannot be predicted, and walks over documents do little else.
        let widths: UInt64 = tag < 16 ? 0xFFFF_F081_C0FF_FF8F : 0xFFFF_FFFF_FFFF_F884
        let width = Int(truncatingIfNeeded: widths &>> (UInt64(tag & 15) &* 4) & 15)
        if width != 15 && tag < 20 { return width }
        if tag == 0x02 { return 4 &+ int32(at: 0) }
        return variableByteCount
    }

    @usableFromInline var variableByteCount: Int {
        switch tag {
        case 0x03, 0x04, 0x0F: int32(at: 0)
        case 0x0D, 0x0E: 4 &+ int32(at: 0)
        case 0x05: 5 &+ int32(at: 0)
        case 0x13: 16
        case 0x0B: regexByteCount
        case 0x0C: 16 &+ int32(at: 0)
        case 0xFF, 0x7F: 0
        default: 1 << 40
        }
    }

    @usableFromInline var regexByteCount: Int {
        var end = 0
        for _ in 0..<2 {
            while base.load(fromByteOffset: end, as: UInt8.self) != 0 { end += 1 }
            end += 1
        }
        return end
    }

    @inlinable public var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: byteCount) }

    @inlinable public var isNull: Bool { tag == 0x0A }

    /// int32, int64, double or decimal128.
    @inlinable public var isNumber: Bool { tag == 0x10 || tag == 0x12 || tag == 0x01 || tag == 0x13 }

    /// An int32 or int64, or a double or decimal128 that is exactly one.
    @inlinable public var int64: Int64? {
        switch tag {
        case 0x12: base.loadUnaligned(as: Int64.self)
        case 0x10: Int64(base.loadUnaligned(as: Int32.self))
        case 0x01: Int64(exactly: base.loadUnaligned(as: Double.self))
        case 0x13: decimal128?.int64
        default: nil
        }
    }

    /// A double, or an int32 or int64 as the nearest double.
    @inlinable public var double: Double? {
        switch tag {
        case 0x01: base.loadUnaligned(as: Double.self)
        case 0x10: Double(base.loadUnaligned(as: Int32.self))
        case 0x12: Double(base.loadUnaligned(as: Int64.self))
        default: nil
        }
    }

    @inlinable public var bool: Bool? { tag == 0x08 ? base.load(as: UInt8.self) != 0 : nil }

    @inlinable public var objectID: ObjectID? { tag == 0x07 ? ObjectID(loadingFrom: base) : nil }

    @inlinable public var dateTime: DateTime? {
        tag == 0x09 ? DateTime(milliseconds: base.loadUnaligned(as: Int64.self)) : nil
    }

    @inlinable public var timestamp: UInt64? { tag == 0x11 ? base.loadUnaligned(as: UInt64.self) : nil }

    @inlinable public var decimal128: Decimal128? {
        guard tag == 0x13 else { return nil }
        return Decimal128(
            low: base.loadUnaligned(as: UInt64.self), high: base.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
    }

    /// A string's bytes, without the zero at its end.
    @inlinable public var utf8: UnsafeRawBufferPointer? { tag == 0x02 ? text : nil }

    /// The bytes of a string, a symbol or JavaScript code, which are laid out alike.
    @inlinable var text: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: base + 4, count: Swift.max(int32(at: 0) &- 1, 0))
    }

    public var string: String? { utf8.map { String(decoding: $0, as: UTF8.self) } }

    /// A document or an array.
    @inlinable public var document: RawDocument? { tag == 0x03 || tag == 0x04 ? RawDocument(base) : nil }

    @inlinable public var array: RawDocument? { tag == 0x04 ? RawDocument(base) : nil }

    @inlinable public var binary: (subtype: UInt8, bytes: UnsafeRawBufferPointer)? {
        guard tag == 0x05 else { return nil }
        return (
            base.load(fromByteOffset: 4, as: UInt8.self), UnsafeRawBufferPointer(start: base + 5, count: int32(at: 0))
        )
    }
}
