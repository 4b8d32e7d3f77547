internal import BSON
internal import Crypto

/// Bytes from several places, hashed at once: each piece given to the hash alone costs more than its bytes.
struct HashedParts: ~Copyable {
    private var bytes: [UInt8] = []

    init(reserving byteCount: Int) { bytes.reserveCapacity(byteCount) }

    mutating func add(_ part: UnsafeRawBufferPointer) { bytes.append(contentsOf: part) }

    mutating func add(_ part: String) {
        var part = part
        part.withUTF8 { bytes.append(contentsOf: $0) }
    }

    /// Between parts, so that no two lists of them look alike.
    mutating func addZero() { bytes.append(0) }

    /// The first 12 bytes of SHA-256.
    var objectID: ObjectID {
        bytes.withUnsafeBytes { bytes in
            var hash = SHA256()
            hash.update(bufferPointer: bytes)
            return hash.finalize().withUnsafeBytes { ObjectID($0) }
        }
    }
}
