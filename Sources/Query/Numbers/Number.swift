internal import BSON

/// A number with its type, as arithmetic widens it: int32, int64, double, decimal128.
enum Number {
    case int32(Int32)
    case int64(Int64)
    case double(Double)
    case decimal(Decimal128)

    /// `nil` for what is no number.
    init?(_ value: RawValue) {
        switch value.type {
        case .int32: self = .int32(Int32(truncatingIfNeeded: value.int64 ?? 0))
        case .int64: self = .int64(value.int64 ?? 0)
        case .double: self = .double(value.double ?? 0)
        case .decimal128:
            guard let decimal = value.decimal128 else { return nil }
            self = .decimal(decimal)
        default: return nil
        }
    }

    init?(_ evaluated: Evaluated) {
        guard let number = evaluated.withRaw({ raw in raw.flatMap { Number($0) } }) else { return nil }
        self = number
    }

    /// An int32 where both were and it fits, else an int64.
    init(_ integer: Int64, isSmall: Bool) {
        if isSmall, let small = Int32(exactly: integer) { self = .int32(small) } else { self = .int64(integer) }
    }

    var value: Value {
        switch self {
        case .int32(let number): .int32(number)
        case .int64(let number): .int64(number)
        case .double(let number): .double(number)
        case .decimal(let number): .decimal128(number)
        }
    }

    var result: Evaluated { .owned(value) }

    /// `nil` for a double or decimal.
    var integer: Int64? {
        switch self {
        case .int32(let number): Int64(number)
        case .int64(let number): number
        case .double, .decimal: nil
        }
    }

    var isSmall: Bool { if case .int32 = self { true } else { false } }
    var isDecimal: Bool { if case .decimal = self { true } else { false } }

    /// The nearest double.
    var double: Double {
        switch self {
        case .int32(let number): Double(number)
        case .int64(let number): Double(number)
        case .double(let number): number
        case .decimal(let number): number.double
        }
    }

    /// Exact for integers; a double as its first 15 digits.
    var decimal: Decimal128 {
        switch self {
        case .int32(let number): Decimal128(Int64(number))
        case .int64(let number): Decimal128(number)
        case .double(let number): Decimal128(rounding: number)
        case .decimal(let number): number
        }
    }

    var isNaN: Bool {
        switch self {
        case .double(let number): number.isNaN
        case .decimal(let number): number.parts == .notANumber
        default: false
        }
    }

    var isZero: Bool {
        switch self {
        case .int32(let number): number == 0
        case .int64(let number): number == 0
        case .double(let number): number == 0
        case .decimal(let number): if case .finite(_, 0, _) = number.parts { true } else { false }
        }
    }

    static func + (left: Number, right: Number) -> Number {
        if left.isDecimal || right.isDecimal { return .decimal(left.decimal.adding(right.decimal)) }
        guard let a = left.integer, let b = right.integer else { return .double(left.double + right.double) }
        let (sum, overflow) = a.addingReportingOverflow(b)
        return overflow ? .double(left.double + right.double) : Number(sum, isSmall: left.isSmall && right.isSmall)
    }

    static func - (left: Number, right: Number) -> Number {
        if left.isDecimal || right.isDecimal { return .decimal(left.decimal.adding(right.decimal.negated)) }
        guard let a = left.integer, let b = right.integer else { return .double(left.double - right.double) }
        let (difference, overflow) = a.subtractingReportingOverflow(b)
        return overflow
            ? .double(left.double - right.double) : Number(difference, isSmall: left.isSmall && right.isSmall)
    }

    static func * (left: Number, right: Number) -> Number {
        if left.isDecimal || right.isDecimal { return .decimal(left.decimal.multiplied(by: right.decimal)) }
        guard let a = left.integer, let b = right.integer else { return .double(left.double * right.double) }
        let (product, overflow) = a.multipliedReportingOverflow(by: b)
        return overflow ? .double(left.double * right.double) : Number(product, isSmall: left.isSmall && right.isSmall)
    }

    /// Always a double or a decimal. The divisor must not be 0.
    static func / (left: Number, right: Number) -> Number {
        if left.isDecimal || right.isDecimal { return .decimal(left.decimal.divided(by: right.decimal)) }
        return .double(left.double / right.double)
    }

    /// With the sign of the dividend. The divisor must not be 0.
    static func % (left: Number, right: Number) -> Number {
        if left.isDecimal || right.isDecimal { return .decimal(left.decimal.remainder(by: right.decimal)) }
        if let a = left.integer, let b = right.integer {
            return Number(b == -1 ? 0 : a % b, isSmall: left.isSmall && right.isSmall)
        }
        return .double(left.double.truncatingRemainder(dividingBy: right.double))
    }
}
