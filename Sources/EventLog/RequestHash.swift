internal import Crypto

/// A keyed hash of parts, each with its length, so that no two lists of parts look alike: HMAC-SHA-256 (RFC 2104).
///
/// The two keyed blocks are made once for a key; swift-crypto's generic HMAC costs more in metadata look-ups than in
/// hashing, twice for every event.
public struct RequestHash {
    private let key: HashKey
    private var inner = SHA256()

    init(key: HashKey, purpose: UInt8) {
        self.key = key
        key.inner.withUnsafeBytes { inner.update(bufferPointer: $0) }
        withUnsafeBytes(of: purpose) { inner.update(bufferPointer: $0) }
    }

    public mutating func add(_ part: UnsafeRawBufferPointer) {
        withUnsafeBytes(of: UInt32(clamping: part.count).littleEndian) { inner.update(bufferPointer: $0) }
        inner.update(bufferPointer: part)
    }

    public mutating func add(_ part: String) {
        var part = part
        part.withUTF8 { add(UnsafeRawBufferPointer($0)) }
    }

    /// The first 16 bytes of the HMAC.
    public consuming func finish() -> Digest16 {
        var outer = SHA256()
        key.outer.withUnsafeBytes { outer.update(bufferPointer: $0) }
        inner.finalize().withUnsafeBytes { outer.update(bufferPointer: $0) }
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
