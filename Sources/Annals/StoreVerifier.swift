import EventLog
import LMDB
import Platform
import Proofs
import Schema
import Views

/// Holds views against what the log makes of them, folded in a directory of its own.
struct StoreVerifier {
    let directory: String
    let catalogue: Catalogue
    let options: StoreOptions
    /// Emptied before, removed after.
    let scratch: String
    let onProgress: (@Sendable (Replay.Progress) -> Void)?
    /// Checkpoints from outside, beside those that the directory has.
    var notes: [SignedNote] = []
    /// Whose signatures are asked for; `nil`: the key's in the directory, where there is one.
    var key: NoteKey?

    /// Looks at a directory as it lies there: opening for use would repair what is to be found.
    func verify() throws(StoreError) -> VerificationReport {
        var options = options
        options.log.readOnly = true
        // Read from the start and whole, further down.
        options.log.verifiedTailCount = 0
        options.views.readOnly = true
        var opening = StoreOpening(directory: directory, catalogue: catalogue, options: options)
        let lock = try opening.lockDirectory()
        defer { withExtendedLifetime(lock) {} }
        let report = try verify(opening, options)
        let own = try ownKey()
        let trail = ReadTrailVerifier(
            directory: directory, options: options, notes: notes.filter { ReadTrailVerifier.isOfTrail($0) },
            key: key ?? own)
        return report.adding(try trail.verify())
    }

    private func verify(_ opening: StoreOpening, _ options: StoreOptions) throws(StoreError) -> VerificationReport {
        var opening = opening
        let log: EventLog
        do throws(StoreError) { log = try opening.openLog(opening.existingKeyRing()) } catch {
            guard case .log(let error) = error, let damage = error.damage else { throw error }
            return VerificationReport(damage)
        }
        if let objection = try objection(opening) { return try report(log, nil, distrust(objection)) }
        let views: ViewStore
        do throws(LMDBError) {
            views = try ViewStore(
                directory: directory + "/views", catalogue: catalogue, options: options.views,
                fileSystem: options.fileSystem)
        } catch {
            switch error.kind {
            // A file that is none of LMDB's, or is without the tables of a new collection.
            case .notFound, .corrupted, .invalid: return try report(log, nil, distrust("\(error)"))
            default: throw .views(error)
            }
        }
        return try report(log, views)
    }

    private func objection(_ opening: StoreOpening) throws(StoreError) -> String? {
        do throws(FileError) {
            guard try options.fileSystem.exists(StoreOpening.dataFile(opening.directory)) else {
                return "there are none"
            }
        } catch { throw .file(error) }
        return try opening.objection()
    }

    /// Views that must not even be read: pages that never reached the disk may lead anywhere.
    private func distrust(_ objection: String) -> [Difference] {
        [
            Difference(
                kind: .checkpoint, collection: "views", key: "trust", field: nil, live: objection, replayed: nil)
        ]
    }

    /// Folds the log up to where the views are, compares, and reads the log to its end.
    func report(_ log: EventLog, _ live: ViewStore?, _ found: [Difference] = []) throws(StoreError)
        -> VerificationReport
    {
        do throws(FileError) { try options.fileSystem.removeTree(scratch) } catch { throw .file(error) }
        let report = try compare(log, live, found)
        do throws(FileError) { try options.fileSystem.removeTree(scratch) } catch { throw .file(error) }
        return report
    }

    private func compare(_ log: EventLog, _ live: ViewStore?, _ found: [Difference]) throws(StoreError)
        -> VerificationReport
    {
        let replayed: ViewStore
        var viewsPosition: UInt64 = 0
        var audit = try noteAudit()
        do throws(LMDBError) {
            var writable = options.views
            writable.readOnly = false
            replayed = try ViewStore(
                directory: scratch, catalogue: catalogue, options: writable, fileSystem: options.fileSystem)
            if let live { viewsPosition = try live.checkpoint(in: live.beginRead()).position }
        } catch { throw .views(error) }
        do throws(ReplayError) {
            do throws(LogError) { try readThrough(log, &audit) } catch { throw .log(error) }
            let replay = Replay(store: replayed, log: log, onProgress: onProgress)
            // Views that a killed process left behind its log are compared where they are.
            try replay.rebuildAll(through: viewsPosition > 0 ? viewsPosition : .max)
            var differences = found + audit.differences
            if let live { differences += try checked { () throws(LMDBError) in try self.differences(live, replayed) } }
            try replay.catchUp()
            let roots = try checked { () throws(LMDBError) in
                try replayed.snapshot(replayed.servingTarget()).roots()
            }
            return VerificationReport(
                roots, viewsPosition: viewsPosition, checkpoints: audit.count, differences: differences)
        } catch {
            guard let damage = error.damage else { throw .replay(error) }
            return VerificationReport(damage, found + audit.differences)
        }
    }

    /// Every checksum, and the tree at each checkpoint, before anything is folded: what a damaged record says may lead
    /// anywhere.
    private func readThrough(_ log: EventLog, _ audit: inout NoteAudit) throws(LogError) {
        var newest = Int64.min
        let snapshot = try log.snapshot()
        try snapshot.read { (record) throws(LogError) in
            guard record.recordedTime.milliseconds >= newest else {
                throw .recordedTimeBackwards(position: record.position)
            }
            newest = record.recordedTime.milliseconds
            audit.add(record)
            return true
        }
        audit.end()
    }

    /// What was signed before: as the directory has it, and from outside.
    private func noteAudit() throws(StoreError) -> NoteAudit {
        let own = try ownKey()
        do throws(CheckpointError) {
            let kept = try KeptCheckpoints(directory: directory, fileSystem: options.fileSystem).all()
            return NoteAudit(kept + notes.filter { !ReadTrailVerifier.isOfTrail($0) }, key: key ?? own)
        } catch { throw .checkpoint(error) }
    }

    /// The key in the directory, where there is one.
    private func ownKey() throws(StoreError) -> NoteKey? {
        do throws(CheckpointError) {
            let path = options.checkpoints.signingKey ?? directory + "/keys/log-signing"
            return try SigningKeyFile(path: path, fileSystem: options.fileSystem).load()?.key
        } catch { throw .checkpoint(error) }
    }

    private func checked<R>(_ body: () throws(LMDBError) -> R) throws(ReplayError) -> R {
        do throws(LMDBError) { return try body() } catch { throw .views(error) }
    }

    /// Byte for byte; then the index entries with their documents, on the side that cannot have been tampered with; then the
    /// roots of the documents as they lie there.
    private func differences(_ live: ViewStore, _ replayed: ViewStore) throws(LMDBError) -> [Difference] {
        try Verification(live: live, replayed: replayed).differences() + IndexAudit(replayed).differences()
            + RootAudit(live: live, replayed: replayed).differences()
    }
}

/// What is wrong with a log's content, and where.
struct LogDamage {
    /// 0 where it is no record.
    let position: UInt64
    let reason: String

    var difference: Difference {
        Difference(
            kind: .log, collection: "log", key: position > 0 ? "\(position)" : "log", field: nil, live: reason,
            replayed: nil)
    }
}

extension LogError {
    /// `nil` where the fault is the machine's or the program's.
    var damage: LogDamage? {
        switch self {
        case .damagedRecord(let position, _), .misplacedRecord(let position, _), .missingRecord(let position),
            .recordedTimeBackwards(let position):
            LogDamage(position: position, reason: "\(self)")
        case .rolledBack(let expected, _): LogDamage(position: expected.position, reason: "\(self)")
        case .highWaterDamaged, .damagedMetadata: LogDamage(position: 0, reason: "\(self)")
        case .storage(let error) where error.kind == .corrupted || error.kind == .invalid:
            LogDamage(position: 0, reason: "\(self)")
        default: nil
        }
    }
}

extension ReplayError {
    var damage: LogDamage? {
        switch self {
        case .log(let error): error.damage
        case .fold(let error): LogDamage(position: error.position, reason: "\(self)")
        case .views, .stopped: nil
        }
    }
}
