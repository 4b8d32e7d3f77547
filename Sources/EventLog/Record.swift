public import BSON

/// One record, read in place.
///
/// An unowned view: valid only as long as the bytes are (inside the transaction that gave them; ``StoredRecord``
/// keeps a copy). Its lengths are checked when it is made; that the content is what was written is the checksum's
/// word.
public struct Record {
    /// The whole record, checksum included.
    public let bytes: UnsafeRawBufferPointer

    /// Checks format, lengths and, unless told otherwise, the checksum. O(n) with the checksum, O(1) without.
    public init(validating bytes: UnsafeRawBufferPointer, checkCRC: Bool = true) throws(RecordError) {
        guard bytes.count >= RecordLayout.smallestRecord else { throw .tooShort(byteCount: bytes.count) }
        guard bytes[RecordLayout.formatOffset] == RecordLayout.format else {
            throw .unknownFormat(bytes[RecordLayout.formatOffset])
        }
        guard bytes.count <= RecordLayout.largestRecord,
            bytes.littleEndian(at: RecordLayout.byteCountOffset, as: UInt32.self) == bytes.count
        else { throw .lengthMismatch }
        let end = bytes.count - RecordLayout.checksumByteCount
        if checkCRC {
            let stored = bytes.littleEndian(at: end, as: UInt32.self)
            let computed = CRC32C.checksum(UnsafeRawBufferPointer(rebasing: bytes[..<end]))
            guard stored == computed else { throw .checksumMismatch(stored: stored, computed: computed) }
        }
        guard bytes[RecordLayout.flagsOffset] == 0 else { throw .unknownFlags(bytes[RecordLayout.flagsOffset]) }
        guard bytes.littleEndian(at: RecordLayout.reservedOffset, as: UInt16.self) == 0 else { throw .reservedNotZero }

        self.bytes = bytes
        // Each length fits 32 bits, so the sum cannot overflow.
        let resolvedStart = offset(of: RecordLayout.textCount)
        guard resolvedStart + resolvedByteCount + dataByteCount == end else { throw .lengthMismatch }
        guard RecordEncoder.isDocument(slice(end - dataByteCount, dataByteCount)) else {
            throw .notADocument(field: "data")
        }
        guard resolvedByteCount == 0 || RecordEncoder.isDocument(slice(resolvedStart, resolvedByteCount)) else {
            throw .notADocument(field: "resolved")
        }
    }

    public var position: UInt64 { bytes.littleEndian(at: RecordLayout.positionOffset) }
    /// The caller's time.
    public var time: DateTime { DateTime(milliseconds: bytes.littleEndian(at: RecordLayout.timeOffset)) }
    /// Ours; never going backwards from one position to the next.
    public var recordedTime: DateTime {
        DateTime(milliseconds: bytes.littleEndian(at: RecordLayout.recordedTimeOffset))
    }
    public var schemaVersion: UInt16 { bytes.littleEndian(at: RecordLayout.schemaVersionOffset) }
    /// The event's number in its stream, from 1.
    public var streamVersion: UInt64 { bytes.littleEndian(at: RecordLayout.streamVersionOffset) }
    /// Position of the event that this one puts right.
    public var corrects: UInt64? {
        let position: UInt64 = bytes.littleEndian(at: RecordLayout.correctsOffset)
        return position == 0 ? nil : position
    }
    public var requestKey: Digest16 { digest(at: RecordLayout.requestKeyOffset) }
    public var requestDigest: Digest16 { digest(at: RecordLayout.requestDigestOffset) }
    /// The key that seals values of this record; nil: nothing is sealed.
    public var personKeyID: Digest16? {
        let identifier = digest(at: RecordLayout.personKeyIDOffset)
        return identifier == .zero ? nil : identifier
    }

    /// The payload.
    public var data: RawDocument {
        let end = bytes.count - RecordLayout.checksumByteCount
        return RawDocument(bytes.baseAddress.unsafelyUnwrapped + (end - dataByteCount))
    }

    /// What the guard looked up, if anything.
    public var resolved: RawDocument? {
        guard resolvedByteCount > 0 else { return nil }
        return RawDocument(bytes.baseAddress.unsafelyUnwrapped + offset(of: RecordLayout.textCount))
    }

    /// The record's leaf in the Merkle tree, hashed anew.
    public var leaf: Digest32 { RecordEncoder.leaf(of: self) }

    var resolvedByteCount: Int { Int(bytes.littleEndian(at: RecordLayout.resolvedByteCountOffset, as: UInt32.self)) }
    var dataByteCount: Int { Int(bytes.littleEndian(at: RecordLayout.dataByteCountOffset, as: UInt32.self)) }

    /// How many bytes of data belong to the bytes before them; nil where those are too few to say.
    public static func dataByteCount(head: UnsafeRawBufferPointer) -> Int? {
        guard head.count >= RecordLayout.headerByteCount else { return nil }
        return Int(head.littleEndian(at: RecordLayout.dataByteCountOffset, as: UInt32.self))
    }

    private func digest(at offset: Int) -> Digest16 {
        Digest16(slice(offset, Digest16.byteCount))
    }

    func slice(_ start: Int, _ byteCount: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes[start..<(start + byteCount)])
    }

    func textByteCount(_ index: Int) -> Int {
        Int(bytes.littleEndian(at: RecordLayout.textLengthsOffset + index * 2, as: UInt16.self))
    }

    /// Where text `index` begins; the one after the last is where `resolved` begins.
    func offset(of index: Int) -> Int {
        var start = RecordLayout.headerByteCount
        for earlier in 0..<index { start += textByteCount(earlier) }
        return start
    }
}

extension Record {
    /// The record that these bytes begin with, where records lie back to back.
    public init(first bytes: UnsafeRawBufferPointer) throws(RecordError) {
        guard bytes.count >= RecordLayout.smallestRecord else { throw .tooShort(byteCount: bytes.count) }
        let byteCount = Int(bytes.littleEndian(at: RecordLayout.byteCountOffset, as: UInt32.self))
        guard byteCount <= bytes.count else { throw .lengthMismatch }
        try self.init(validating: UnsafeRawBufferPointer(rebasing: bytes[..<byteCount]))
    }
}
