public import EventLog
import Platform
import Proofs
import Views

/// What verifying a trail of reads found; where it is not sound is told with the store's differences.
public struct ReadTrailReport: Sendable {
    /// How many entries there are.
    public let position: UInt64
    /// The Merkle root over all of them, computed from their bytes.
    public let root: Digest32
    /// How many signed checkpoints were held against them.
    public let checkpoints: Int
}

/// Reads a trail of reads from its start: checksums, the tree, the high-water mark, and every checkpoint that there is.
struct ReadTrailVerifier {
    let directory: String
    let options: StoreOptions
    /// From outside, of this store's trails.
    let notes: [SignedNote]
    /// Whose signatures are asked for: the log's key, or the trail's.
    let key: NoteKey?

    /// Whether a checkpoint is of a trail of reads, by its name.
    static func isOfTrail(_ note: SignedNote) -> Bool {
        let words = note.text.prefix { $0 != "\n" }.split(separator: "/", omittingEmptySubsequences: false)
        // The trail's origin, as `ReadTrail.suffix` has it; a log may be named after what it holds.
        return words.count > 2 && words[words.count - 2] == "reads"
            && Digest16(hex: String(words[words.count - 1])) != nil
    }

    /// No report where there is no trail; that is a difference where something tells of one.
    func verify() throws(StoreError) -> (report: ReadTrailReport?, differences: [Difference]) {
        let path = ReadTrail.directory(directory)
        let (isThere, wasThere): (Bool, Bool)
        do throws(FileError) {
            isThere = try options.fileSystem.exists(path + "/log")
            wasThere = try options.fileSystem.exists(path + "/high-water") || !notes.isEmpty
        } catch { throw .file(error) }
        guard isThere || wasThere else { return (nil, []) }
        guard isThere else {
            return (nil, [LogDamage(position: 0, reason: "there is no audit trail of reads any more").ofTrail])
        }
        var rules = options
        rules.log.verifiedTailCount = 0
        let log: EventLog
        do throws(ReadTrailError) { log = try ReadTrail.open(path, rules, isReadOnly: true) } catch {
            guard case .log(let cause) = error else { throw .notFound("\(error)") }
            guard let damage = cause.damage else { throw .log(cause) }
            return (nil, [damage.ofTrail])
        }
        do throws(CheckpointError) { return try read(log) } catch { throw .checkpoint(error) }
    }

    private func read(_ log: EventLog) throws(CheckpointError) -> (ReadTrailReport?, [Difference]) {
        let kept = try KeptCheckpoints(directory: ReadTrail.directory(directory), fileSystem: options.fileSystem).all()
        var audit = NoteAudit(kept + notes, key: key.map { named($0, log.identity) })
        var (frontier, subtrees) = (MerkleFrontier(), [Difference]())
        var damage: LogDamage?
        do throws(LogError) {
            let snapshot = try log.snapshot()
            var newest = Int64.min
            try snapshot.read { (record) throws(LogError) in
                guard record.recordedTime.milliseconds >= newest else {
                    throw .recordedTimeBackwards(position: record.position)
                }
                newest = record.recordedTime.milliseconds
                var completed: [(MerkleSubtree, Digest32)] = []
                frontier.append(record.leaf) { completed.append(($0, $1)) }
                audit.reached(frontier)
                for (subtree, hash) in completed where try snapshot.storedSubtree(subtree) != hash {
                    subtrees.append(.tree(subtree, hash))
                }
                return true
            }
            audit.end(at: frontier)
        } catch {
            guard let found = error.damage else { throw .log(error) }
            damage = found
        }
        let differences = audit.differences.map(\.ofTrail) + subtrees + (damage.map { [$0.ofTrail] } ?? [])
        guard damage == nil else { return (nil, differences) }
        return (
            ReadTrailReport(position: frontier.size, root: frontier.root, checkpoints: audit.count), differences
        )
    }

    /// A key of the store's log is that of its trail, under another name.
    private func named(_ key: NoteKey, _ identity: LogIdentity) -> NoteKey {
        let suffix = ReadTrail.suffix(identity)
        return key.name.hasSuffix(suffix) ? key : key.named(key.name + suffix)
    }
}

extension LogDamage {
    fileprivate var ofTrail: Difference { difference.ofTrail }
}

extension Difference {
    fileprivate var ofTrail: Difference {
        Difference(
            kind: kind, collection: collection == "log" ? "reads" : "reads \(collection)", key: key, field: field,
            live: live, replayed: replayed)
    }

    fileprivate static func tree(_ subtree: MerkleSubtree, _ hash: Digest32) -> Difference {
        Difference(
            kind: .log, collection: "reads", key: "\(subtree)", field: nil, live: "another hash is kept",
            replayed: "\(hash)")
    }
}
