/// Text with signatures (C2SP signed-note): what a log says of itself, so that anybody can hold it to its word.
///
///     text, of lines
///     (an empty line)
///     — NAME base64(key id ‖ signature)
public struct SignedNote: Sendable, Hashable, CustomStringConvertible {
    public struct Signature: Sendable, Hashable {
        /// The key's name.
        public let name: String
        /// The first 4 bytes of a hash over name and key, big endian.
        public let keyID: UInt32
        public let bytes: [UInt8]
    }

    /// What is signed; ends in a newline.
    public let text: String
    public let signatures: [Signature]

    /// Longer ones are refused, unread.
    public static let mostBytes = 64 << 10
    public static let mostSignatures = 32
    private static let dash = "\u{2014} "

    init(text: String, signatures: [Signature]) {
        self.text = text
        self.signatures = signatures
    }

    /// Reads a note. Whether a signature is right is ``NoteKey/verifies(_:)``'s word.
    /// - Throws: ``ProofError`` where it is not a note to the letter.
    public init(_ bytes: [UInt8]) throws(ProofError) {
        guard bytes.count <= Self.mostBytes else {
            throw ProofError("note", "", "it has \(bytes.count) bytes; \(Self.mostBytes) are the most")
        }
        guard let whole = String(validating: bytes, as: UTF8.self) else {
            throw ProofError("note", "", "it is not UTF-8")
        }
        guard bytes.last == UInt8(ascii: "\n") else { throw ProofError("note", "", "it does not end in a newline") }
        // The last empty line parts text from signatures.
        var lines = whole.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).dropLast()[...]
        for (index, line) in lines.enumerated() where line.contains(where: { $0.value < 0x20 }) {
            throw ProofError("note", "line \(index + 1)", "it has a control character")
        }
        guard let empty = lines.lastIndex(where: { $0.isEmpty }), empty > lines.startIndex else {
            throw ProofError("note", "", "no empty line parts a text from signatures")
        }
        let signed = lines[(empty + 1)...]
        lines = lines[..<empty]
        guard (1...Self.mostSignatures).contains(signed.count) else {
            throw ProofError("note", "", "it has \(signed.count) signatures; 1 to \(Self.mostSignatures) are expected")
        }
        var signatures: [Signature] = []
        for (index, line) in zip(signed.indices, signed) {
            guard let signature = Signature(String(line)) else {
                throw ProofError("note", "line \(index + 1)", "it is not `\(Self.dash)NAME BASE64`")
            }
            signatures.append(signature)
        }
        text = lines.reduce(into: "") { $0 += String($1) + "\n" }
        self.signatures = signatures
    }

    /// The note as it is kept and sent.
    public var description: String {
        signatures.reduce(into: text + "\n") { $0 += $1.line + "\n" }
    }

    /// The notes of a file, one after the other, an empty line after each.
    public static func all(in bytes: [UInt8]) throws(ProofError) -> [SignedNote] {
        var notes: [SignedNote] = []
        var start = 0
        var lineStart = 0
        var hasSignature = false
        func isSignature(_ line: ArraySlice<UInt8>) -> Bool { line.starts(with: dash.utf8) }
        for (index, byte) in bytes.enumerated() where byte == UInt8(ascii: "\n") {
            let line = bytes[lineStart..<index]
            if hasSignature, !isSignature(line) {
                notes.append(try SignedNote(Array(bytes[start..<lineStart])))
                // The empty line between two.
                start = line.isEmpty ? index + 1 : lineStart
            }
            hasSignature = isSignature(line)
            lineStart = index + 1
        }
        if start < bytes.count { notes.append(try SignedNote(Array(bytes[start...]))) }
        return notes
    }
}

extension SignedNote.Signature {
    fileprivate var line: String { "\u{2014} \(name) \(Base64Text.string(keyID.bigEndianBytes + bytes))" }

    fileprivate init?(_ line: String) {
        let words = line.unicodeScalars.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        guard words.count == 3, words[0] == "\u{2014}", NoteKey.isName(words[1]),
            let bytes = Base64Text.bytes(words[2]), bytes.count > 4
        else { return nil }
        name = words[1]
        keyID = UInt32(bigEndianBytes: bytes[..<4])
        self.bytes = Array(bytes[4...])
    }
}

extension UInt32 {
    var bigEndianBytes: [UInt8] { Swift.withUnsafeBytes(of: bigEndian) { Array($0) } }

    /// Four of them.
    init(bigEndianBytes bytes: ArraySlice<UInt8>) {
        self = bytes.reduce(0) { $0 << 8 | UInt32($1) }
    }
}
