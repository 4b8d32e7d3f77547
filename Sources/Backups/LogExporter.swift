public import EventLog
internal import BSON
internal import Platform

/// The log as lines of JSON that carry the records' own bytes, from which an equal log is made.
///
/// A text of chapters: each a line that says which positions follow and the roots before and after them, then a line for
/// each record. So each chapter is checked by itself, and may be asked for by itself.
///
///     {"format":"annals-export-1","origin":"…","continues":[],"from":1,"to":2,"through":2,"before":"…","root":"…"}
///     {"position":1,"type":"user.registered","subject":"…","recordedtime":"…","record":"BASE64"}
public struct LogExporter {
    public static let format = "annals-export-1"

    private let log: EventLog
    private let subtree: (MerkleSubtree) throws(LogError) -> Digest32?
    /// Where the last chapter ended.
    private var edge: MerkleFrontier?

    /// - `subtree`: hashes that are kept elsewhere; nil: hashed from the records.
    public init(_ log: EventLog, subtree: @escaping (MerkleSubtree) throws(LogError) -> Digest32? = { _ in nil }) {
        self.log = log
        self.subtree = subtree
    }

    /// The chapter that begins at `from`, of at most so many bytes of records, but for one.
    /// - Returns: the lines, and the position after its last.
    public mutating func chapter(
        from: UInt64, through: UInt64, mostBytes: Int = 4 << 20
    ) throws(BackupError) -> (text: [UInt8], next: UInt64) {
        var frontier = try edge(before: from)
        let before = frontier.root
        var lines: [UInt8] = []
        var byteCount = 0
        try BackupError.log { () throws(LogError) in
            _ = try log.read(from: from, through: through) { (record) throws(LogError) in
                guard byteCount == 0 || byteCount + record.bytes.count <= mostBytes else { return false }
                byteCount += record.bytes.count
                frontier.append(record.leaf)
                Self.write(record, into: &lines)
                return true
            }
        }
        guard frontier.size >= from || from > through else { throw .log(.missingRecord(position: from)) }
        let head: Document = [
            "format": .string(Self.format), "origin": .string("\(log.origin)"),
            "continues": .array(log.identity.ancestors.map { $0.value }), "from": .count(from),
            "to": .count(frontier.size), "through": .count(through), "before": .string("\(before)"),
            "root": .string("\(frontier.root)"),
        ]
        var text: [UInt8] = []
        text.reserveCapacity(lines.count + 512)
        JSON.write(head, style: .relaxed, into: &text)
        text.append(0x0A)
        text += lines
        edge = frontier
        return (text, frontier.size + 1)
    }

    private func edge(before from: UInt64) throws(BackupError) -> MerkleFrontier {
        if let edge, edge.size == from - 1 { return edge }
        return try BackupError.log { () throws(LogError) in
            try log.snapshot().frontier(size: from - 1, stored: subtree)
        }
    }

    private static func write(_ record: Record, into lines: inout [UInt8]) {
        let line: Document = [
            "position": .count(record.position), "type": .string(record.type), "subject": .string(record.subject),
            "recordedtime": .string("\(record.recordedTime)"), "record": .base64(record.bytes),
        ]
        JSON.write(line, style: .relaxed, into: &lines)
        lines.append(0x0A)
    }

    /// The lines of a file beside the log, such as `keys/ring`, piece by piece.
    public static func lines(
        of name: String, _ piece: (_ offset: Int, _ count: Int) throws(KeyRingError) -> [UInt8],
        _ body: ([UInt8]) throws -> Void
    ) throws {
        var offset = 0
        while true {
            let bytes = try piece(offset, KeyRing.pieceBytes)
            guard !bytes.isEmpty else { return }
            var line: [UInt8] = []
            let content = bytes.withUnsafeBytes { Value.base64($0) }
            let digest = bytes.withUnsafeBytes { Digest32.hashing($0) }
            let document: Document = [
                "file": .string(name), "offset": .count(UInt64(offset)), "bytes": content,
                "sha256": .string("\(digest)"),
            ]
            JSON.write(document, style: .relaxed, into: &line)
            line.append(0x0A)
            try body(line)
            offset += bytes.count
        }
    }
}
