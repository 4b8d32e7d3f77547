internal import Crypto

/// A keyed hash of parts, each with its length, so that no two lists of parts look alike: HMAC-SHA-256 (RFC 2104).
///
/// The two keyed blocks are made once for a key; swift-crypto's generic HMAC costs more in metadata look-ups than in
/// hashing, twice for every event. Small parts are hashed together, for the same reason.
public struct RequestHash {
    private let key: HashKey
    private var inner = SHA256()
    private var pending: [UInt8] = []
    private static let mostPending = 2_048

    init(key: HashKey, purpose: UInt8) {
        self.key = key
        pending.reserveCapacity(256)
        pending.append(contentsOf: key.inner)
        pending.append(purpose)
    }

    public mutating func add(_ part: UnsafeRawBufferPointer) {
        withUnsafeBytes(of: UInt32(clamping: part.count).littleEndian) { pending.append(contentsOf: $0) }
        guard pending.count + part.count > Self.mostPending else { return pending.append(contentsOf: part) }
        hashPending()
        inner.update(bufferPointer: part)
    }

    private mutating func hashPending() {
        pending.withUnsafeBytes { inner.update(bufferPointer: $0) }
        pending.removeAll(keepingCapacity: true)
    }

    public mutating func add(_ part: String) {
        var part = part
        part.withUTF8 { add(UnsafeRawBufferPointer($0)) }
    }

    /// The first 16 bytes of the HMAC.
    public consuming func finish() -> Digest16 {
        hashPending()
        pending.append(contentsOf: key.outer)
        inner.finalize().withUnsafeBytes { pending.append(contentsOf: $0) }
        var outer = SHA256()
        pending.withUnsafeBytes { outer.update(bufferPointer: $0) }
        return outer.finalize().withUnsafeBytes { Digest16($0) }
    }
}

/// A key of at most 64 bytes as HMAC's inner and outer block.
struct HashKey: Sendable {
    let inner: [UInt8]
    let outer: [UInt8]

    init(_ key: [UInt8]) {
        precondition(key.count <= 64, "a longer key would have to be hashed first")
        let padded = key + [UInt8](repeating: 0, count: 64 - key.count)
        inner = padded.map { $0 ^ 0x36 }
        outer = padded.map { $0 ^ 0x5C }
    }
}
