public import EventLog
import LMDB
import Platform
public import Views

/// What verifying a store found.
public struct VerificationReport: Sendable {
    /// How far the log was verified.
    public let position: UInt64
    /// The Merkle root over all records up to there, computed from their bytes.
    public let root: Digest32
    /// Where the store is not what its log makes it.
    public let differences: [Difference]

    public var isSound: Bool { differences.isEmpty }
}

extension Store {
    /// Reads the whole log (every checksum, every leaf), folds it into views of their own in `scratch`, and compares every
    /// document, index entry, counter, posting, stream, request key and subtree byte for byte; then every index entry
    /// with its document. `scratch` is emptied before and removed after.
    ///
    /// Appends must rest meanwhile: two positions have two different views.
    public func verify(
        scratch: String, onProgress: (@Sendable (Replay.Progress) -> Void)? = nil
    ) throws(StoreError) -> VerificationReport {
        do throws(FileError) { try options.fileSystem.removeTree(scratch) } catch { throw .file(error) }
        let report = try compare(scratch, onProgress)
        do throws(FileError) { try options.fileSystem.removeTree(scratch) } catch { throw .file(error) }
        return report
    }

    private func compare(
        _ scratch: String, _ onProgress: (@Sendable (Replay.Progress) -> Void)?
    ) throws(StoreError) -> VerificationReport {
        let replayed: ViewStore
        do throws(LMDBError) {
            replayed = try ViewStore(
                directory: scratch, catalogue: catalogue, options: options.views, fileSystem: options.fileSystem)
        } catch { throw .views(error) }
        do throws(ReplayError) {
            try Replay(store: replayed, log: log, onProgress: onProgress).rebuildAll()
        } catch {
            guard let damage = damage(error) else { throw .replay(error) }
            return VerificationReport(position: damage.position, root: .zero, differences: [damage.difference])
        }
        do throws(LMDBError) {
            let checkpoint = try replayed.checkpoint(in: replayed.beginRead())
            var differences = try Verification(live: views, replayed: replayed).differences()
            differences += try IndexAudit(views).differences()
            return VerificationReport(
                position: checkpoint.position, root: checkpoint.frontier.root, differences: differences)
        } catch { throw .views(error) }
    }

    /// What a log that cannot be read through has at fault, where that is the log's content.
    private func damage(_ error: ReplayError) -> (position: UInt64, difference: Difference)? {
        let position: UInt64
        switch error {
        case .log(.damagedRecord(let at, _)), .log(.misplacedRecord(let at, _)), .log(.missingRecord(let at)),
            .log(.recordedTimeBackwards(let at)):
            position = at
        case .fold(let error): position = error.position
        default: return nil
        }
        let difference = Difference(
            kind: .log, collection: "log", key: "\(position)", field: nil, live: "\(error)", replayed: nil)
        return (position, difference)
    }
}
