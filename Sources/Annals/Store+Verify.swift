public import EventLog
import LMDB
import Platform
public import Proofs
public import Schema
public import Views

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
    /// Where the store is not what its log makes it.
    public private(set) var differences: [Difference]
    /// The audit trail of reads; `nil` where there is none, or it cannot be read through.
    public private(set) var reads: ReadTrailReport?

    public var isSound: Bool { differences.isEmpty }

    init(_ roots: ViewRoots, viewsPosition: UInt64, checkpoints: Int, differences: [Difference]) {
        position = roots.position
        self.viewsPosition = viewsPosition
        root = roots.log
        self.roots = roots
        self.checkpoints = checkpoints
        self.differences = differences
    }

    /// A log that cannot be read through has no root, and makes no views.
    init(_ damage: LogDamage, _ found: [Difference] = []) {
        position = damage.position
        viewsPosition = 0
        root = .zero
        roots = nil
        checkpoints = 0
        differences = found + [damage.difference]
    }

    /// With what was found of the trail of reads.
    func adding(_ trail: (report: ReadTrailReport?, differences: [Difference])) -> VerificationReport {
        var report = self
        report.reads = trail.report
        report.differences += trail.differences
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
        onProgress: (@Sendable (Replay.Progress) -> Void)? = nil
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
    /// of reads is read through too, where there is one.
    public static func verify(
        directory: String, collections: [any Collection.Type], options: StoreOptions = StoreOptions(),
        scratch: String, against notes: [SignedNote] = [], key: NoteKey? = nil,
        onProgress: (@Sendable (Replay.Progress) -> Void)? = nil
    ) throws(StoreError) -> VerificationReport {
        let catalogue: Catalogue
        do { catalogue = try Catalogue(collections) } catch { throw .catalogue(error) }
        return try StoreVerifier(
            directory: directory, catalogue: catalogue, options: options, scratch: scratch, onProgress: onProgress,
            notes: notes, key: key
        ).verify()
    }
}
