/// What a decimal's bits say (IEEE 754-2008, binary integer significand).
enum DecimalParts: Equatable {
    case finite(isNegative: Bool, coefficient: UInt128, exponent: Int)
    case infinity(isNegative: Bool)
    case notANumber
}

extension Decimal128 {
    /// Coefficients above 10^34 - 1 are not canonical and count as zero.
    var parts: DecimalParts {
        let isNegative = high >> 63 == 1
        let combination = high >> 58 & 0x1F
        if combination == 0x1F { return .notANumber }
        if combination == 0x1E { return .infinity(isNegative: isNegative) }
        if combination >= 0x18 {
            // The long form's coefficient is always above the maximum.
            return .finite(isNegative: isNegative, coefficient: 0, exponent: Int(high >> 47 & 0x3FFF) - 6_176)
        }
        let coefficient = UInt128(high & 0x1_FFFF_FFFF_FFFF) << 64 | UInt128(low)
        let isCanonical = coefficient < 10_000_000_000_000_000_000_000_000_000_000_000
        return .finite(
            isNegative: isNegative, coefficient: isCanonical ? coefficient : 0,
            exponent: Int(high >> 49 & 0x3FFF) - 6_176)
    }

    /// The number as an int64, where it is exactly one.
    public var int64: Int64? {
        guard case .finite(let isNegative, var coefficient, var exponent) = parts else { return nil }
        if coefficient == 0 { return 0 }
        while exponent < 0 {
            let (quotient, remainder) = coefficient.quotientAndRemainder(dividingBy: 10)
            guard remainder == 0 else { return nil }
            coefficient = quotient
            exponent += 1
        }
        while exponent > 0 {
            guard coefficient <= 1 << 63 else { return nil }
            coefficient *= 10
            exponent -= 1
        }
        guard coefficient <= 1 << 63 else { return nil }
        let magnitude = UInt64(truncatingIfNeeded: coefficient)
        return isNegative ? Int64(exactly: 0 - Int128(magnitude)) : Int64(exactly: magnitude)
    }
}
