internal import EventLog
public import Schema

/// Who may ask about secrets, what, and how often.
public struct CheckOptions: Sendable {
    /// The questions there are, collection by collection.
    public var declared: [SecretChecks] = []
    /// Without one, the routes say only how to get them.
    public var key: CheckKey?
    /// About one document.
    public var each = Rate(burst: 10, perMinute: 10)
    /// About all, since each check costs tens of milliseconds.
    public var all = Rate(burst: 60, perMinute: 1_200)
    /// Documents whose rates are remembered. Beyond that, those asked about least are forgotten.
    public var mostRemembered = 10_000

    public init() {}
}

/// So many at once, and so many a minute in the long run.
public struct Rate: Sendable, Hashable {
    public var burst: Int
    public var perMinute: Double

    public init(burst: Int, perMinute: Double) {
        self.burst = burst
        self.perMinute = perMinute
    }
}

/// The key that those who may ask about secrets show. It is kept, and compared, as its hash alone.
public struct CheckKey: Sendable {
    public static let fewestCharacters = 32
    private let hash: Digest32

    /// `nil` where it is too short, or has what a header cannot carry.
    public init?(_ text: String) {
        guard text.utf8.count >= Self.fewestCharacters, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            return nil
        }
        hash = Self.hash(text)
    }

    /// In a time that tells nothing of where the two differ.
    func fits(_ text: String) -> Bool {
        let other = Self.hash(text)
        return hash.withUnsafeBytes { mine in
            other.withUnsafeBytes { theirs in zip(mine, theirs).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0 }
        }
    }

    private static func hash(_ text: String) -> Digest32 {
        Array(text.utf8).withUnsafeBytes { Digest32.hashing($0) }
    }
}
