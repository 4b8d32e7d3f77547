public import EventLog
import LMDB
import Platform
public import Proofs
public import Schema
public import Views

/// How far a verification is.
public struct VerificationProgress: Sendable {
    public enum Step: String, Sendable {
        /// Checksums and tree of the log.
        case checked
        /// Folded anew.
        case replayed
        /// Views with what was folded.
        case compared
    }

    public let step: Step
    public let position: UInt64
    public let through: UInt64
}

/// What verifying a store found.
public struct VerificationReport: Sendable {
    /// How far the log was verified.
    public let position: UInt64
    /// How far the views were, and were compared; 0 where they were not.
    public let viewsPosition: UInt64
    /// The Merkle root over all records up to `position`, computed from their bytes.
    public let root: Digest32
    /// Of the log and of the views that it makes, as of `position`; `nil` where it makes none.
    public let roots: ViewRoots?
    /// How many signed checkpoints were held against the log: those in the directory, and those that were given.
    public let checkpoints: Int
    /// Up to where an earlier run had verified the log, which this one went on from; 0: none had.
    public let resumedAt: UInt64
    /// How many events the log has that views cannot apply, and how many are held because of them.
    public let anomalyCount: AnomalyCount
    /// The first of them. They are no differences: views that lack them are what log and projectors make.
    public let anomalies: [ViewAnomaly]
    /// Where the store is not what its log makes it.
    public private(set) var differences: [Difference]
    /// The audit trail of reads; `nil` where there is none, or it cannot be read through, or was left out.
    public private(set) var reads: ReadTrailReport?
    /// There is a trail of reads that was not looked at, as another process writes it.
    public private(set) var leavesOutReads = false

    public var isSound: Bool { differences.isEmpty }

    /// How many anomalies are told one by one.
    static let mostAnomalies = 100

    init(
        _ roots: ViewRoots, viewsPosition: UInt64, checkpoints: Int, resumedAt: UInt64,
        anomalies: (count: AnomalyCount, [ViewAnomaly]), differences: [Difference]
    ) {
        (anomalyCount, self.anomalies) = anomalies
        position = roots.position
        self.viewsPosition = viewsPosition
        root = roots.log
        self.roots = roots
        self.checkpoints = checkpoints
        self.resumedAt = resumedAt
        self.differences = differences
    }

    /// A log that cannot be read through has no root, and makes no views.
    init(_ damage: LogDamage, _ found: [Difference] = []) {
        position = damage.position
        viewsPosition = 0
        root = .zero
        roots = nil
        anomalyCount = AnomalyCount()
        anomalies = []
        checkpoints = 0
        resumedAt = 0
        differences = found + [damage.difference]
    }

    /// With what was found of the trail of reads.
    func adding(_ trail: (report: ReadTrailReport?, differences: [Difference])) -> VerificationReport {
        var report = self
        report.reads = trail.report
        report.differences += trail.differences
        return report
    }

    func leavingOutReads(_ isSo: Bool) -> VerificationReport {
        var report = self
        report.leavesOutReads = isSo
        return report
    }
}

extension Store {
    /// Reads the whole log (every checksum, every leaf), folds it into views of their own in `scratch`, and compares every
    /// document, index entry, counter, posting, stream, request key and subtree byte for byte; then every index entry
    /// with its document. `scratch` is emptied before and removed after.
    ///
    /// Appends must rest meanwhile: two positions have two different views.
    ///
    /// `notes`: signed checkpoints from outside; the log must lead to each, and to those in the directory. `key`: whose
    /// signatures are asked for; `nil`: the store's own.
    public func verify(
        scratch: String, against notes: [SignedNote] = [], key: NoteKey? = nil,
        onProgress: (@Sendable (VerificationProgress) -> Void)? = nil
    ) throws(StoreError) -> VerificationReport {
        try StoreVerifier(
            directory: directory, catalogue: catalogue, options: options, scratch: scratch, onProgress: onProgress,
            notes: notes, key: key
        ).report(log, views)
    }

    /// The same for a directory that no process has open, just as it lies there. Opening a store repairs it: it replays
    /// what the views lack, and rebuilds those that it does not trust or that are of other declarations. Here nothing is
    /// repaired and nothing but `scratch` written: what opening would have found, damage of the log included, is in the
    /// report. Views that are behind the log, as a killed process leaves them, are compared where they are. The audit trail
    /// of reads is read through too, where there is one, but not beside another process: the report says so, and notes of
    /// the trail are refused.
    ///
    /// - Parameters:
    ///   - directory: the store's.
    ///   - collections: as it is opened with.
    ///   - options: as it is opened with.
    ///   - scratch: a directory, emptied before and removed after.
    ///   - notes: signed checkpoints from outside, to which the log must lead too.
    ///   - key: whose signatures are asked for; `nil`: the store's own.
    ///   - resume: a file in which it is kept up to where the log's records and tree were verified, each half second. A run
    ///     that finds one there goes on from it, where the log is still that one. Removed once there is a verdict. Any other
    ///     file is refused.
    ///   - holds: where another process has the directory open: what has it hold the snapshots that are read here.
    ///   - onProgress: told now and then, on any thread.
    public static func verify(
        directory: String, collections: [any Collection.Type], options: StoreOptions = StoreOptions(),
        scratch: String, against notes: [SignedNote] = [], key: NoteKey? = nil, resume: String? = nil,
        beside holds: (any SnapshotKeeping)? = nil,
        onProgress: (@Sendable (VerificationProgress) -> Void)? = nil
    ) throws(StoreError) -> VerificationReport {
        let catalogue: Catalogue
        do { catalogue = try Catalogue(collections, versionInterval: options.versionInterval) } catch {
            throw .catalogue(error)
        }
        return try StoreVerifier(
            directory: directory, catalogue: catalogue, options: options, scratch: scratch, onProgress: onProgress,
            notes: notes, key: key,
            placeFile: resume.map { VerifiedPlaceFile(path: $0, fileSystem: options.fileSystem) }, holds: holds
        ).verify()
    }
}
