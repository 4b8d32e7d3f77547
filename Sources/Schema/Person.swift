public import BSON

/// Whom personal data is about: what one key seals and one erasure ends. The domain says which kinds there are.
///
/// The id names nobody by itself: an `_id`, or a keyed hash. It stands in the `resolved` block of each event that
/// brings personal data.
public struct Person: Hashable, Sendable {
    /// On disk; never reused.
    public let kind: UInt8
    /// 12 bytes of an `_id`, or 16 of a keyed hash.
    public let id: [UInt8]

    public init(kind: UInt8, _ id: ObjectID) {
        self.kind = kind
        self.id = id.withUnsafeBytes { Array($0) }
    }

    public init(kind: UInt8, hash: [UInt8]) {
        self.kind = kind
        id = hash
    }

    /// As it stands in records and as a key: the kind, then the id.
    public var bytes: [UInt8] { [kind] + id }
}
