import EventLog
public import Proofs

/// Reading the trail, and what an auditor takes away of it.
extension ReadTrail {
    /// The most entries of a page, and how many are looked at for one.
    public static let (longestPage, mostExamined) = (1_000, 20_000)

    /// Entries after a position, at most so many; those of one principal where one is named.
    public func page(after: UInt64, limit: Int, principal: String? = nil) throws(ReadTrailError) -> ReadPage {
        do throws(LogError) {
            let snapshot = try log.snapshot()
            let end = try snapshot.last()?.position ?? 0
            var page = ReadPage(next: after, isComplete: true, position: end)
            guard after < end else { return page }
            var examined = 0
            try snapshot.read(from: after + 1, through: end) { (record) throws(LogError) in
                guard page.entries.count < limit, examined < Self.mostExamined else { return false }
                examined += 1
                page.next = record.position
                if principal == nil || record.principal == principal { page.entries.append(ReadEntry(record)) }
                return true
            }
            page.isComplete = page.next == end
            return page
        } catch { throw .log(error) }
    }

    /// The same, of all that came before.
    public func pageNow(after: UInt64, limit: Int, principal: String?) async throws(ReadTrailError) -> ReadPage {
        try await flushed()
        return try page(after: after, limit: limit, principal: principal)
    }

    /// The key that signs for the trail: that of the store's log, under another name.
    public func signingKey() throws(CheckpointError) -> NoteKey { try checkpoints.key }

    /// A checkpoint of all entries that are durable, signed and kept.
    /// - Throws: ``CheckpointError/empty`` where there are none.
    public func checkpoint() throws(CheckpointError) -> SignedNote {
        do throws(CheckpointError) { return try checkpoints.now(head()) } catch {
            // A newer one was signed in between.
            guard case .beyondEnd = error else { throw error }
            return try checkpoints.now(head())
        }
    }

    /// That the trail of today holds all that it held when it had `from` entries.
    public func proof(extending from: UInt64) throws(CheckpointError) -> ExtensionProof {
        let end = head().size
        guard from > 0, from <= end else { throw .beyondEnd(asked: from, end: end) }
        let note = try checkpoint()
        let size: UInt64
        do throws(ProofError) { size = try LogCheckpoint(note).size } catch { throw .note(error) }
        let hashes: [Digest32]?
        do throws(LogError) {
            let snapshot = try log.snapshot()
            hashes = try snapshot.consistencyProof(from: from, to: size) { (subtree) throws(LogError) in
                try snapshot.storedSubtree(subtree)
            }
        } catch { throw .log(error) }
        guard let hashes else { throw .log(.missingRecord(position: from)) }
        return ExtensionProof(from: from, hashes: hashes, checkpoint: note, key: try signingKey())
    }
}
