public import EventLog
internal import BSON
internal import Platform

/// Reads an export line by line, and holds each against what came before it.
public final class ExportReader {
    public enum Item {
        /// The first line of a chapter.
        case chapter
        /// A record that fits. Its bytes are whole and its own.
        case record(StoredRecord)
        /// A piece of a file beside the log.
        case file(name: String, offset: Int, bytes: [UInt8])
    }

    private struct Chapter {
        let to: UInt64
        let root: Digest32
    }

    /// Which log it is; nil before the first chapter.
    public private(set) var identity: LogIdentity?
    /// The tree over all records up to here.
    public private(set) var frontier: MerkleFrontier
    /// Up to where the whole export goes.
    public private(set) var through: UInt64 = 0
    private var chapter: Chapter?
    private var parser = JSON.Parser(limits: JSON.Limits(maxBytes: 32 << 20))
    private var newest: Int64 = .min
    private let name: String
    private let frontierAt: (UInt64) throws(BackupError) -> MerkleFrontier?
    private var number = 0

    /// - `name`: the file's, for messages.
    /// - `frontierAt`: the tree of the log that is gone on with at a size; nil where it has not come so far.
    public init(_ name: String, frontierAt: @escaping (UInt64) throws(BackupError) -> MerkleFrontier?) {
        self.name = name
        self.frontierAt = frontierAt
        frontier = MerkleFrontier()
    }

    /// - Throws: ``BackupError/damaged(path:problem:)`` with the line's number, ``BackupError/diverged(position:backup:log:)``
    ///   where the export does not go on from the log that is there.
    public func read(_ line: UnsafeRawBufferPointer) throws(BackupError) -> Item {
        number += 1
        let document: Document
        do throws(JSONError) { document = try parser.parse(line, extended: false) } catch { throw problem("\(error)") }
        let members = Members(document, path: "\(name), line \(number)")
        if members.has("record") { return .record(try record(members)) }
        if members.has("file") {
            let (file, offset) = (try members.text("file"), try members.size("offset"))
            guard [KeyFiles.ring, KeyFiles.requests].contains(file) else { throw problem("\(file) is no file here") }
            let bytes = try members.base64("bytes")
            // Exports that an older program wrote have none.
            if members.has("sha256") {
                let digest = try members.digest("sha256")
                guard bytes.withUnsafeBytes({ Digest32.hashing($0) }) == digest else {
                    throw problem("its bytes do not have the digest that it says")
                }
            }
            return .file(name: file, offset: offset, bytes: bytes)
        }
        try begin(members)
        return .chapter
    }

    private func problem(_ text: String) -> BackupError {
        .damaged(path: "\(name), line \(number)", problem: text)
    }

    private func begin(_ members: Members) throws(BackupError) {
        let format = try members.text("format")
        guard format == LogExporter.format else { throw .unknownFormat(path: members.path, format: format) }
        try endChapter()
        let found = LogIdentity(
            origin: try members.digest16("origin"),
            ancestors: try members.list("continues").map { (item) throws(BackupError) in try LogAncestor(item) })
        guard found == identity ?? found else { throw problem("it is of the log \(found.origin), and others are not") }
        let (from, to, end) = (try members.count("from"), try members.count("to"), try members.count("through"))
        guard from > 0, to + 1 >= from, end >= to, end < .max else { throw problem("from, to and through do not fit") }
        if identity == nil {
            guard let known = try frontierAt(from - 1) else {
                throw problem("it begins at position \(from), and what comes before is not there")
            }
            frontier = known
        }
        let before = try members.digest("before")
        guard from == frontier.size + 1 else {
            throw problem("it begins at position \(from), after \(frontier.size)")
        }
        guard before == frontier.root else {
            throw .diverged(position: frontier.size, backup: before, log: frontier.root)
        }
        identity = found
        through = end
        chapter = Chapter(to: to, root: try members.digest("root"))
    }

    private func record(_ members: Members) throws(BackupError) -> StoredRecord {
        guard let chapter, frontier.size < chapter.to else { throw problem("no chapter says that this record comes") }
        let bytes = try members.base64("record")
        let record: StoredRecord
        do throws(RecordError) { record = try StoredRecord(validating: bytes) } catch { throw problem("\(error)") }
        let (position, time, leaf) = record.withRecord { ($0.position, $0.recordedTime.milliseconds, $0.leaf) }
        guard position == frontier.size + 1, try members.count("position") == position, time >= newest else {
            throw problem("another record belongs here, that of position \(frontier.size + 1)")
        }
        newest = time
        frontier.append(leaf)
        return record
    }

    private func endChapter() throws(BackupError) {
        guard let chapter else { return }
        guard frontier.size == chapter.to else {
            throw problem("records are missing from position \(frontier.size + 1) on")
        }
        guard frontier.root == chapter.root else {
            throw .notEqual(position: frontier.size, expected: chapter.root, found: frontier.root)
        }
    }

    /// All lines were read: they have to be all there are.
    public func finish() throws(BackupError) {
        guard identity != nil else { throw .damaged(path: name, problem: "it is no export: it has no chapter") }
        try endChapter()
        guard frontier.size == through else {
            throw .damaged(path: name, problem: "it ends at position \(frontier.size), before \(through)")
        }
    }
}
