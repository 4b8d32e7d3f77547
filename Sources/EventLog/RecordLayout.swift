/// Where things stand in a record of format 1. RECORD.md is the prose; numbers are never reused.
enum RecordLayout {
    /// High nibble: a record. Low nibble: format version 1.
    static let format: UInt8 = 0xA1

    static let formatOffset = 0
    static let flagsOffset = 1
    static let schemaVersionOffset = 2
    static let byteCountOffset = 4
    static let positionOffset = 8
    static let timeOffset = 16
    static let recordedTimeOffset = 24
    static let streamVersionOffset = 32
    static let correctsOffset = 40
    static let requestKeyOffset = 48
    static let requestDigestOffset = 64
    static let personKeyIDOffset = 80
    static let textLengthsOffset = 96
    static let reservedOffset = 114
    static let resolvedByteCountOffset = 116
    static let dataByteCountOffset = 120
    static let headerByteCount = 124

    static let textCount = 9
    static let checksumByteCount = 4
    /// An empty BSON document.
    static let smallestDocument = 5
    static let smallestRecord = headerByteCount + smallestDocument + checksumByteCount
    /// Far above what the doors let in; keeps every sum of lengths within Int32.
    static let largestRecord = 1 << 30
}

/// The texts of a record, in the order in which they stand.
public enum RecordText: Int, CaseIterable, Sendable {
    case id, source, type, subject, principal, actor, correlationID, causationID, traceparent
}

/// Sealed values in records: BSON binaries of this subtype.
public enum SealedValue {
    public static let binarySubtype: UInt8 = 0x80
}

extension UnsafeRawBufferPointer {
    /// The little-endian integer at `offset`, unaligned. The caller has checked that it is there.
    func littleEndian<T: FixedWidthInteger & BitwiseCopyable>(at offset: Int, as type: T.Type = T.self) -> T {
        T(littleEndian: loadUnaligned(fromByteOffset: offset, as: T.self))
    }
}

extension UnsafeMutableRawBufferPointer {
    func storeLittleEndian<T: FixedWidthInteger & BitwiseCopyable>(_ value: T, at offset: Int) {
        storeBytes(of: value.littleEndian, toByteOffset: offset, as: T.self)
    }
}
