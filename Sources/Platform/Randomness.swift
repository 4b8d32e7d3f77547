import Synchronization

/// Where the engine gets random bytes from. Nothing else in the engine draws any.
public struct Randomness: Sendable {
    /// Fills the buffer.
    public var fill: @Sendable (UnsafeMutableRawBufferPointer) -> Void

    public init(fill: @escaping @Sendable (UnsafeMutableRawBufferPointer) -> Void) {
        self.fill = fill
    }

    /// The kernel's generator (getrandom, by way of the standard library), fit for keys.
    public static let system = Randomness { buffer in
        var generator = SystemRandomNumberGenerator()
        Randomness.fill(buffer) { generator.next() }
    }

    /// SplitMix64 from a seed: the same calls in the same order give the same bytes on every machine. Not for keys.
    ///
    /// Each call takes one 64-bit draw for every 8 bytes or part of 8, written little endian.
    public static func seeded(_ seed: UInt64) -> Randomness {
        let generator = SeededGenerator(seed)
        return Randomness { buffer in Randomness.fill(buffer) { generator.next() } }
    }

    private static func fill(_ buffer: UnsafeMutableRawBufferPointer, _ next: () -> UInt64) {
        var index = 0
        while index < buffer.count {
            var draw = next()
            for offset in index..<min(index + 8, buffer.count) {
                buffer[offset] = UInt8(truncatingIfNeeded: draw)
                draw >>= 8
            }
            index += 8
        }
    }

    /// So many random bytes.
    public func bytes(_ count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        bytes.withUnsafeMutableBytes { fill($0) }
        return bytes
    }

    /// A random 64-bit number.
    public func number() -> UInt64 {
        var number: UInt64 = 0
        withUnsafeMutableBytes(of: &number) { fill($0) }
        return UInt64(littleEndian: number)
    }
}

/// SplitMix64 (Steele, Lea, Flood 2014). The state only counts up, so one atomic addition is a draw.
private final class SeededGenerator: Sendable {
    private let state: Atomic<UInt64>

    init(_ seed: UInt64) {
        state = Atomic(seed)
    }

    func next() -> UInt64 {
        var mixed = state.wrappingAdd(0x9E37_79B9_7F4A_7C15, ordering: .relaxed).newValue
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
