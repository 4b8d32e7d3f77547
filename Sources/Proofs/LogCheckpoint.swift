public import EventLog

/// How far a log was, and the root over all its records: the text of a note (C2SP tlog-checkpoint).
public struct LogCheckpoint: Sendable, Hashable {
    /// Which log: no other has this name.
    public let origin: String
    /// Records, so the position of the last.
    public let size: UInt64
    /// RFC 6962's root over the first `size` records.
    public let root: Digest32
    /// Lines that say more; each not empty.
    public let extensions: [String]

    public init(origin: String, size: UInt64, root: Digest32, extensions: [String] = []) {
        self.origin = origin
        self.size = size
        self.root = root
        self.extensions = extensions
    }

    /// Reads what a note says. Its signatures are another matter.
    /// - Throws: ``ProofError`` where the text is no checkpoint to the letter.
    public init(_ note: SignedNote) throws(ProofError) {
        let lines = note.text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
        guard lines.count >= 3, !lines.contains("") else {
            throw ProofError("note", "", "a checkpoint has a line each for origin, size and root, and no empty one")
        }
        guard let size = UInt64(lines[1]), String(size) == lines[1] else {
            throw ProofError("note", "line 2", "it is not a count")
        }
        guard let bytes = Base64Text.bytes(lines[2]), bytes.count == Digest32.byteCount else {
            throw ProofError("note", "line 3", "it is not \(Digest32.byteCount) bytes in base64")
        }
        self.init(
            origin: lines[0], size: size, root: bytes.withUnsafeBytes { Digest32($0) },
            extensions: Array(lines[3...]))
    }

    public var text: String {
        ([origin, String(size), Base64Text.string(root.bytes)] + extensions).reduce(into: "") { $0 += $1 + "\n" }
    }
}

extension Digest32 {
    var bytes: [UInt8] { withUnsafeBytes { Array($0) } }
}
