public import Crypto

/// 32 bytes inline: a SHA-256 digest, a leaf, a root.
public struct Digest32: Hashable, Sendable, BitwiseCopyable, CustomStringConvertible {
    // The 32 bytes as they lie in memory, so that loading and storing is four moves on any machine.
    private var words: (UInt64, UInt64, UInt64, UInt64)

    public static let byteCount = 32

    /// 32 zero bytes: "no leaf yet".
    public static let zero = Digest32()

    private init() {
        words = (0, 0, 0, 0)
    }

    /// The first 32 of `bytes`.
    public init(_ bytes: UnsafeRawBufferPointer) {
        precondition(bytes.count >= Self.byteCount, "a digest is 32 bytes")
        words = (
            bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self),
            bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self),
            bytes.loadUnaligned(fromByteOffset: 16, as: UInt64.self),
            bytes.loadUnaligned(fromByteOffset: 24, as: UInt64.self)
        )
    }

    public init(_ digest: SHA256Digest) {
        self = digest.withUnsafeBytes { Digest32($0) }
    }

    /// nil unless `hex` is 64 hex digits.
    public init?(hex: String) {
        guard let bytes = HexText.bytes(hex, count: Self.byteCount) else { return nil }
        self = bytes.withUnsafeBytes { Digest32($0) }
    }

    public static func == (left: Digest32, right: Digest32) -> Bool {
        left.words == right.words
    }

    public func hash(into hasher: inout Hasher) {
        withUnsafeBytes { hasher.combine(bytes: $0) }
    }

    public func withUnsafeBytes<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
        try withUnsafePointer(to: words) { (pointer) throws(E) -> R in
            try body(UnsafeRawBufferPointer(start: pointer, count: Self.byteCount))
        }
    }

    /// Writes the 32 bytes at `target`, which need not be aligned.
    public func store(to target: UnsafeMutableRawPointer) {
        withUnsafeBytes { target.copyMemory(from: $0.baseAddress.unsafelyUnwrapped, byteCount: Self.byteCount) }
    }

    public func append(to bytes: inout [UInt8]) {
        withUnsafeBytes { bytes.append(contentsOf: $0) }
    }

    /// 64 hex digits.
    public var description: String {
        withUnsafeBytes { HexText.string($0) }
    }
}

extension Digest32 {
    /// SHA-256 of `bytes`.
    public static func hashing(_ bytes: UnsafeRawBufferPointer) -> Digest32 {
        var hasher = SHA256()
        hasher.update(bufferPointer: bytes)
        return Digest32(hasher.finalize())
    }
}
