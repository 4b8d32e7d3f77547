internal import BSON
internal import EventLog
public import Platform
internal import Schema

/// Writes a backup, or what is new of it.
///
/// Each file is written under another name, flushed, read again and checked; the manifest that names them replaces the one
/// before when all are there. What is cut short leaves the older backup whole. The log is read in short transactions: no
/// reader holds pages while a device is waited for.
public struct BackupWriter {
    /// Where a segment that has this many bytes ends.
    public var segmentBytes = 16 << 20
    /// Told after each piece how far it is; false: it is broken off.
    public var onProgress: (_ position: UInt64, _ through: UInt64) -> Bool = { _, _ in true }

    private let directory: BackupDirectory
    private let fileSystem: FileSystem
    private let clock: Clock
    /// One read transaction.
    private static let pieceBytes = 1 << 20
    private static let pieceRecords = 4_096

    public init(_ path: String, fileSystem: FileSystem = .system, clock: Clock = .system) {
        directory = BackupDirectory(path: FileSystem.withoutTrailingSlashes(path), fileSystem: fileSystem)
        self.fileSystem = fileSystem
        self.clock = clock
    }

    /// `make`: what is backed up; told where a copy of the views may be made, once nobody else writes the backup.
    ///
    /// - Throws: ``BackupError/otherLog(backup:log:)``, ``BackupError/diverged(position:backup:log:)``,
    ///   ``BackupError/logIsShorter(position:end:)`` for a directory with another history; what stopped it.
    public func run(
        _ make: (_ viewsCopy: String) throws(BackupError) -> BackupSource
    ) throws(BackupError) -> BackupReport {
        let lock = try directory.open()
        defer { withExtendedLifetime(lock) {} }
        let before = try directory.manifest()
        try directory.removeStrays(beside: before)
        let source = try make(directory.viewsCopyPath)
        if let before { try check(before, source) }
        let goal = try source.frontier(size: source.position).root
        if let root = source.root, root != goal {
            throw .notEqual(position: source.position, expected: root, found: goal)
        }
        var segments = before?.segments ?? []
        // One that has room is written anew with what came since, under another name.
        if let last = segments.last, last.byteCount < segmentBytes / 4 * 3, source.position > last.last {
            segments.removeLast()
        }
        var frontier = try source.frontier(size: segments.last?.last ?? 0)
        guard frontier.root == segments.last?.root ?? frontier.root else {
            throw .diverged(
                position: frontier.size, backup: segments.last?.root ?? frontier.root, log: frontier.root)
        }
        var erased = Set(source.pendingErasures)
        var writtenBytes = 0
        while frontier.size < source.position {
            let segment = try write(source, &frontier, &erased)
            writtenBytes += segment.byteCount
            segments.append(segment)
        }
        guard frontier.root == goal else {
            throw .notEqual(position: source.position, expected: goal, found: frontier.root)
        }
        if let last = segments.indices.last, !source.views.isEmpty { segments[last].views = source.views }
        let generation = (before?.generation ?? 0) + 1
        let copier = KeyFileCopier(directory: directory, generation: generation)
        var files = try copier.copy(source, erased)
        // Keys go after the events that erase them: what the ring's copy lacks, the log says by now.
        if let copy = source.viewsCopy, try !source.hasLaterErasures() { files.append(try copier.takeViews(copy)) }
        let manifest = BackupManifest(
            generation: generation, madeAt: DateTime(milliseconds: clock.now()), identity: source.log.identity,
            logName: source.logName, position: source.position, root: goal, checkpoint: source.checkpoint,
            masterKey: source.masterKey, segments: segments, files: files)
        try directory.replaceManifest(manifest)
        try directory.removeStrays(beside: manifest)
        return BackupReport(
            path: directory.path, manifest: manifest, newEvents: source.position - (before?.position ?? 0),
            writtenBytes: writtenBytes)
    }

    /// The log has to be the one that was backed up, longer perhaps.
    private func check(_ before: BackupManifest, _ source: BackupSource) throws(BackupError) {
        guard before.identity.origin == source.log.origin else {
            throw .otherLog(backup: before.identity.origin, log: source.log.origin)
        }
        guard before.position <= source.position else {
            throw .logIsShorter(position: before.position, end: source.position)
        }
        let root = try source.frontier(size: before.position).root
        guard root == before.root else {
            throw .diverged(position: before.position, backup: before.root, log: root)
        }
        for segment in before.segments {
            let path = directory.path + "/" + segment.file
            let status = try BackupError.files { () throws(FileError) in try fileSystem.status(path) }
            guard status?.byteCount == segment.byteCount else {
                throw .damaged(path: path, problem: "it is missing, or of another length")
            }
        }
    }

    // MARK: Segments

    /// The records after those of `frontier`, up to the segment's end, which are added to it as they read back.
    private func write(
        _ source: BackupSource, _ frontier: inout MerkleFrontier, _ erased: inout Set<Digest16>
    ) throws(BackupError) -> BackupManifest.Segment {
        let first = frontier.size + 1
        var content = SegmentContent(SegmentFile.head(source.log.origin, first: first), first: first)
        while content.next <= source.position, !content.isFull {
            try gather(source, &content)
            guard onProgress(content.next - 1, source.position) else { throw .cancelled }
        }
        guard content.next > first else {
            throw .log(.missingRecord(position: first))
        }
        var segment = BackupManifest.Segment(
            first: first, last: content.next - 1, byteCount: content.bytes.count,
            digest: content.bytes.withUnsafeBytes { Digest32.hashing($0) }, root: .zero, from: content.from,
            through: content.through)
        let path = directory.path + "/" + segment.file
        let bytes = content.bytes
        try BackupError.files { () throws(FileError) in
            try fileSystem.writeWhole(path + BackupDirectory.unfinished, bytes)
            try fileSystem.rename(path + BackupDirectory.unfinished, path)
        }
        try SegmentFile.read(segment, of: source.log.origin, in: directory) { (record) throws(BackupError) in
            frontier.append(record.leaf)
            if let resolved = record.resolved {
                Erasure.forEach(in: resolved) { erased.insert($0.keyID.withUnsafeBytes { Digest16($0) }) }
            }
        }
        segment.root = frontier.root
        return segment
    }

    private struct SegmentContent {
        var bytes: [UInt8]
        var next: UInt64
        var from = DateTime(milliseconds: .max)
        var through = DateTime(milliseconds: .min)
        var isFull = false

        init(_ head: [UInt8], first: UInt64) {
            bytes = head
            next = first
        }
    }

    /// A piece of the log, from one transaction.
    private func gather(_ source: BackupSource, _ content: inout SegmentContent) throws(BackupError) {
        let first = content.next
        let start = content.bytes.count
        try BackupError.log { () throws(LogError) in
            _ = try source.log.read(from: first, through: source.position, limit: Self.pieceRecords) {
                (record) throws(LogError) in
                // At least one: a record may be longer than a segment.
                guard content.bytes.count + record.bytes.count <= segmentBytes || content.through.milliseconds == .min
                else {
                    content.isFull = true
                    return false
                }
                content.bytes.append(contentsOf: record.bytes)
                content.from = min(content.from, record.recordedTime)
                content.through = record.recordedTime
                content.next += 1
                return content.bytes.count - start < Self.pieceBytes
            }
        }
        guard content.next > first || content.isFull else { throw .log(.missingRecord(position: first)) }
    }
}
