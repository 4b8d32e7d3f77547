import BSON
import EventLog
import FuzzDriver
import Platform

/// Everything in EventLog that reads bytes from disk: records, posting chunks, frontiers, the high-water file. The first
/// byte of an input says which reader gets the rest.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzRecord(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    withInput(start, count) { input in
        guard let reader = input.first else { return }
        let rest = Array(input.dropFirst())
        switch reader % 5 {
        case 0: read(record: rest)
        case 1: read(record: withRightChecksum(rest))
        case 2: read(postings: rest)
        case 3: read(frontier: rest)
        default: read(highWater: rest)
        }
    }
}

private func read(record bytes: [UInt8]) {
    bytes.withUnsafeBytes { raw in
        guard let record = try? Record(validating: raw) else {
            // Lengths are checked with the checksum unread, too.
            if let record = try? Record(validating: raw, checkCRC: false) { touch(record) }
            return
        }
        touch(record)
        var batch = LogBatch()
        try? batch.add(raw)
        precondition(batch.count == 1 && batch.bytes.elementsEqual(raw), "a valid record was not taken over as it is")
    }
}

private func touch(_ record: Record) {
    var total = 124 + 4
    for text in RecordText.allCases { total += record[text].count }
    total += record.data.byteCount
    total += record.resolved?.byteCount ?? 0
    precondition(total == record.bytes.count, "the parts of a record are not the whole")
    _ = record.leaf
    _ = record.id.utf8.count + record.traceparent.utf8.count
    _ = (record.position, record.time, record.corrects, record.personKeyID, record.requestKey)
    _ = StoredRecord(copying: record)
}

/// Lets the fuzzer get past the checksum: magic, length and checksum are put right.
private func withRightChecksum(_ bytes: [UInt8]) -> [UInt8] {
    guard bytes.count >= 8 else { return bytes }
    var result = bytes
    result[0] = 0xA1
    withUnsafeBytes(of: UInt32(result.count).littleEndian) { result.replaceSubrange(4..<8, with: $0) }
    let checksum = result.dropLast(4).withUnsafeBytes { CRC32C.checksum($0) }
    withUnsafeBytes(of: checksum.littleEndian) { result.replaceSubrange((result.count - 4)..., with: $0) }
    return result
}

private func read(postings bytes: [UInt8]) {
    bytes.withUnsafeBytes { raw in
        let list = PostingList(raw)
        var again: [UInt8] = []
        var last: UInt64 = 0
        for position in list {
            PostingList.append(position, after: last, to: &again)
            last = position
        }
        // Shorter only by numbers that were written longer than they need.
        precondition(again.count <= raw.count, "postings grew by being read")
        precondition(!list.isWellFormed || list.last ?? 0 == last, "the last posting is not the last one read")
    }
}

private func read(frontier bytes: [UInt8]) {
    guard let frontier = bytes.withUnsafeBytes({ MerkleFrontier(serialized: $0) }) else { return }
    precondition(frontier.serialized == bytes, "a frontier does not read back as it was written")
    _ = frontier.root
}

private func read(highWater bytes: [UInt8]) {
    var fileSystem = FileSystem.system
    fileSystem.status = { (_: String) throws(FileError) in
        FileStatus(
            identity: FileIdentity(device: 0, inode: 0), kind: .file, byteCount: bytes.count,
            allocatedByteCount: bytes.count, permissions: 0o600)
    }
    fileSystem.readWhole = { (_: String) throws(FileError) in bytes }
    _ = try? HighWaterFile(path: "high-water", fileSystem: fileSystem)
}
