internal import Crypto

/// A key that notes are checked with (C2SP signed-note, Ed25519). As text `NAME+KEYID+base64(1 ‖ public key)`, which is what
/// an auditor is given.
public struct NoteKey: Sendable, Hashable, CustomStringConvertible {
    public let name: String
    public let keyID: UInt32
    /// 32 bytes.
    let publicKey: [UInt8]

    static let algorithm: UInt8 = 0x01

    init(name: String, publicKey: [UInt8]) {
        self.name = name
        self.publicKey = publicKey
        keyID = Self.keyID(name, publicKey)
    }

    /// Reads the text form.
    /// - Throws: ``ProofError`` where it is none, or its id is not that of its key.
    public init(_ text: String) throws(ProofError) {
        let (name, bytes) = try Self.parts(text, what: "NAME+KEYID+BASE64")
        self.init(name: name, publicKey: bytes)
        guard text == description else { throw ProofError("key", "", "its id is not that of name and key") }
    }

    public var description: String {
        "\(name)+\(Self.hex(keyID))+\(Base64Text.string([Self.algorithm] + publicKey))"
    }

    /// The same key under another name: see ``NoteSigner/named(_:)``.
    public func named(_ name: String) -> NoteKey { NoteKey(name: name, publicKey: publicKey) }

    /// Whether one of the note's signatures is this key's, and right.
    public func verifies(_ note: SignedNote) -> Bool {
        guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: publicKey) else { return false }
        return note.signatures.contains { signature in
            signature.name == name && signature.keyID == keyID
                && key.isValidSignature(signature.bytes, for: Array(note.text.utf8))
        }
    }

    /// The start of SHA-256(name ‖ newline ‖ algorithm ‖ key).
    private static func keyID(_ name: String, _ key: [UInt8]) -> UInt32 {
        let digest = SHA256.hash(data: Array(name.utf8) + [0x0A, algorithm] + key)
        return UInt32(bigEndianBytes: Array(digest.prefix(4))[...])
    }

    /// Name and the 32 bytes of a key, of its text form.
    static func parts(_ text: String, what: String) throws(ProofError) -> (name: String, bytes: [UInt8]) {
        let words = text.split(separator: "+", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
        guard words.count == 3, isName(words[0]), let bytes = Base64Text.bytes(words[2]), bytes.count == 33 else {
            throw ProofError("key", "", "it is not `\(what)`")
        }
        guard bytes[0] == algorithm else { throw ProofError("key", "", "it is not one of Ed25519") }
        return (words[0], Array(bytes[1...]))
    }

    static func hex(_ id: UInt32) -> String {
        let digits = String(id, radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }

    /// Not empty, without white space, control characters and `+`.
    static func isName(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= 255
            && name.unicodeScalars.allSatisfy { !$0.properties.isWhitespace && $0.value > 0x20 && $0 != "+" }
    }
}
