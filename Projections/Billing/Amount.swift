internal import BSON

/// An amount of money, exact: `digits * 10^exponent`, without zeros at the end of the digits, so that one amount has
/// one form whichever way it was reached. Sums are exact while they need no more than 37 digits: amounts in cents up to
/// 10^30 do not. Beyond that they are rounded, half to even.
struct Amount: Equatable {
    private let digits: Int128
    private let exponent: Int

    static let zero = Amount(0, 0)

    private init(_ digits: Int128, _ exponent: Int) {
        var digits = digits
        var exponent = digits == 0 ? 0 : exponent
        while digits != 0, digits % 10 == 0 {
            digits /= 10
            exponent += 1
        }
        self.digits = digits
        self.exponent = exponent
    }

    /// The shortest decimal that reads back as the same double; `nil` where it is not finite.
    init?(_ number: Double) {
        guard number.isFinite else { return nil }
        self.init(decimal: number.description)
    }

    init?(_ decimal: Decimal128) {
        guard !decimal.isSpecial else { return nil }
        self.init(decimal: decimal.description)
    }

    /// At most 34 digits, or 17 and the zeros that a double's text without an exponent has: well within 128 bits.
    private init(decimal text: String) {
        var digits: Int128 = 0
        var exponent = 0
        var isFraction = false
        let parts = text.split { $0 == "e" || $0 == "E" }
        for byte in parts[0].utf8 {
            switch byte {
            case 0x2E: isFraction = true
            case 0x30...0x39:
                digits = digits * 10 + Int128(byte - 0x30)
                if isFraction { exponent -= 1 }
            default: break
            }
        }
        if parts.count > 1 { exponent += Int(parts[1]) ?? 0 }
        self.init(text.hasPrefix("-") ? -digits : digits, exponent)
    }

    // MARK: Arithmetic

    static prefix func - (amount: Amount) -> Amount { Amount(-amount.digits, amount.exponent) }

    static func + (a: Amount, b: Amount) -> Amount {
        if let sum = exactSum(a, b) { return sum }
        // As far down as the digits of the one that reaches higher allow.
        let top = max(a.exponent + count(a.digits), b.exponent + count(b.digits))
        let (left, right) = (a.rounded(to: top - 37), b.rounded(to: top - 37))
        return exactSum(left, right) ?? (left.digits.magnitude > right.digits.magnitude ? left : right)
    }

    /// `nil` where it needs more than 128 bits.
    static func exactSum(_ a: Amount, _ b: Amount) -> Amount? {
        let exponent = min(a.exponent, b.exponent)
        guard let left = a.scaled(to: exponent), let right = b.scaled(to: exponent) else { return nil }
        let (sum, overflow) = left.addingReportingOverflow(right)
        return overflow ? nil : Amount(sum, exponent)
    }

    /// Exact for any amount that a double gives.
    func times(_ factor: Int128) -> Amount {
        let (product, overflow) = digits.multipliedReportingOverflow(by: factor)
        if !overflow { return Amount(product, exponent) }
        let short = rounded(to: exponent + Self.count(digits) - 34)
        return Amount(short.digits * factor, short.exponent)
    }

    /// The quotient to 34 digits, half to even.
    func divided(by divisor: UInt128) -> Amount {
        var (quotient, remainder) = digits.magnitude.quotientAndRemainder(dividingBy: divisor)
        var exponent = exponent
        while remainder != 0, quotient < Self.tooLong / 10 {
            let (digit, rest) = (remainder * 10).quotientAndRemainder(dividingBy: divisor)
            quotient = quotient * 10 + digit
            remainder = rest
            exponent -= 1
        }
        if remainder * 2 > divisor || remainder * 2 == divisor && quotient % 2 == 1 { quotient += 1 }
        return Amount(digits < 0 ? -Int128(quotient) : Int128(quotient), exponent)
    }

    /// The digits for another, lower exponent; `nil` where they do not fit.
    private func scaled(to lower: Int) -> Int128? {
        guard exponent - lower <= 38 else { return digits == 0 ? 0 : nil }
        var result = digits
        for _ in 0..<max(0, exponent - lower) {
            let (product, overflow) = result.multipliedReportingOverflow(by: 10)
            if overflow { return nil }
            result = product
        }
        return result
    }

    /// Without what is below `10^lowest`, half to even.
    private func rounded(to lowest: Int) -> Amount {
        guard exponent < lowest else { return self }
        guard lowest - exponent <= 38 else { return .zero }
        var unit: UInt128 = 1
        for _ in 0..<(lowest - exponent) { unit *= 10 }
        var (quotient, remainder) = digits.magnitude.quotientAndRemainder(dividingBy: unit)
        let rest = unit - remainder
        if remainder > rest || remainder == rest && quotient % 2 == 1 { quotient += 1 }
        return Amount(digits < 0 ? -Int128(quotient) : Int128(quotient), lowest)
    }

    private static func count(_ digits: Int128) -> Int {
        var count = 0
        var rest = digits.magnitude
        while rest > 0 {
            rest /= 10
            count += 1
        }
        return count
    }

    // MARK: As a value

    private static let tooLong: UInt128 = 10_000_000_000_000_000_000_000_000_000_000_000

    /// The nearest double.
    var double: Double? { Double("\(digits)e\(exponent)") }

    /// Written plainly where it fits: `1000`, not `1E+3`.
    var decimal128: Decimal128 {
        let short = rounded(to: exponent + Self.count(digits) - 34)
        var (coefficient, exponent) = (short.digits.magnitude, short.exponent)
        while exponent > 0, coefficient < Self.tooLong / 10 {
            coefficient *= 10
            exponent -= 1
        }
        // IEEE 754-2008, the short form: sign, 14 bits of exponent, 113 of coefficient. A sum of doubles stays well
        // within its exponents.
        let sign: UInt64 = short.digits < 0 ? 1 << 63 : 0
        let high = sign | UInt64(exponent + 6_176) << 49 | UInt64(truncatingIfNeeded: coefficient >> 64)
        return Decimal128(low: UInt64(truncatingIfNeeded: coefficient), high: high)
    }
}

extension Decimal128 {
    /// Infinity or no number.
    fileprivate var isSpecial: Bool { high >> 59 & 0xF == 0xF }
}
