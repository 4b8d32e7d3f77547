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
    let onProgress: (@Sendable (VerificationProgress) -> Void)?
    /// Checkpoints from outside, beside those that the directory has.
    var notes: [SignedNote] = []
    /// Whose signatures are asked for; `nil`: the key's in the directory, where there is one.
    var key: NoteKey?
    /// Where it is kept up to where the log was verified.
    var placeFile: VerifiedPlaceFile?
    /// Whoever has the directory open keeps the pages for us; `nil`: nobody has.
    var holds: (any SnapshotKeeping)?

    /// Looks at a directory as it lies there: opening for use would repair what is to be found.
    func verify() throws(StoreError) -> VerificationReport {
        try checkPlaceFile()
        if let holds { return try locked { () throws(StoreError) in try verify(beside: holds) } }
        var opening = StoreOpening(directory: directory, catalogue: catalogue, options: readingOptions)
        let lock = try opening.lockDirectory()
        defer { withExtendedLifetime(lock) {} }
        let report = try locked { () throws(StoreError) in try verify(opening) }
        let own = try ownKey()
        let trail = ReadTrailVerifier(
            directory: directory, options: options, notes: notes.filter { ReadTrailVerifier.isOfTrail($0) },
            key: key ?? own)
        return report.adding(try trail.verify())
    }

    private func verify(_ opening: StoreOpening) throws(StoreError) -> VerificationReport {
        var opening = opening
        let log: EventLog
        do throws(StoreError) { log = try opening.openLog(opening.existingKeyRing()) } catch {
            guard case .log(let error) = error, let damage = error.damage else { throw error }
            return VerificationReport(damage)
        }
        if let objection = try objection(opening) { return try report(log, nil, distrust(objection)) }
        let views: ViewStore
        do throws(LMDBError) { views = try openViews() } catch {
            // A file that is none of LMDB's, or is without the tables of a new collection.
            guard error.isDamage || error.kind == .notFound else { throw .views(error) }
            return try report(log, nil, distrust("\(error)"))
        }
        return try report(log, views)
    }

    /// The key in the directory, where there is one.
    func ownKey() throws(StoreError) -> NoteKey? {
        do throws(CheckpointError) {
            let path = options.checkpoints.signingKey ?? directory + "/keys/log-signing"
            return try SigningKeyFile(path: path, fileSystem: options.fileSystem).load()?.key
        } catch { throw .checkpoint(error) }
    }

    var readingOptions: StoreOptions {
        var options = options
        options.log.readOnly = true
        options.log.withoutLocks = holds != nil
        // Read from the start and whole, further down.
        options.log.verifiedTailCount = 0
        options.views.readOnly = true
        options.views.withoutLocks = holds != nil
        return options
    }

    func openViews() throws(LMDBError) -> ViewStore {
        try ViewStore(
            directory: directory + "/views", catalogue: catalogue, options: readingOptions.views,
            fileSystem: options.fileSystem)
    }

    func objection(_ opening: StoreOpening) throws(StoreError) -> String? {
        do throws(FileError) {
            guard try options.fileSystem.exists(StoreOpening.dataFile(opening.directory)) else {
                return "there are none"
            }
        } catch { throw .file(error) }
        return try opening.objection()
    }

    /// Views that must not even be read: pages that never reached the disk may lead anywhere.
    func distrust(_ objection: String) -> [Difference] {
        [
            Difference(
                kind: .checkpoint, collection: "views", key: "trust", field: nil, live: objection, replayed: nil)
        ]
    }

    /// Folds the log up to where the views are, compares, and reads the log to its end.
    func report(_ log: EventLog, _ live: ViewStore?, _ found: [Difference] = []) throws(StoreError)
        -> VerificationReport
    {
        try inScratch { () throws(StoreError) in try compare(log, live, found) }
    }

    private var place: VerificationScratch { VerificationScratch(path: scratch, fileSystem: options.fileSystem) }

    /// One at a time in a scratch directory.
    private func locked(_ body: () throws(StoreError) -> VerificationReport) throws(StoreError) -> VerificationReport {
        let lock: LockFile
        do throws(FileError) { lock = try place.lock() } catch {
            if error.isWouldBlock { throw .inUse(directory: scratch) }
            throw .file(error)
        }
        defer { place.unlock(lock) }
        return try body()
    }

    /// Whatever comes of it, nothing stays of what was folded: an erasure does not reach it. What was kept of how far it had
    /// come is of no more use once there is a verdict.
    func inScratch(_ body: () throws(StoreError) -> VerificationReport) throws(StoreError) -> VerificationReport {
        do throws(FileError) { try place.remove() } catch { throw .file(error) }
        let result: Result<VerificationReport, StoreError>
        do throws(StoreError) { result = .success(try body()) } catch { result = .failure(error) }
        do throws(FileError) {
            try place.remove()
            if case .success = result { try placeFile?.remove() }
        } catch { throw .file(error) }
        return try result.get()
    }

    /// Before anything is read: what is not ours is neither written over nor removed.
    private func checkPlaceFile() throws(StoreError) {
        do throws(FileError) { try placeFile?.check() } catch { throw .file(error) }
    }

    private func compare(_ log: EventLog, _ live: ViewStore?, _ found: [Difference]) throws(StoreError)
        -> VerificationReport
    {
        let replayed = try scratchViews()
        var found = found
        var live = live
        var viewsPosition: UInt64 = 0
        do throws(LMDBError) {
            if let live { viewsPosition = try live.checkpoint(in: live.beginRead()).position }
        } catch {
            guard error.isDamage else { throw .views(error) }
            found += distrust("\(error)")
            live = nil
        }
        var audit = try logAudit()
        do throws(ReplayError) {
            try readThrough(log, &audit, live)
            let replay = replay(replayed, log)
            // Views that a killed process left behind its log are compared where they are.
            try replay.rebuildAll(through: viewsPosition > 0 ? viewsPosition : .max)
            if let live { found += try differences(live, replayed) }
            try replay.catchUp()
            found += try checkRoot(log, replayed, &audit)
            return try report(replayed, viewsPosition, audit, found)
        } catch {
            guard let damage = error.damage else { throw .replay(error) }
            return VerificationReport(damage, found + audit.differences)
        }
    }
}
