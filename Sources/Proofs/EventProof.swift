public import BSON
public import EventLog

/// That one event is in a log, for somebody who has nothing but a checkpoint: the record, the hashes beside its way to the
/// root, and a checkpoint of that tree.
public struct EventProof: Sendable, Hashable {
    /// Leaves of the tree that it is shown to be in.
    public let size: UInt64
    /// RFC 9162's inclusion proof, lowest level first.
    public let hashes: [Digest32]
    /// The record's bytes before its data (RECORD.md): position, times, texts, what the guard looked up.
    public let head: [UInt8]
    /// The data, a BSON document; `nil` where it is withheld: its digest proves the rest all the same.
    public let data: [UInt8]?
    public let dataDigest: Digest32
    /// Of that tree.
    public let checkpoint: SignedNote
    /// Whose signature the checkpoint has. Who does not know this key from elsewhere learns no more from it than that
    /// nothing was altered since.
    public let key: NoteKey

    /// What its file says it is.
    public static let format = "annals-event-proof-1"

    public init(
        _ record: Record, size: UInt64, hashes: [Digest32], checkpoint: SignedNote, key: NoteKey, withholdsData: Bool
    ) {
        let data = Array(record.data.bytes)
        self.size = size
        self.hashes = hashes
        head = Array(record.bytes.dropLast(4 + data.count))
        self.data = withholdsData ? nil : data
        dataDigest = data.withUnsafeBytes { Digest32.hashing($0) }
        self.checkpoint = checkpoint
        self.key = key
    }

    /// Reads a proof's file. Whether it proves anything is ``check(against:key:)``'s word.
    public init(_ document: Document) throws(ProofError) {
        let members = try ProofMembers(
            document, names: ["format", "size", "hashes", "head", "data", "dataDigest", "checkpoint", "key"],
            format: Self.format)
        size = try members.number("size")
        hashes = try members.digests("hashes")
        head = try members.bytes("head")
        if members.has("data") {
            guard !members.has("dataDigest") else {
                throw ProofError("proof", "dataDigest", "the data itself is there")
            }
            let bytes = try members.bytes("data")
            data = bytes
            dataDigest = bytes.withUnsafeBytes { Digest32.hashing($0) }
        } else {
            data = nil
            dataDigest = try members.digest("dataDigest")
        }
        checkpoint = try members.checkpoint("checkpoint")
        key = try NoteKey(members.text("key"))
    }

    public var document: Document {
        [
            "format": .string(Self.format), "size": .int64(Int64(clamping: size)), "hashes": .digests(hashes),
            "head": .base64(head), data == nil ? "dataDigest" : "data": .base64(data ?? dataDigest.bytes),
            "checkpoint": .string("\(checkpoint)"), "key": .string("\(key)"),
        ]
    }

    /// Checks record, hashes and checkpoints; nothing else is needed.
    ///
    /// - Parameters:
    ///   - trusted: a checkpoint of the same tree, from a source of one's own; `nil`: the one in the proof.
    ///   - key: whose signatures are asked for; `nil`: the one in the proof, which is worth no more than who gave it.
    /// - Returns: what is proven.
    /// - Throws: ``ProofError``, saying what does not fit.
    public func check(against trusted: SignedNote?, key: NoteKey?) throws(ProofError) -> ProvenEvent {
        let checkpoint = try CheckedNotes(proof: self.checkpoint, trusted: trusted, key: key ?? self.key).checkpoint
        guard checkpoint.size == size else {
            throw ProofError(
                "proof", "size",
                "it is of the tree of \(size) events, the checkpoint of \(checkpoint.size); have one made for that "
                    + "checkpoint")
        }
        let event = try ProvenEvent(self)
        guard event.position > 0,
            MerkleTree.verifyInclusion(
                of: event.leaf, index: event.position - 1, size: size, root: checkpoint.root, proof: hashes)
        else {
            throw ProofError("proof", "hashes", "the record is not at position \(event.position) of that tree")
        }
        return event
    }
}
