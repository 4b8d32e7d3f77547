public import BSON
public import EventLog
public import Platform
internal import Proofs
internal import Schema

/// How far a backup is restored.
public enum RestorePoint: Sendable, Hashable {
    case end
    case position(UInt64)
    /// The last position that was recorded by then.
    case moment(DateTime)
}

/// Reads a backup, trusting nothing in it.
public struct BackupReader: Sendable {
    public let manifest: BackupManifest
    public let path: String
    let fileSystem: FileSystem

    public init(_ path: String, fileSystem: FileSystem = .system) throws(BackupError) {
        self.path = FileSystem.withoutTrailingSlashes(path)
        self.fileSystem = fileSystem
        guard let manifest = try BackupDirectory(path: self.path, fileSystem: fileSystem).manifest() else {
            throw .missing(path: path)
        }
        self.manifest = manifest
    }

    var directory: BackupDirectory { BackupDirectory(path: path, fileSystem: fileSystem) }

    /// Reads all of it: every digest, every record, the root over all of them and at each segment, the signed note. Tells
    /// where `point` is.
    public func survey(
        _ point: RestorePoint = .end, onProgress: (_ position: UInt64, _ through: UInt64) -> Void = { _, _ in }
    ) throws(BackupError) -> BackupSurvey {
        if case .position(let asked) = point, asked > manifest.position || asked == 0 {
            throw .beyondEnd(asked: asked, end: manifest.position)
        }
        for file in manifest.files { try directory.check(file, at: path + "/" + manifest.path(of: file)) }
        let note = try checkpoint()
        var survey = BackupSurvey(position: 0, root: MerkleTree.emptyRoot, endPosition: manifest.position)
        var frontier = MerkleFrontier()
        for segment in manifest.segments {
            try SegmentFile.read(segment, of: manifest.identity.origin, in: directory) { (record) throws(BackupError) in
                let isWanted =
                    switch point {
                    case .end: true
                    case .position(let asked): record.position <= asked
                    case .moment(let moment): record.recordedTime <= moment
                    }
                if !isWanted, survey.position == frontier.size { survey.root = frontier.root }
                survey.add(record, isWanted: isWanted)
                frontier.append(record.leaf)
                if let note, note.size == frontier.size, note.root != frontier.root {
                    throw .notEqual(position: note.size, expected: note.root, found: frontier.root)
                }
            }
            guard frontier.root == segment.root else {
                throw .notEqual(position: segment.last, expected: segment.root, found: frontier.root)
            }
            onProgress(segment.last, manifest.position)
        }
        guard frontier.root == manifest.root, note.map({ $0.size <= frontier.size }) ?? true else {
            throw .notEqual(position: manifest.position, expected: manifest.root, found: frontier.root)
        }
        if survey.isWhole { survey.root = frontier.root }
        if survey.position == 0, case .moment(let moment) = point { throw .beforeStart(moment) }
        return survey
    }

    private func checkpoint() throws(BackupError) -> LogCheckpoint? {
        guard let text = manifest.checkpoint else { return nil }
        do throws(ProofError) { return try LogCheckpoint(SignedNote(Array(text.utf8))) } catch {
            throw .damaged(path: path + "/manifest.json", problem: "checkpoint: \(error)")
        }
    }

    /// The records up to a position, in order.
    func forEachRecord(
        through last: UInt64, _ body: (Record) throws(BackupError) -> Void
    ) throws(BackupError) {
        for segment in manifest.segments where segment.first <= last {
            try SegmentFile.read(segment, of: manifest.identity.origin, in: directory) { (record) throws(BackupError) in
                if record.position <= last { try body(record) }
            }
        }
    }
}

/// What a backup was found to be.
public struct BackupSurvey: Sendable {
    /// Where it is to be restored to, and the root there.
    public internal(set) var position: UInt64
    public internal(set) var root: Digest32
    /// When that was recorded.
    public private(set) var time = DateTime(milliseconds: .min)
    /// Where the backup ends.
    public let endPosition: UInt64
    /// Keys that any event of the backup destroyed, and how many of them after the position.
    public private(set) var erasedKeys: Set<Digest16> = []
    public private(set) var erasedLater = 0

    init(position: UInt64, root: Digest32, endPosition: UInt64) {
        self.position = position
        self.root = root
        self.endPosition = endPosition
    }

    public var isWhole: Bool { position == endPosition }

    mutating func add(_ record: Record, isWanted: Bool) {
        if isWanted {
            position = record.position
            time = record.recordedTime
        }
        guard let resolved = record.resolved else { return }
        Erasure.forEach(in: resolved) { erasure in
            let key = erasure.keyID.withUnsafeBytes { Digest16($0) }
            guard key != .zero, erasedKeys.insert(key).inserted, !isWanted else { return }
            erasedLater += 1
        }
    }
}
