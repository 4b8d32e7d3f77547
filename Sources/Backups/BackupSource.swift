public import EventLog
internal import Platform
internal import Schema

/// What is backed up: a log up to a position that stays, and the files beside it.
public struct BackupSource {
    /// A file to copy: where it goes, and where it lies.
    public struct File {
        public let name: String
        public let path: String

        public init(name: String, path: String) {
            self.name = name
            self.path = path
        }
    }

    let log: EventLog
    public let position: UInt64
    let subtree: (MerkleSubtree) throws(LogError) -> Digest32?
    let files: [File]
    let ring: (_ offset: Int, _ count: Int) throws(KeyRingError) -> [UInt8]
    /// What the views say that the root is; nil: nothing.
    public var root: Digest32?
    /// The views at the position; empty where they are not known.
    public var views: [BackupManifest.View] = []
    /// Names and notes, as the manifest says them.
    public var logName = ""
    public var checkpoint: String?
    public var masterKey = BackupManifest.MasterKeyPlace.elsewhere
    /// A copy of the views at the position, made for this backup; nil: none is wanted.
    public var viewsCopy: String?
    /// Keys that the log says are gone, and that a crash may have left in the ring.
    public var pendingErasures: [Digest16] = []

    /// - `position`: the last that is copied. What erased somebody up to there has destroyed their keys.
    /// - `subtree`: hashes that are kept elsewhere; nil: hashed from the records, which reads them all.
    /// - `files`: beside the log, but for the ring.
    /// - `ring`: a piece of the ring's file; fewer bytes where it ends.
    public init(
        log: EventLog, position: UInt64, subtree: @escaping (MerkleSubtree) throws(LogError) -> Digest32?,
        files: [File],
        ring: @escaping (_ offset: Int, _ count: Int) throws(KeyRingError) -> [UInt8]
    ) {
        self.log = log
        self.position = position
        self.subtree = subtree
        self.files = files
        self.ring = ring
    }

    /// The right edge of the tree over the first `size` records.
    func frontier(size: UInt64) throws(BackupError) -> MerkleFrontier {
        try BackupError.log { () throws(LogError) in try log.snapshot().frontier(size: size, stored: subtree) }
    }

    /// Whether anybody was erased after the position by now: copies of views from before still say who they were.
    func hasLaterErasures() throws(BackupError) -> Bool {
        var isSo = false
        try BackupError.log { () throws(LogError) in
            _ = try log.read(from: position + 1) { (record) throws(LogError) in
                if let resolved = record.resolved { Erasure.forEach(in: resolved) { _ in isSo = true } }
                return !isSo
            }
        }
        return isSo
    }
}
