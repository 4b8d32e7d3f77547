internal import Crypto

/// A key that signs notes. As text `PRIVATE+KEY+NAME+KEYID+base64(1 ‖ seed)`, the form that tools for such notes share.
public struct NoteSigner: Sendable {
    private let seed: [UInt8]
    private let privateKey: Curve25519.Signing.PrivateKey
    /// What its signatures are checked with.
    public let key: NoteKey

    public static let seedByteCount = 32
    private static let prefix = "PRIVATE+KEY+"

    /// From 32 random bytes.
    /// - Throws: ``ProofError`` where name or seed cannot be.
    public init(name: String, seed: [UInt8]) throws(ProofError) {
        guard NoteKey.isName(name) else {
            throw ProofError("key", "name", "\"\(name)\" is empty, too long, or has white space or a plus")
        }
        guard seed.count == Self.seedByteCount,
            let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: seed)
        else { throw ProofError("key", "", "its seed is not \(Self.seedByteCount) bytes") }
        self.seed = seed
        privateKey = key
        self.key = NoteKey(name: name, publicKey: Array(key.publicKey.rawRepresentation))
    }

    /// Reads the text form.
    public init(_ text: String) throws(ProofError) {
        guard text.hasPrefix(Self.prefix) else { throw ProofError("key", "", "it does not begin with \(Self.prefix)") }
        let parts = try NoteKey.parts(
            String(text.dropFirst(Self.prefix.count)), what: Self.prefix + "NAME+KEYID+BASE64")
        try self.init(name: parts.name, seed: parts.bytes)
        guard text == self.text else { throw ProofError("key", "", "its id is not that of name and key") }
    }

    /// Secret.
    public var text: String {
        "\(Self.prefix)\(key.name)+\(NoteKey.hex(key.keyID))+\(Base64Text.string([NoteKey.algorithm] + seed))"
    }

    /// The same secret under another name, for another log: its signatures fit no note of this one's.
    public func named(_ name: String) throws(ProofError) -> NoteSigner { try NoteSigner(name: name, seed: seed) }

    /// Signs lines, the last ended too.
    public func sign(_ text: String) throws(ProofError) -> SignedNote {
        guard text.hasSuffix("\n"), let signature = try? privateKey.signature(for: Array(text.utf8)) else {
            throw ProofError("note", "", "it cannot be signed")
        }
        let note = SignedNote(
            text: text, signatures: [.init(name: key.name, keyID: key.keyID, bytes: Array(signature))])
        // What cannot be read again is not given away.
        return try SignedNote(Array(note.description.utf8))
    }
}
