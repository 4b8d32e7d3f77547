internal import BSON
internal import Glibc

extension Decimal128 {
    init(_ integer: Int64) {
        self.init(isNegative: integer < 0, coefficient: UInt128(integer.magnitude), exponent: 0)
    }

    /// The first digits of a double: 15 come back as they were written, 34 are nearer to what its bits say.
    init(rounding number: Double, digits: Int32 = 15) {
        if number.isNaN {
            self = .notANumber
        } else if number.isInfinite {
            self = .infinity(isNegative: number < 0)
        } else if number == 0 {
            self.init(isNegative: number.sign == .minus, coefficient: 0, exponent: 0)
        } else {
            self = Decimal128(Self.text(number, digits: digits)) ?? .notANumber
        }
    }

    /// Scientific notation with so many digits.
    private static func text(_ number: Double, digits: Int32) -> String {
        var buffer = [CChar](repeating: 0, count: 64)
        let count = withVaList([digits - 1, number]) { vsnprintf(&buffer, buffer.count, "%.*e", $0) }
        return String(decoding: buffer.prefix(max(0, Int(count))).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The nearest double.
    var double: Double {
        switch parts {
        case .notANumber: .nan
        case .infinity(let isNegative): isNegative ? -.infinity : .infinity
        case .finite: Double(description) ?? .nan
        }
    }

    var negated: Decimal128 { Decimal128(low: low, high: high ^ 1 << 63) }

    var magnitude: Decimal128 { Decimal128(low: low, high: high & ~(1 << 63)) }

    var isNegative: Bool { high >> 63 == 1 }

    private var finite: DecimalNumber? {
        guard case .finite(let isNegative, let coefficient, let exponent) = parts else { return nil }
        return DecimalNumber(isNegative: isNegative, coefficient: coefficient, exponent: exponent)
    }

    private var isInfinite: Bool { if case .infinity = parts { true } else { false } }
    private var isNaN: Bool { parts == .notANumber }
    private var isZero: Bool { finite?.coefficient == 0 }

    func adding(_ other: Decimal128) -> Decimal128 {
        if let left = finite, let right = other.finite { return DecimalNumber.sum(left, right) }
        if isNaN || other.isNaN { return .notANumber }
        if isInfinite, other.isInfinite { return isNegative == other.isNegative ? self : .notANumber }
        return isInfinite ? self : other
    }

    func multiplied(by other: Decimal128) -> Decimal128 {
        if let left = finite, let right = other.finite { return DecimalNumber.product(left, right) }
        if isNaN || other.isNaN || isZero || other.isZero { return .notANumber }
        return .infinity(isNegative: isNegative != other.isNegative)
    }

    /// The divisor must not be 0.
    func divided(by other: Decimal128) -> Decimal128 {
        if let left = finite, let right = other.finite, right.coefficient != 0 {
            return DecimalNumber.quotient(left, right)
        }
        if isNaN || other.isNaN || isInfinite && other.isInfinite || other.isZero { return .notANumber }
        if isInfinite { return .infinity(isNegative: isNegative != other.isNegative) }
        return Decimal128(isNegative: isNegative != other.isNegative, coefficient: 0, exponent: 0)
    }

    /// With the sign of the dividend. The divisor must not be 0.
    func remainder(by other: Decimal128) -> Decimal128 {
        guard let left = finite, let right = other.finite, right.coefficient != 0 else {
            return isNaN || other.isNaN || isInfinite || other.isZero ? .notANumber : self
        }
        let exponent = min(left.exponent, right.exponent)
        var divisor = right.coefficient
        for _ in exponent..<right.exponent {
            let (next, overflow) = divisor.multipliedReportingOverflow(by: 10)
            // A divisor this much larger than any dividend leaves it as it is.
            if overflow { return self }
            divisor = next
        }
        var rest = left.coefficient % divisor
        for _ in exponent..<left.exponent {
            let (high, low) = rest.multipliedFullWidth(by: 10)
            rest = high == 0 ? low % divisor : divisor.dividingFullWidth((high, low)).remainder
        }
        return DecimalNumber.rounded(isNegative: left.isNegative, rest, exponent)
    }

    enum Rounding { case up, down, toZero, toEven }

    /// To a multiple of 10^-place.
    func rounded(_ rounding: Rounding, place: Int = 0) -> Decimal128 {
        guard let number = finite, number.exponent < -place else { return self }
        let drop = -place - number.exponent
        var quotient: UInt128 = 0
        var remainder = number.coefficient
        var half: UInt128 = .max
        if drop <= 38 {
            let power = DecimalNumber.powerOfTen(drop)
            (quotient, remainder) = number.coefficient.quotientAndRemainder(dividingBy: power)
            half = power / 2
        }
        let isUp =
            switch rounding {
            case .up: remainder > 0 && !number.isNegative
            case .down: remainder > 0 && number.isNegative
            case .toZero: false
            case .toEven: remainder > half || remainder == half && quotient % 2 == 1
            }
        return DecimalNumber.rounded(isNegative: number.isNegative, quotient + (isUp ? 1 : 0), -place)
    }

    /// A number without a fraction; `nil` where it does not fit.
    var truncatedInt64: Int64? { rounded(.toZero).int64 }
}
