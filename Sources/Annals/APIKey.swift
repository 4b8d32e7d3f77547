public import BSON
import EventLog
import Platform

/// A key of the HTTP door as it is kept: its hash, and what it allows. The key itself is told once, when it is made.
public struct APIKey: Sendable, Hashable {
    /// Tells keys apart without telling anything of them; the principal of what is appended with it is `key:ID`.
    public let id: String
    /// For people.
    public let name: String
    public let scopes: [Scope]
    public let createdAt: DateTime
    /// From here on it is no good; `nil`: always good.
    public let expiresAt: DateTime?
    let hash: Digest32

    public var principal: String { "key:\(id)" }

    static let prefix = "annals_"
    static let idBytes = 6
    static let secretBytes = 32

    /// A new key and its text: 256 random bits, so that one hash of it is as good as a slow one.
    static func make(
        name: String, scopes: [Scope], expiresAt: DateTime?, now: DateTime, _ randomness: Randomness
    ) -> (key: APIKey, text: String) {
        let id = hex(randomness.bytes(idBytes))
        let text = prefix + id + "_" + hex(randomness.bytes(secretBytes))
        let key = APIKey(
            id: id, name: name, scopes: scopes, createdAt: now, expiresAt: expiresAt, hash: hashing(text))
        return (key, text)
    }

    /// The id in a key's text, where it is one.
    static func id(of text: String) -> String? {
        let words = text.split(separator: "_", omittingEmptySubsequences: false)
        guard words.count == 3, words[0] == prefix.dropLast(), words[1].count == idBytes * 2 else { return nil }
        return String(words[1])
    }

    /// In a time that tells nothing of where the two differ.
    func fits(_ text: String) -> Bool {
        let other = Self.hashing(text)
        return hash.withUnsafeBytes { mine in
            other.withUnsafeBytes { theirs in zip(mine, theirs).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0 }
        }
    }

    private static func hashing(_ text: String) -> Digest32 {
        Array(text.utf8).withUnsafeBytes { Digest32.hashing($0) }
    }

    private static func hex(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef")
        return String(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }

    // MARK: As a line of the file

    var document: Document {
        var document: Document = [
            "id": .string(id), "name": .string(name), "scopes": .array(scopes.map { .string($0.description) }),
            "createdAt": .dateTime(createdAt),
        ]
        if let expiresAt { document.append("expiresAt", .dateTime(expiresAt)) }
        document.append("sha256", .string(hash.description))
        return document
    }

    init(id: String, name: String, scopes: [Scope], createdAt: DateTime, expiresAt: DateTime?, hash: Digest32) {
        self.id = id
        self.name = name
        self.scopes = scopes
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.hash = hash
    }

    init?(_ document: Document) {
        guard case .string(let id)? = document["id"], case .string(let name)? = document["name"],
            case .array(let texts)? = document["scopes"], case .dateTime(let createdAt)? = document["createdAt"],
            case .string(let digest)? = document["sha256"], let hash = Digest32(hex: digest)
        else { return nil }
        let scopes = texts.compactMap { text -> Scope? in if case .string(let text) = text { Scope(text) } else { nil }
        }
        guard scopes.count == texts.count else { return nil }
        var expiresAt: DateTime?
        if case .dateTime(let time)? = document["expiresAt"] { expiresAt = time }
        self.init(id: id, name: name, scopes: scopes, createdAt: createdAt, expiresAt: expiresAt, hash: hash)
    }
}
