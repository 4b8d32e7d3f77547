import EventLog
import LMDB
import Platform
import Proofs
import Schema
import Views

/// A store that another process has open and changes meanwhile.
///
/// Nothing of LMDB's locks is touched: whoever has the store open holds a snapshot of the log for as long as it takes, and
/// one of the views only while they are compared, since views free many pages with each commit.
extension StoreVerifier {
    func verify(beside holds: any SnapshotKeeping) throws(StoreError) -> VerificationReport {
        try refuseNotesOfTrail()
        try holds.hold(.log)
        defer { holds.release(.log) }
        let result: Result<VerificationReport, StoreError>
        do throws(StoreError) { result = .success(try inScratch { () throws(StoreError) in try look(holds) }) } catch {
            result = .failure(error)
        }
        // Pages that nobody kept may have been anything: neither a verdict nor an error says something then.
        try holds.check()
        let report = try result.get()
        do throws(FileError) {
            return report.leavingOutReads(try options.fileSystem.exists(ReadTrail.directory(directory) + "/log"))
        } catch {
            throw .file(error)
        }
    }

    /// The server writes the trail meanwhile, and holds no snapshot of it.
    private func refuseNotesOfTrail() throws(StoreError) {
        guard let note = notes.first(where: { ReadTrailVerifier.isOfTrail($0) }) else { return }
        let origin = String(note.text.prefix { $0 != "\n" })
        throw .checkpoint(
            .note(
                ProofError(
                    "note", "line 1",
                    "it is of the audit trail of reads (\(origin)), which is not verified beside a server: stop the server, or "
                        + "leave this note out")))
    }

    private func look(_ holds: any SnapshotKeeping) throws(StoreError) -> VerificationReport {
        var opening = StoreOpening(directory: directory, catalogue: catalogue, options: readingOptions)
        // Before the log: it leads to all that was signed by now.
        var audit = try logAudit()
        do throws(StoreError) {
            let log = try opening.openLog(opening.existingKeyRing())
            if let objection = try objection(opening) { return try report(log, nil, distrust(objection)) }
            return try follow(holds, log, &audit)
        } catch {
            guard let damage = error.damage else { throw error }
            return VerificationReport(damage, audit.differences)
        }
    }

    private func follow(_ holds: any SnapshotKeeping, _ log: EventLog, _ audit: inout LogAudit) throws(StoreError)
        -> VerificationReport
    {
        let replayed = try scratchViews()
        let replay = replay(replayed, log)
        let start = try viewsPosition(holds)
        do throws(ReplayError) {
            try readThrough(log, &audit, nil)
            // Far the most of it, while the views go on.
            try replay.rebuildAll(through: start)
        } catch { throw .replay(error) }
        let (position, differences) = try compare(holds, log, replay)
        do throws(ReplayError) {
            let found = differences + (try checkRoot(log, replayed, &audit))
            let isDisturbed = found.isEmpty ? false : try isErased(after: position, log)
            if !isDisturbed { return try report(replayed, position, audit, found) }
        } catch { throw .replay(error) }
        throw .interrupted(
            "somebody was erased while it was verified, whose values only one of what was compared still has")
    }

    private func viewsPosition(_ holds: any SnapshotKeeping) throws(StoreError) -> UInt64 {
        try holds.hold(.views)
        defer { holds.release(.views) }
        do throws(LMDBError) {
            let views = try openViews()
            return try views.checkpoint(in: views.beginRead()).position
        } catch { throw .views(error) }
    }

    /// Folds what came meanwhile, up to one snapshot of the views, and compares that.
    private func compare(_ holds: any SnapshotKeeping, _ log: EventLog, _ replay: Replay) throws(StoreError) -> (
        UInt64, [Difference]
    ) {
        try holds.hold(.views)
        defer { holds.release(.views) }
        while true {
            let snapshot = try liveSnapshot()
            // Another slot serves since they were opened.
            do throws(LMDBError) { guard try snapshot.readsWhatServes else { continue } } catch { throw .views(error) }
            try catchUp(replay, log, through: snapshot.position)
            do throws(LMDBError) {
                return (snapshot.position, try differences(snapshot.store, snapshot, replay.store))
            } catch { throw .views(error) }
        }
    }

    private func liveSnapshot() throws(StoreError) -> ViewSnapshot {
        do throws(LMDBError) { return try openViews().snapshot() } catch { throw .views(error) }
    }

    private func catchUp(_ replay: Replay, _ log: EventLog, through position: UInt64) throws(StoreError) {
        do throws(LogError) { try log.refreshHead() } catch { throw .log(error) }
        do throws(ReplayError) { try replay.catchUp(through: position) } catch { throw .replay(error) }
    }

    /// Keys that are gone by now open nothing that was folded later than it was compared.
    private func isErased(after position: UInt64, _ log: EventLog) throws(ReplayError) -> Bool {
        var isSo = false
        do throws(LogError) {
            _ = try log.read(from: position + 1) { (record) throws(LogError) in
                if let resolved = record.resolved { Erasure.forEach(in: resolved) { _ in isSo = true } }
                return !isSo
            }
        } catch { throw .log(error) }
        return isSo
    }
}

extension StoreError {
    fileprivate var damage: LogDamage? {
        switch self {
        case .log(let error): error.damage
        case .replay(let error): error.damage
        case .views(let error): error.isDamage ? LogDamage(position: 0, reason: "\(self)") : nil
        default: nil
        }
    }
}
