public import BSON
public import EventLog

/// That a log as of a newer checkpoint holds all that it held as of an older one, at the same places (RFC 9162's
/// consistency proof).
public struct ExtensionProof: Sendable, Hashable {
    /// Records of the older tree.
    public let from: UInt64
    public let hashes: [Digest32]
    /// The newer one.
    public let checkpoint: SignedNote
    /// Whose signature it has.
    public let key: NoteKey

    /// What its file says it is.
    public static let format = "annals-extension-proof-1"

    public init(from: UInt64, hashes: [Digest32], checkpoint: SignedNote, key: NoteKey) {
        self.from = from
        self.hashes = hashes
        self.checkpoint = checkpoint
        self.key = key
    }

    /// Reads a proof's file.
    public init(_ document: Document) throws(ProofError) {
        let members = try ProofMembers(
            document, names: ["format", "from", "hashes", "checkpoint", "key"], format: Self.format)
        from = try members.number("from")
        hashes = try members.digests("hashes")
        checkpoint = try members.checkpoint("checkpoint")
        key = try NoteKey(members.text("key"))
    }

    public var document: Document {
        [
            "format": .string(Self.format), "from": .int64(Int64(clamping: from)), "hashes": .digests(hashes),
            "checkpoint": .string("\(checkpoint)"), "key": .string("\(key)"),
        ]
    }

    /// - Parameters:
    ///   - older: a checkpoint from a source of one's own.
    ///   - key: whose signatures are asked for; `nil`: the one in the proof, which is worth no more than who gave it.
    /// - Returns: both checkpoints.
    /// - Throws: ``ProofError``, saying what does not fit.
    public func check(against older: SignedNote, key: NoteKey?) throws(ProofError) -> (
        older: LogCheckpoint, newer: LogCheckpoint
    ) {
        let known = try CheckedNotes.read(older, key ?? self.key)
        let newer = try CheckedNotes.read(checkpoint, key ?? self.key)
        guard known.origin == newer.origin else {
            throw ProofError("proof", "checkpoint", "it is of the log \(newer.origin), not of \(known.origin)")
        }
        guard known.size == from else {
            throw ProofError("proof", "from", "it begins at \(from) events, the checkpoint at \(known.size)")
        }
        guard
            MerkleTree.verifyConsistency(
                firstSize: known.size, firstRoot: known.root, secondSize: newer.size, secondRoot: newer.root,
                proof: hashes)
        else {
            throw ProofError(
                "proof", "hashes",
                "the log of \(newer.size) events does not extend the one of \(known.size): its history was changed")
        }
        return (known, newer)
    }
}
