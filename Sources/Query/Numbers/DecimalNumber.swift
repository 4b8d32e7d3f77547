internal import BSON

/// A finite decimal on its way through arithmetic: `coefficient · 10^exponent`, and whether digits below it were lost.
struct DecimalNumber {
    static let digits = 34
    static let largest: UInt128 = 9_999_999_999_999_999_999_999_999_999_999_999

    var isNegative: Bool
    var coefficient: UInt128
    var exponent: Int

    static func powerOfTen(_ exponent: Int) -> UInt128 { (0..<exponent).reduce(1) { power, _ in power * 10 } }

    static func digitCount(_ number: UInt128) -> Int {
        var count = 0
        var rest = number
        while rest > 0 {
            rest /= 10
            count += 1
        }
        return count
    }

    /// The nearest decimal, halves to even.
    ///
    /// `isInexact`: digits below the coefficient's last were lost.
    static func rounded(isNegative: Bool, _ coefficient: UInt128, _ exponent: Int, isInexact: Bool = false)
        -> Decimal128
    {
        var coefficient = coefficient
        var exponent = exponent
        var lost = isInexact
        var drop = max(0, digitCount(coefficient) - digits)
        if exponent + drop < -6_176 { drop = -6_176 - exponent }
        if drop > 38 { return Decimal128(isNegative: isNegative, coefficient: 0, exponent: -6_176) }
        if drop > 0 {
            let power = powerOfTen(drop)
            let (quotient, remainder) = coefficient.quotientAndRemainder(dividingBy: power)
            let half = power / 2
            let isUp = remainder > half || remainder == half && (lost || quotient % 2 == 1)
            lost = true
            coefficient = quotient + (isUp ? 1 : 0)
            exponent += drop
            if coefficient > largest {
                coefficient /= 10
                exponent += 1
            }
        }
        if coefficient == 0 {
            return Decimal128(isNegative: isNegative, coefficient: 0, exponent: min(max(exponent, -6_176), 6_111))
        }
        // Zeros at the end make room for a large exponent.
        while exponent > 6_111, coefficient <= largest / 10 {
            coefficient *= 10
            exponent -= 1
        }
        if exponent > 6_111 { return .infinity(isNegative: isNegative) }
        return Decimal128(isNegative: isNegative, coefficient: coefficient, exponent: exponent)
    }

    static func sum(_ left: DecimalNumber, _ right: DecimalNumber) -> Decimal128 {
        let (high, low) = left.exponent >= right.exponent ? (left, right) : (right, left)
        if high.coefficient == 0 { return low.exactly(high, isZero: low.coefficient == 0) }
        var top = high.coefficient
        var exponent = high.exponent
        // Up to 37 digits: three more than a decimal holds, so that what is cut of the other decides no more than a half.
        while exponent > low.exponent, top < 1_000_000_000_000_000_000_000_000_000_000_000_000 {
            top *= 10
            exponent -= 1
        }
        var bottom = low.coefficient
        var isInexact = false
        let shift = exponent - low.exponent
        if shift > 38 {
            isInexact = bottom != 0
            bottom = 0
        } else if shift > 0 {
            let (quotient, remainder) = bottom.quotientAndRemainder(dividingBy: powerOfTen(shift))
            bottom = quotient
            isInexact = remainder != 0
        }
        if high.isNegative == low.isNegative {
            return rounded(isNegative: high.isNegative, top + bottom, exponent, isInexact: isInexact)
        }
        if top >= bottom {
            // What was cut of the smaller makes the difference a little smaller.
            let difference = top - bottom - (isInexact ? 1 : 0)
            let isNegative = difference == 0 && !isInexact ? false : high.isNegative
            return rounded(isNegative: isNegative, difference, exponent, isInexact: isInexact)
        }
        return rounded(isNegative: low.isNegative, bottom - top, exponent)
    }

    /// This number beside a zero of another exponent.
    private func exactly(_ zero: DecimalNumber, isZero: Bool) -> Decimal128 {
        Self.rounded(isNegative: isZero ? isNegative && zero.isNegative : isNegative, coefficient, exponent)
    }

    static func product(_ left: DecimalNumber, _ right: DecimalNumber) -> Decimal128 {
        let isNegative = left.isNegative != right.isNegative
        let (high, low) = left.coefficient.multipliedFullWidth(by: right.coefficient)
        let exponent = left.exponent + right.exponent
        if high == 0 { return rounded(isNegative: isNegative, low, exponent) }
        // At most 68 digits: 32 of them gone, what is left fits.
        let (quotient, remainder) = powerOfTen(32).dividingFullWidth((high, low))
        return rounded(isNegative: isNegative, quotient, exponent + 32, isInexact: remainder != 0)
    }

    /// The divisor must not be 0.
    static func quotient(_ left: DecimalNumber, _ right: DecimalNumber) -> Decimal128 {
        let isNegative = left.isNegative != right.isNegative
        let wanted = left.exponent - right.exponent
        if left.coefficient == 0 { return rounded(isNegative: isNegative, 0, wanted) }
        // Enough digits for 35 or 36 of the quotient.
        let shift = max(0, 36 + digitCount(right.coefficient) - digitCount(left.coefficient))
        // A dividend that needs more than 38 of them is short enough to take the rest first.
        let dividend = left.coefficient * powerOfTen(max(0, shift - 38))
        let (high, low) = dividend.multipliedFullWidth(by: powerOfTen(min(shift, 38)))
        var (quotient, remainder) = right.coefficient.dividingFullWidth((high, low))
        var exponent = wanted - shift
        if remainder == 0 {
            while exponent < wanted, quotient % 10 == 0 {
                quotient /= 10
                exponent += 1
            }
        }
        return rounded(isNegative: isNegative, quotient, exponent, isInexact: remainder != 0)
    }
}
