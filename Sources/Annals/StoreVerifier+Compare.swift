import EventLog
import LMDB
import Platform
import Proofs
import Schema
import Views

/// The steps of a verification.
extension StoreVerifier {
    /// How often it is kept how far the log was verified.
    private static var placeInterval: Duration { .milliseconds(500) }

    func scratchViews() throws(StoreError) -> ViewStore {
        var writable = options.views
        writable.readOnly = false
        writable.withoutLocks = false
        do throws(LMDBError) {
            return try ViewStore(
                directory: scratch, catalogue: catalogue, options: writable, fileSystem: options.fileSystem)
        } catch { throw .views(error) }
    }

    func replay(_ replayed: ViewStore, _ log: EventLog) -> Replay {
        let onProgress = onProgress
        return Replay(store: replayed, log: log) {
            onProgress?(VerificationProgress(step: .replayed, position: $0.position, through: $0.through))
        }
    }

    // MARK: The log

    /// What was signed before: as the directory has it, and from outside.
    func logAudit() throws(StoreError) -> LogAudit {
        let own = try ownKey()
        do throws(CheckpointError) {
            let kept = try KeptCheckpoints(directory: directory, fileSystem: options.fileSystem).all()
            return LogAudit(NoteAudit(kept + notes.filter { !ReadTrailVerifier.isOfTrail($0) }, key: key ?? own))
        } catch { throw .checkpoint(error) }
    }

    /// Every checksum, and the tree at each checkpoint; from where an earlier run had come to, if the log is still that one.
    ///
    /// - Parameter live: whose tree says what the root there is.
    func readThrough(_ log: EventLog, _ audit: inout LogAudit, _ live: ViewStore?) throws(ReplayError) {
        do throws(LogError) {
            if let place = try keptPlace(log) {
                _ = try audit.resume(at: place, log) { (size) throws(LogError) in
                    guard let live else { return nil }
                    return try Self.root(log, size, live)
                }
            }
            try readOn(log, &audit)
        } catch { throw .log(error) }
    }

    private func readOn(_ log: EventLog, _ audit: inout LogAudit) throws(LogError) {
        let end = log.head.position
        let clock = ContinuousClock()
        var keptAt = clock.now
        var place: VerifiedPlace?
        try audit.run(log, through: end, threads: availableCores) { (audit) throws(LogError) in
            onProgress?(VerificationProgress(step: .checked, position: audit.position, through: end))
            guard placeFile != nil else { return }
            place = audit.place ?? place
            guard clock.now - keptAt >= Self.placeInterval else { return }
            try keep(place, log)
            keptAt = clock.now
        }
        audit.end()
        if audit.differences.isEmpty { try keep(place, log) }
    }

    private func keptPlace(_ log: EventLog) throws(LogError) -> VerifiedPlace? {
        do throws(FileError) { return try placeFile?.load(log.origin) } catch { throw .file(error) }
    }

    private func keep(_ place: VerifiedPlace?, _ log: EventLog) throws(LogError) {
        guard let place else { return }
        do throws(FileError) { try placeFile?.store(place, log.origin) } catch { throw .file(error) }
    }

    /// The root over the first `size` events, by the subtrees that views keep.
    private static func root(_ log: EventLog, _ size: UInt64, _ views: ViewStore) throws(LogError) -> Digest32 {
        try log.snapshot().root(size: size) { (subtree) throws(LogError) in
            do throws(LMDBError) { return try views.snapshot().subtreeHash(subtree) } catch { throw .storage(error) }
        }
    }

    /// Whether what was folded is what was verified. Where an earlier run had verified some of it, another root says that the
    /// log was changed since, and all of it is read.
    func checkRoot(_ log: EventLog, _ replayed: ViewStore, _ audit: inout LogAudit) throws(ReplayError) -> [Difference]
    {
        do throws(LogError) {
            let root = try Self.root(log, audit.position, replayed)
            if root != audit.frontier.root, audit.isResumed {
                do throws(StoreError) { audit = try logAudit() } catch {
                    // It could be read a moment ago.
                    return [Self.rootDifference("what was verified before", "\(error)")]
                }
                try readOn(log, &audit)
            }
            guard root != audit.frontier.root else { return [] }
            return [Self.rootDifference("\(audit.frontier.root)", "\(root)")]
        } catch { throw .log(error) }
    }

    private static func rootDifference(_ live: String, _ replayed: String) -> Difference {
        Difference(kind: .log, collection: "log", key: "root", field: nil, live: live, replayed: replayed)
    }

    // MARK: The views

    func differences(_ live: ViewStore, _ replayed: ViewStore) throws(ReplayError) -> [Difference] {
        do throws(LMDBError) { return try differences(live, try live.snapshot(), replayed) } catch {
            throw .views(error)
        }
    }

    /// Byte for byte; then the index entries with their documents, on the side that cannot have been tampered with; then the
    /// roots of the documents as they lie there.
    func differences(_ live: ViewStore, _ snapshot: borrowing ViewSnapshot, _ replayed: ViewStore) throws(LMDBError)
        -> [Difference]
    {
        onProgress?(VerificationProgress(step: .compared, position: snapshot.position, through: snapshot.position))
        let own = try IndexAudit(replayed).differences()
        do throws(LMDBError) {
            return try Verification(live: live, replayed: replayed).differences(snapshot) + own
                + RootAudit(live: live, replayed: replayed).differences(snapshot)
        } catch {
            guard error.isDamage else { throw error }
            return own + distrust("\(error)")
        }
    }

    func report(
        _ replayed: ViewStore, _ viewsPosition: UInt64, _ audit: LogAudit, _ differences: [Difference]
    ) throws(ReplayError) -> VerificationReport {
        do throws(LMDBError) {
            let snapshot = try replayed.snapshot(replayed.servingTarget())
            return VerificationReport(
                try snapshot.roots(), viewsPosition: viewsPosition, checkpoints: audit.notes.count,
                resumedAt: audit.resumedAt, anomalies: try anomalies(snapshot),
                differences: differences + audit.differences)
        } catch { throw .views(error) }
    }

    private func anomalies(_ snapshot: borrowing ViewSnapshot) throws(LMDBError) -> (count: AnomalyCount, [ViewAnomaly])
    {
        var found: [ViewAnomaly] = []
        for model in catalogue.collections where found.count < VerificationReport.mostAnomalies {
            try snapshot.forEachAnomaly(model) { anomaly in
                found.append(anomaly)
                return found.count < VerificationReport.mostAnomalies
            }
        }
        return (try snapshot.anomalyCount(), found)
    }
}
