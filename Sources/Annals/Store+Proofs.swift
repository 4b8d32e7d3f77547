public import EventLog
public import Proofs
import LMDB
import Schema
import Views

/// What an auditor takes away: signed checkpoints, and proofs that lead to them.
extension Store {
    /// The key that signs this log's checkpoints, made where there is none yet. What auditors are given.
    public func signingKey() throws(CheckpointError) -> NoteKey { try checkpoints.key }

    /// A checkpoint of all that the views hold now, signed and kept.
    /// - Throws: ``CheckpointError/empty`` in a store without events.
    public func checkpoint() throws(CheckpointError) -> SignedNote { try checkpoints.now(try logHead()) }

    /// The newest that was signed.
    public func newestCheckpoint() throws(CheckpointError) -> SignedNote? { try checkpoints.newest() }

    /// The position and time, in milliseconds, of the newest checkpoint since opening, and how long ago each sink outside
    /// took one.
    public var checkpointAge: (size: UInt64, at: Int64)? { checkpoints.age }
    public var checkpointSinkAges: [(name: String, milliseconds: Int64)] { checkpoints.sinks.ages() }

    /// The views' position, and RFC 6962's root over the log up to it.
    public func logHead() throws(CheckpointError) -> (size: UInt64, root: Digest32) { try views.logHead() }

    /// That the event at a position is in the log.
    ///
    /// `size`: of which tree; `nil`: of the newest checkpoint that has the position. `withholdsData`: the digest of the data in
    /// its place; always so where the event's type declares secrets.
    public func proof(
        ofEventAt position: UInt64, size: UInt64? = nil, withholdsData: Bool = false
    ) throws(CheckpointError) -> EventProof {
        let note = try checkpoint(holding: max(position, 1), size)
        let checkpoint = try read(note)
        guard position > 0, position <= checkpoint.size else {
            throw .beyondEnd(asked: position, end: checkpoint.size)
        }
        let key = try signingKey()
        return try withTree { (log, stored) throws(LogError) in
            guard let record = try log.record(at: position),
                let hashes = try log.inclusionProof(position: position, size: checkpoint.size, stored: stored)
            else { throw .missingRecord(position: position) }
            let hasSecrets = catalogue.type(record.type).map { Self.hasSecrets($0) } ?? true
            return EventProof(
                record, size: checkpoint.size, hashes: hashes, checkpoint: note, key: key,
                withholdsData: withholdsData || hasSecrets)
        }
    }

    /// That the log of today holds all that it held when it had `from` events.
    public func proof(extending from: UInt64, to size: UInt64? = nil) throws(CheckpointError) -> ExtensionProof {
        let note = try checkpoint(holding: from, size)
        let checkpoint = try read(note)
        let key = try signingKey()
        return try withTree { (log, stored) throws(LogError) in
            guard let hashes = try log.consistencyProof(from: from, to: checkpoint.size, stored: stored) else {
                throw .missingRecord(position: from)
            }
            return ExtensionProof(from: from, hashes: hashes, checkpoint: note, key: key)
        }
    }

    // MARK: Which tree

    private static func hasSecrets(_ type: Catalogue.EventType) -> Bool {
        !SecretFields(type.event.payload).isEmpty || !SecretFields(type.patched).isEmpty
    }

    private func checkpoint(holding position: UInt64, _ size: UInt64?) throws(CheckpointError) -> SignedNote {
        if let size {
            let end = try logHead().size
            guard size > 0, size <= end else { throw .beyondEnd(asked: size, end: end) }
            guard position <= size else { throw .beyondEnd(asked: position, end: size) }
            let root = try withTree { (log, stored) throws(LogError) in try log.root(size: size, stored: stored) }
            return try checkpoints.sign((size, root))
        }
        if let newest = try newestCheckpoint(), try read(newest).size >= position { return newest }
        let head = try logHead()
        guard position <= head.size else { throw .beyondEnd(asked: position, end: head.size) }
        return try checkpoints.now(head)
    }

    private func read(_ note: SignedNote) throws(CheckpointError) -> LogCheckpoint {
        do throws(ProofError) { return try LogCheckpoint(note) } catch { throw .note(error) }
    }

    /// Log and stored subtree hashes, of one snapshot each. The views' is the older: the log has all that it speaks of.
    private func withTree<R>(
        _ body: (borrowing LogSnapshot, (MerkleSubtree) throws(LogError) -> Digest32?) throws(LogError) -> R
    ) throws(CheckpointError) -> R {
        let snapshot = try viewsNow()
        do throws(LogError) {
            return try body(try log.snapshot()) { (subtree) throws(LogError) in
                do throws(LMDBError) { return try snapshot.subtreeHash(subtree) } catch { throw .storage(error) }
            }
        } catch { throw .log(error) }
    }

    private func viewsNow() throws(CheckpointError) -> ViewSnapshot {
        do throws(LMDBError) { return try snapshot() } catch { throw .views(error) }
    }
}

extension ViewStore {
    func logHead() throws(CheckpointError) -> Checkpoints.Head {
        do throws(LMDBError) {
            let checkpoint = try checkpoint(in: beginRead())
            return (checkpoint.position, checkpoint.frontier.root)
        } catch { throw .views(error) }
    }
}
