/// What a decimal's bits say (IEEE 754-2008, binary integer significand).
package enum DecimalParts: Equatable {
    case finite(isNegative: Bool, coefficient: UInt128, exponent: Int)
    case infinity(isNegative: Bool)
    case notANumber
}

extension Decimal128 {
    /// Coefficients above 10^34 - 1 are not canonical and count as zero.
    package var parts: DecimalParts {
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

    /// - `coefficient`: below 10^34; `exponent`: from -6,176 to 6,111.
    package init(isNegative: Bool, coefficient: UInt128, exponent: Int) {
        let head = UInt64(truncatingIfNeeded: coefficient >> 64) | UInt64(truncatingIfNeeded: exponent + 6_176) << 49
        self.init(low: UInt64(truncatingIfNeeded: coefficient), high: head | (isNegative ? 1 << 63 : 0))
    }

    package static let notANumber = Decimal128(low: 0, high: 0x1F << 58)

    package static func infinity(isNegative: Bool) -> Decimal128 {
        Decimal128(low: 0, high: 0x1E << 58 | (isNegative ? 1 << 63 : 0))
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
