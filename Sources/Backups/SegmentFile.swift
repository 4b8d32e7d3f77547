internal import BSON
internal import EventLog
internal import Platform

/// A segment's bytes: a head, then whole records back to back, each with its own length and checksum.
///
///     0   8 bytes  annalsSG
///     8   u32      version, 1
///     12  u32      0
///     16  16 bytes origin of the log
///     32  u64      position of the first record
///     40  …        records
enum SegmentFile {
    static let magic = Array("annalsSG".utf8)
    static let version: UInt32 = 1
    static let headByteCount = 40

    static func head(_ origin: Digest16, first: UInt64) -> [UInt8] {
        var bytes = magic
        withUnsafeBytes(of: version.littleEndian) { bytes.append(contentsOf: $0) }
        withUnsafeBytes(of: UInt32(0)) { bytes.append(contentsOf: $0) }
        origin.append(to: &bytes)
        withUnsafeBytes(of: first.littleEndian) { bytes.append(contentsOf: $0) }
        return bytes
    }

    /// Reads a segment whole, checks its digest, and gives each record to `body`, checked too.
    static func read(
        _ segment: BackupManifest.Segment, of origin: Digest16, in directory: BackupDirectory,
        _ body: (Record) throws(BackupError) -> Void
    ) throws(BackupError) {
        let path = directory.path + "/" + segment.file
        let fileSystem = directory.fileSystem
        let status = try BackupError.files { () throws(FileError) in try fileSystem.status(path) }
        guard let status else { throw .damaged(path: path, problem: "it is missing") }
        // Before it is read: a file that has grown is not taken into memory.
        guard status.byteCount == segment.byteCount else {
            throw .damaged(
                path: path, problem: "it has \(status.byteCount) bytes where \(segment.byteCount) are expected")
        }
        let bytes = try BackupError.files { () throws(FileError) in try fileSystem.readWhole(path) }
        try bytes.withRawBytes { (raw) throws(BackupError) in
            guard Digest32.hashing(raw) == segment.digest else {
                throw .damaged(path: path, problem: "its bytes do not have the digest that the manifest says")
            }
            try records(raw, segment, origin, path, body)
        }
    }

    private static func records(
        _ raw: UnsafeRawBufferPointer, _ segment: BackupManifest.Segment, _ origin: Digest16, _ path: String,
        _ body: (Record) throws(BackupError) -> Void
    ) throws(BackupError) {
        guard raw.count >= headByteCount, raw[..<headByteCount].elementsEqual(head(origin, first: segment.first)) else {
            throw .damaged(path: path, problem: "it does not begin as a segment of this log does")
        }
        var start = headByteCount
        var position = segment.first
        var newest = segment.from
        while start < raw.count {
            let record: Record
            do throws(RecordError) {
                record = try Record(first: UnsafeRawBufferPointer(rebasing: raw[start...]))
            } catch { throw .damaged(path: path, problem: "position \(position): \(error)") }
            guard record.position == position, position <= segment.last, record.recordedTime >= newest else {
                throw .damaged(path: path, problem: "position \(position): another record stands there")
            }
            newest = record.recordedTime
            try body(record)
            start += record.bytes.count
            position += 1
        }
        guard position == segment.last + 1, newest == segment.through else {
            throw .damaged(path: path, problem: "it ends at position \(position - 1)")
        }
    }
}
