/// A natural number of any size: just the arithmetic that comparing decimals with doubles exactly takes.
struct BigNatural: Equatable {
    /// Least significant first, without zeros at the end.
    private(set) var limbs: [UInt32]

    init(_ number: UInt128) {
        limbs = []
        var rest = number
        while rest > 0 {
            limbs.append(UInt32(truncatingIfNeeded: rest))
            rest >>= 32
        }
    }

    var isZero: Bool { limbs.isEmpty }

    var bitLength: Int {
        guard let top = limbs.last else { return 0 }
        return limbs.count * 32 - top.leadingZeroBitCount
    }

    mutating func multiply(by factor: UInt32) {
        var carry: UInt64 = 0
        for index in limbs.indices {
            carry += UInt64(limbs[index]) * UInt64(factor)
            limbs[index] = UInt32(truncatingIfNeeded: carry)
            carry >>= 32
        }
        if carry > 0 { limbs.append(UInt32(carry)) }
    }

    mutating func multiply(byPowerOfTen exponent: Int) {
        for _ in 0..<exponent / 9 { multiply(by: 1_000_000_000) }
        for _ in 0..<exponent % 9 { multiply(by: 10) }
    }

    mutating func shiftLeft(by bits: Int) {
        guard !isZero else { return }
        let rest = bits % 32
        if rest > 0 { multiply(by: 1 << UInt32(rest)) }
        limbs.insert(contentsOf: repeatElement(0, count: bits / 32), at: 0)
    }

    /// - Returns: whether bits that were 1 were lost.
    mutating func shiftRight(by bits: Int) -> Bool {
        let whole = min(bits / 32, limbs.count)
        var lost = limbs[..<whole].contains { $0 != 0 }
        limbs.removeFirst(whole)
        let rest = bits % 32
        if rest > 0 { lost = divide(by: 1 << UInt32(rest)) != 0 || lost }
        return lost
    }

    /// - Returns: the remainder.
    mutating func divide(by divisor: UInt32) -> UInt32 {
        var remainder: UInt64 = 0
        for index in limbs.indices.reversed() {
            let number = remainder << 32 | UInt64(limbs[index])
            limbs[index] = UInt32(truncatingIfNeeded: number / UInt64(divisor))
            remainder = number % UInt64(divisor)
        }
        while limbs.last == 0 { limbs.removeLast() }
        return UInt32(truncatingIfNeeded: remainder)
    }

    /// - Returns: whether there was a remainder.
    mutating func divide(byPowerOfTen exponent: Int) -> Bool {
        var isInexact = false
        for _ in 0..<exponent / 9 where divide(by: 1_000_000_000) != 0 { isInexact = true }
        for _ in 0..<exponent % 9 where divide(by: 10) != 0 { isInexact = true }
        return isInexact
    }

    /// The number, which must fit.
    var uint64: UInt64 {
        UInt64(limbs.first ?? 0) | UInt64(limbs.count > 1 ? limbs[1] : 0) << 32
    }

    static func compare(_ left: BigNatural, _ right: BigNatural) -> Int {
        if left.limbs.count != right.limbs.count { return left.limbs.count < right.limbs.count ? -1 : 1 }
        for index in left.limbs.indices.reversed() where left.limbs[index] != right.limbs[index] {
            return left.limbs[index] < right.limbs[index] ? -1 : 1
        }
        return 0
    }
}
