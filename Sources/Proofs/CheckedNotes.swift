/// The checkpoint that a proof leads to, held against the one that is trusted and its signatures against a key.
struct CheckedNotes {
    let checkpoint: LogCheckpoint

    init(proof: SignedNote, trusted: SignedNote?, key: NoteKey) throws(ProofError) {
        let own = try Self.read(proof, key)
        guard let trusted else {
            checkpoint = own
            return
        }
        let known = try Self.read(trusted, key)
        guard known.origin == own.origin else {
            throw ProofError("proof", "checkpoint", "it is of the log \(own.origin), not of \(known.origin)")
        }
        guard known.size != own.size || known.root == own.root else {
            throw ProofError("proof", "checkpoint", "it has another root at \(own.size) events: a log was rewritten")
        }
        checkpoint = known
    }

    static func read(_ note: SignedNote, _ key: NoteKey) throws(ProofError) -> LogCheckpoint {
        guard key.verifies(note) else {
            throw ProofError("note", "", "it has no valid signature of \(key.name) (\(NoteKey.hex(key.keyID)))")
        }
        return try LogCheckpoint(note)
    }
}
