internal import BSON
internal import Glibc

extension Function {
    static let rounding = [
        Function("$ceil", .one { value, call throws(QueryError) in try Rounding.whole(value, .up, .up, call) }),
        Function("$floor", .one { value, call throws(QueryError) in try Rounding.whole(value, .down, .down, call) }),
        Function(
            "$round",
            .many(1...2) { value, call throws(QueryError) in try Rounding.place(value, .toNearestOrEven, .toEven, call)
            }),
        Function(
            "$trunc",
            .many(1...2) { value, call throws(QueryError) in try Rounding.place(value, .towardZero, .toZero, call) }),
    ]

    static let powers = [
        Function("$sqrt", .one(Powers.squareRoot)),
        Function("$exp", .one { value, call throws(QueryError) in try Powers.computed([value], call) { exp($0[0]) } }),
        Function("$ln", .one { value, call throws(QueryError) in try Powers.logarithm([value], call) { log($0[0]) } }),
        Function(
            "$log10", .one { value, call throws(QueryError) in try Powers.logarithm([value], call) { log10($0[0]) } }),
        Function("$log", .two(Powers.logarithm)),
        Function("$pow", .two(Powers.power)),
    ]
}

enum Rounding {
    static func whole(
        _ value: Evaluated, _ rule: FloatingPointRoundingRule, _ decimalRule: Decimal128.Rounding, _ call: Call
    ) throws(QueryError) -> Evaluated {
        if value.isNullish { return .null }
        return switch try Arithmetic.number(value, call) {
        case .double(let number): .owned(.double(number.rounded(rule)))
        case .decimal(let number): .owned(.decimal128(number.rounded(decimalRule)))
        case let number: number.result
        }
    }

    /// To so many places after the point, before it where negative.
    static func place(
        _ values: [Evaluated], _ rule: FloatingPointRoundingRule, _ decimalRule: Decimal128.Rounding, _ call: Call
    ) throws(QueryError) -> Evaluated {
        let place = values.count > 1 ? values[1] : .owned(.int32(0))
        if values[0].isNullish || place.isNullish { return .null }
        let number = try Arithmetic.number(values[0], call)
        guard let places = place.int64, (-20...100).contains(places) else {
            throw call.refusal("rounds to a whole number of places from -20 to 100")
        }
        let isToEven = decimalRule == .toEven
        switch number {
        case .decimal(let decimal): return .owned(.decimal128(decimal.rounded(decimalRule, place: Int(places))))
        case .double(let double):
            if places == 0 || !double.isFinite { return .owned(.double(double.rounded(rule))) }
            let exact = Decimal128(rounding: double, digits: 34)
            return .owned(.double(exact.rounded(decimalRule, place: Int(places)).double))
        case .int32, .int64:
            guard places < 0, let integer = number.integer else { return number.result }
            return Number(try multiple(integer, -places, isToEven, call), isSmall: number.isSmall).result
        }
    }

    private static func multiple(_ integer: Int64, _ places: Int64, _ isToEven: Bool, _ call: Call) throws(QueryError)
        -> Int64
    {
        if places > 18 { return 0 }
        let unit = (0..<places).reduce(Int64(1)) { power, _ in power * 10 }
        let (quotient, remainder) = integer.quotientAndRemainder(dividingBy: unit)
        let half = unit / 2
        let isAway =
            isToEven
            && (remainder.magnitude > half.magnitude || remainder.magnitude == half.magnitude && quotient % 2 != 0)
        let (result, overflow) = (isAway ? quotient + (integer < 0 ? -1 : 1) : quotient).multipliedReportingOverflow(
            by: unit)
        if overflow { throw call.refusal("goes past the largest long", mend: "use a double") }
        return result
    }
}

/// Powers, roots and logarithms. Decimals go through doubles, to 15 digits, but for roots and whole powers.
enum Powers {
    static func computed(_ values: [Evaluated], _ call: Call, _ body: ([Double]) -> Double) throws(QueryError)
        -> Evaluated
    {
        if values.contains(where: \.isNullish) { return .null }
        var numbers: [Number] = []
        for value in values { numbers.append(try Arithmetic.number(value, call)) }
        let result = body(numbers.map(\.double))
        return numbers.contains(where: \.isDecimal)
            ? .owned(.decimal128(Decimal128(rounding: result))) : .owned(.double(result))
    }

    static func logarithm(_ values: [Evaluated], _ call: Call, _ body: ([Double]) -> Double) throws(QueryError)
        -> Evaluated
    {
        if let first = values.first, let number = Number(first), number.double <= 0 {
            throw call.refusal("needs a number greater than 0")
        }
        return try computed(values, call, body)
    }

    @Sendable static func logarithm(_ value: Evaluated, _ base: Evaluated, _ call: Call) throws(QueryError) -> Evaluated
    {
        if let number = Number(base), number.double <= 0 || number.double == 1 {
            throw call.refusal("needs a base greater than 0 and not 1")
        }
        return try logarithm([value, base], call) { log($0[0]) / log($0[1]) }
    }

    @Sendable static func squareRoot(_ value: Evaluated, _ call: Call) throws(QueryError) -> Evaluated {
        if value.isNullish { return .null }
        let number = try Arithmetic.number(value, call)
        if number.double < 0 { throw call.refusal("needs a number of at least 0") }
        guard case .decimal(let decimal) = number, !decimal.double.isNaN, decimal.double > 0 else {
            return try computed([value], call) { $0[0].squareRoot() }
        }
        // Heron's steps from the nearest double: each doubles the digits that are right.
        var root = Decimal128(rounding: decimal.double.squareRoot())
        guard let half = Decimal128("0.5") else { return .null }
        for _ in 0..<4 { root = root.adding(decimal.divided(by: root)).multiplied(by: half) }
        return .owned(.decimal128(root))
    }

    @Sendable static func power(_ base: Evaluated, _ exponent: Evaluated, _ call: Call) throws(QueryError) -> Evaluated
    {
        if base.isNullish || exponent.isNullish { return .null }
        let (number, power) = (try Arithmetic.number(base, call), try Arithmetic.number(exponent, call))
        if number.isZero, power.double < 0 { throw call.refusal("cannot raise 0 to a negative power") }
        if let whole = exponent.int64, whole >= 0, number.integer != nil || number.isDecimal,
            power.integer != nil || number.isDecimal, let result = repeated(number, whole)
        {
            guard let integer = result.integer else { return result.result }
            return Number(integer, isSmall: number.isSmall && power.isSmall).result
        }
        return try computed([base, exponent], call) { pow($0[0], $0[1]) }
    }

    /// By squaring; `nil` where an integer does not hold it.
    private static func repeated(_ number: Number, _ exponent: Int64) -> Number? {
        var result: Number = number.isDecimal ? .decimal(Decimal128(1)) : .int64(1)
        var square: Number = number.integer.map { .int64($0) } ?? number
        var rest = exponent
        while rest > 0 {
            if rest % 2 == 1 { result = result * square }
            rest /= 2
            if rest > 0 { square = square * square }
            if !number.isDecimal, result.integer == nil || rest > 0 && square.integer == nil { return nil }
        }
        return result
    }
}
