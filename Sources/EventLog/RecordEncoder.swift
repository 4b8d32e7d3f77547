public import BSON
internal import Crypto

/// Writes records (RECORD.md) and computes their leaves.
public struct RecordEncoder {
    private init() {}

    /// Appends one record to `buffer`. Allocates only when `buffer` has to grow.
    ///
    /// `resolved`: the guard's block as one BSON document, or empty.
    /// - Returns: where in `buffer` the record stands.
    /// - Throws: ``RecordError/tooLong(field:byteCount:limit:)``, ``RecordError/notADocument(field:)``; `buffer` is
    ///   then as before.
    @discardableResult
    public static func encode(
        _ draft: borrowing EventDraft, position: UInt64, recordedTime: DateTime, streamVersion: UInt64,
        resolved: UnsafeRawBufferPointer = UnsafeRawBufferPointer(start: nil, count: 0), into buffer: inout [UInt8]
    ) throws(RecordError) -> Range<Int> {
        let textBytes = try checkedTextByteCount(draft)
        guard resolved.isEmpty || isDocument(resolved) else { throw .notADocument(field: "resolved") }
        let dataBytes = draft.data.bytes.count
        let total =
            RecordLayout.headerByteCount + textBytes + resolved.count + dataBytes + RecordLayout.checksumByteCount
        guard total <= RecordLayout.largestRecord else {
            throw .tooLong(field: "record", byteCount: total, limit: RecordLayout.largestRecord)
        }

        let start = buffer.count
        // Room for all of it at once: each of a dozen appends would look at the buffer's owner and capacity again.
        buffer.append(contentsOf: repeatElement(0, count: total))
        buffer.withUnsafeMutableBytes { buffer in
            let record = UnsafeMutableRawBufferPointer(rebasing: buffer[start...])
            storeHeader(draft, position, recordedTime, streamVersion, total, resolved.count, in: record)
            var used = RecordLayout.headerByteCount
            store(draft.id, in: record, &used)
            store(draft.source, in: record, &used)
            store(draft.type, in: record, &used)
            store(draft.subject, in: record, &used)
            store(draft.principal, in: record, &used)
            store(draft.actor, in: record, &used)
            store(draft.correlationID, in: record, &used)
            store(draft.causationID, in: record, &used)
            store(draft.traceparent, in: record, &used)
            store(resolved, in: record, &used)
            draft.data.withRaw { store($0.bytes, in: record, &used) }
            let checksum = CRC32C.checksum(UnsafeRawBufferPointer(rebasing: record[..<used]))
            record.storeLittleEndian(checksum, at: used)
        }
        return start..<buffer.count
    }

    private static func store(
        _ part: UnsafeRawBufferPointer, in record: UnsafeMutableRawBufferPointer, _ used: inout Int
    ) {
        UnsafeMutableRawBufferPointer(rebasing: record[used...]).copyMemory(from: part)
        used += part.count
    }

    private static func store(_ text: String, in record: UnsafeMutableRawBufferPointer, _ used: inout Int) {
        guard !text.isEmpty else { return }
        var text = text
        text.withUTF8 { store(UnsafeRawBufferPointer($0), in: record, &used) }
    }

    /// The fixed part, into zeros.
    private static func storeHeader(
        _ draft: borrowing EventDraft, _ position: UInt64, _ recordedTime: DateTime, _ streamVersion: UInt64,
        _ total: Int, _ resolvedBytes: Int, in header: UnsafeMutableRawBufferPointer
    ) {
        header.storeLittleEndian(RecordLayout.format, at: RecordLayout.formatOffset)
        header.storeLittleEndian(draft.schemaVersion, at: RecordLayout.schemaVersionOffset)
        header.storeLittleEndian(UInt32(total), at: RecordLayout.byteCountOffset)
        header.storeLittleEndian(position, at: RecordLayout.positionOffset)
        header.storeLittleEndian(draft.time.milliseconds, at: RecordLayout.timeOffset)
        header.storeLittleEndian(recordedTime.milliseconds, at: RecordLayout.recordedTimeOffset)
        header.storeLittleEndian(streamVersion, at: RecordLayout.streamVersionOffset)
        header.storeLittleEndian(draft.corrects ?? 0, at: RecordLayout.correctsOffset)
        let base = header.baseAddress.unsafelyUnwrapped
        draft.requestKey.store(to: base + RecordLayout.requestKeyOffset)
        draft.requestDigest.store(to: base + RecordLayout.requestDigestOffset)
        draft.personKeyID.store(to: base + RecordLayout.personKeyIDOffset)
        storeTextLengths(draft, in: header)
        header.storeLittleEndian(UInt32(resolvedBytes), at: RecordLayout.resolvedByteCountOffset)
        header.storeLittleEndian(UInt32(draft.data.bytes.count), at: RecordLayout.dataByteCountOffset)
    }

    /// The leaf of a record whose data is hashed already: SHA-256(0x00 ‖ all before data ‖ dataHash).
    ///
    /// Precondition: `record` is one whole record, as
    /// ``encode(_:position:recordedTime:streamVersion:resolved:into:)`` wrote it.
    public static func leaf(of record: UnsafeRawBufferPointer, dataHash: Digest32) -> Digest32 {
        let dataBytes = Int(record.littleEndian(at: RecordLayout.dataByteCountOffset, as: UInt32.self))
        let headBytes = record.count - RecordLayout.checksumByteCount - dataBytes
        precondition(headBytes >= RecordLayout.headerByteCount, "not a record")
        return withUnsafeTemporaryAllocation(byteCount: 1 + headBytes + Digest32.byteCount, alignment: 1) { bytes in
            bytes[0] = 0x00
            UnsafeMutableRawBufferPointer(rebasing: bytes[1...]).copyMemory(
                from: UnsafeRawBufferPointer(rebasing: record[..<headBytes]))
            dataHash.withUnsafeBytes {
                UnsafeMutableRawBufferPointer(rebasing: bytes[(1 + headBytes)...]).copyMemory(from: $0)
            }
            return Digest32.hashing(UnsafeRawBufferPointer(bytes))
        }
    }

    /// The leaf of a record, hashing its data too.
    public static func leaf(of record: Record) -> Digest32 {
        leaf(of: record.bytes, dataHash: Digest32.hashing(record.data.bytes))
    }

    /// Whether `bytes` are framed as one BSON document: its length and its end. What is inside was validated elsewhere.
    static func isDocument(_ bytes: UnsafeRawBufferPointer) -> Bool {
        bytes.count >= RecordLayout.smallestDocument
            && bytes.littleEndian(at: 0, as: Int32.self) == bytes.count
            && bytes[bytes.count - 1] == 0
    }

    private static func checkedTextByteCount(_ draft: borrowing EventDraft) throws(RecordError) -> Int {
        var total = 0
        total += try checked(draft.id.utf8.count, "id")
        total += try checked(draft.source.utf8.count, "source")
        total += try checked(draft.type.utf8.count, "type")
        total += try checked(draft.subject.utf8.count, "subject")
        total += try checked(draft.principal.utf8.count, "principal")
        total += try checked(draft.actor.utf8.count, "actor")
        total += try checked(draft.correlationID.utf8.count, "correlationID")
        total += try checked(draft.causationID.utf8.count, "causationID")
        total += try checked(draft.traceparent.utf8.count, "traceparent")
        return total
    }

    private static func checked(_ byteCount: Int, _ field: StaticString) throws(RecordError) -> Int {
        guard byteCount <= Int(UInt16.max) else {
            throw .tooLong(field: field.description, byteCount: byteCount, limit: Int(UInt16.max))
        }
        return byteCount
    }

    private static func storeTextLengths(_ draft: borrowing EventDraft, in header: UnsafeMutableRawBufferPointer) {
        func store(_ text: RecordText, _ byteCount: Int) {
            header.storeLittleEndian(UInt16(byteCount), at: RecordLayout.textLengthsOffset + text.rawValue * 2)
        }
        store(.id, draft.id.utf8.count)
        store(.source, draft.source.utf8.count)
        store(.type, draft.type.utf8.count)
        store(.subject, draft.subject.utf8.count)
        store(.principal, draft.principal.utf8.count)
        store(.actor, draft.actor.utf8.count)
        store(.correlationID, draft.correlationID.utf8.count)
        store(.causationID, draft.causationID.utf8.count)
        store(.traceparent, draft.traceparent.utf8.count)
    }
}
