internal import BSON
internal import EventLog

/// What a proof's file has: a JSON object of texts and numbers, read strictly.
struct ProofMembers {
    private let document: Document

    static let mostBytes = 64 << 20

    /// - Throws: ``ProofError`` where the document has other members than `names`, or another format than `format`.
    init(_ document: Document, names: Set<String>, format: String) throws(ProofError) {
        self.document = document
        for name in document.keys where !names.contains(name) {
            throw ProofError("proof", name, "it is not known here")
        }
        guard try text("format") == format else { throw ProofError("proof", "format", "it is not \(format)") }
    }

    private func value(_ name: String) -> Value? { document.pairs.first { $0.name == name }?.value }

    func text(_ name: String) throws(ProofError) -> String {
        guard case .string(let text)? = value(name) else { throw ProofError("proof", name, "it must be a text") }
        return text
    }

    func has(_ name: String) -> Bool { value(name) != nil }

    func number(_ name: String) throws(ProofError) -> UInt64 {
        switch value(name) {
        case .int32(let number)? where number >= 0: return UInt64(number)
        case .int64(let number)? where number >= 0: return UInt64(number)
        default: throw ProofError("proof", name, "it must be a whole number")
        }
    }

    func bytes(_ name: String) throws(ProofError) -> [UInt8] {
        guard let bytes = Base64Text.bytes(try text(name)) else { throw ProofError("proof", name, "it is not base64") }
        return bytes
    }

    func digest(_ name: String) throws(ProofError) -> Digest32 {
        let bytes = try bytes(name)
        guard bytes.count == Digest32.byteCount else { throw ProofError("proof", name, "it is not 32 bytes") }
        return bytes.withUnsafeBytes { Digest32($0) }
    }

    /// At most 64: a tree is no higher; 128 where two are.
    func digests(_ name: String) throws(ProofError) -> [Digest32] {
        guard case .array(let elements)? = value(name), elements.count <= 128 else {
            throw ProofError("proof", name, "it must be an array of at most 128 hashes")
        }
        var digests: [Digest32] = []
        for element in elements {
            guard case .string(let text) = element, let bytes = Base64Text.bytes(text),
                bytes.count == Digest32.byteCount
            else { throw ProofError("proof", name, "a hash is not 32 bytes in base64") }
            digests.append(bytes.withUnsafeBytes { Digest32($0) })
        }
        return digests
    }

    func checkpoint(_ name: String) throws(ProofError) -> SignedNote { try SignedNote(Array(text(name).utf8)) }
}

extension Value {
    static func base64(_ bytes: [UInt8]) -> Value { .string(Base64Text.string(bytes)) }
    static func digests(_ digests: [Digest32]) -> Value { .array(digests.map { .base64($0.bytes) }) }
}
