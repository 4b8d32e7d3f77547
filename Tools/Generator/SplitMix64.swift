/// The generator's only source of chance: SplitMix64 (Steele, Lea, Flood 2014). The same seed gives the same numbers.
struct SplitMix64 {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return Self.mix(state)
    }

    /// A bijection of 64-bit values: distinct counters give distinct, scattered identifiers.
    static func mix(_ value: UInt64) -> UInt64 {
        var mixed = value
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// Uniform in `0 ..< bound`; `bound` is at least 1.
    mutating func below(_ bound: Int) -> Int {
        Int(next().multipliedFullWidth(by: UInt64(bound)).high)
    }

    /// Uniform in `range`.
    mutating func within(_ range: ClosedRange<Int>) -> Int {
        range.lowerBound + below(range.upperBound - range.lowerBound + 1)
    }

    mutating func chance(perMille share: Int) -> Bool {
        below(1000) < share
    }

    /// A rank in `0 ..< count`, low ranks often: uniform over octaves, which is Zipf's law with exponent 1 in steps.
    /// Integers only, so that every machine draws the same.
    mutating func rank(below count: Int) -> Int {
        let octaves = Int.bitWidth - count.leadingZeroBitCount
        let width = 1 << below(octaves)
        let rank = width - 1 + below(width)
        return rank < count ? rank : below(count)
    }
}
