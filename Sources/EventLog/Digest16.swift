/// 16 bytes inline: a request key, a request digest, a person's key id, a log's origin.
public struct Digest16: Hashable, Sendable, BitwiseCopyable, CustomStringConvertible {
    // The 16 bytes as they lie in memory.
    private var words: (UInt64, UInt64)

    public static let byteCount = 16

    /// 16 zero bytes: none.
    public static let zero = Digest16()

    private init() {
        words = (0, 0)
    }

    /// The first 16 of `bytes`.
    public init(_ bytes: UnsafeRawBufferPointer) {
        precondition(bytes.count >= Self.byteCount, "16 bytes are needed")
        words = (
            bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self),
            bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
        )
    }

    /// nil unless `hex` is 32 hex digits.
    public init?(hex: String) {
        guard let bytes = HexText.bytes(hex, count: Self.byteCount) else { return nil }
        self = bytes.withUnsafeBytes { Digest16($0) }
    }

    public static func == (left: Digest16, right: Digest16) -> Bool {
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

    /// Writes the 16 bytes at `target`, which need not be aligned.
    public func store(to target: UnsafeMutableRawPointer) {
        withUnsafeBytes { target.copyMemory(from: $0.baseAddress.unsafelyUnwrapped, byteCount: Self.byteCount) }
    }

    public func append(to bytes: inout [UInt8]) {
        withUnsafeBytes { bytes.append(contentsOf: $0) }
    }

    /// 32 hex digits.
    public var description: String {
        withUnsafeBytes { HexText.string($0) }
    }
}
