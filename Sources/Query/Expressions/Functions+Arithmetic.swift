internal import BSON

extension Function {
    static let comparisons = [
        Function("$eq", .two { a, b, _ in .owned(.bool(Evaluated.compare(a, b) == 0)) }),
        Function("$ne", .two { a, b, _ in .owned(.bool(Evaluated.compare(a, b) != 0)) }),
        Function("$gt", .two { a, b, _ in .owned(.bool(Evaluated.compare(a, b) > 0)) }),
        Function("$gte", .two { a, b, _ in .owned(.bool(Evaluated.compare(a, b) >= 0)) }),
        Function("$lt", .two { a, b, _ in .owned(.bool(Evaluated.compare(a, b) < 0)) }),
        Function("$lte", .two { a, b, _ in .owned(.bool(Evaluated.compare(a, b) <= 0)) }),
        Function("$cmp", .two { a, b, _ in .owned(.int32(Int32(Evaluated.compare(a, b).signum()))) }),
        Function("$not", .one { value, _ in .owned(.bool(!value.isTrue)) }),
    ]

    static let arithmetic = [
        Function("$add", .many(0...Int.max, Arithmetic.add)),
        Function("$subtract", .two(Arithmetic.subtract)),
        Function("$multiply", .many(0...Int.max, Arithmetic.multiply)),
        Function("$divide", .two(Arithmetic.divide)),
        Function("$mod", .two(Arithmetic.remainder)),
        Function("$abs", .one(Arithmetic.magnitude)),
    ]
}

/// Null where an argument is; numbers keep the smallest type that holds the result.
enum Arithmetic {
    static func number(_ value: Evaluated, _ call: Call) throws(QueryError) -> Number {
        guard let number = Number(value) else { throw call.needs("a number", value) }
        return number
    }

    @Sendable static func add(_ values: [Evaluated], _ call: Call) throws(QueryError) -> Evaluated {
        if values.contains(where: \.isNullish) { return .null }
        var sum = Number.int32(0)
        var date: Int64?
        for value in values {
            if let time = value.milliseconds {
                guard date == nil else { throw call.refusal("takes one date at most") }
                date = time
            } else {
                sum = sum + (try number(value, call))
            }
        }
        guard let date else { return sum.result }
        return try moved(date, by: sum.roundedInt64, call)
    }

    /// A date, a number of milliseconds later.
    private static func moved(_ date: Int64, by milliseconds: Int64?, _ call: Call) throws(QueryError) -> Evaluated {
        guard let milliseconds else { throw call.refusal("goes past the last date") }
        let (moved, overflow) = date.addingReportingOverflow(milliseconds)
        if overflow { throw call.refusal("goes past the last date") }
        return .owned(.dateTime(DateTime(milliseconds: moved)))
    }

    @Sendable static func subtract(_ left: Evaluated, _ right: Evaluated, _ call: Call) throws(QueryError) -> Evaluated
    {
        if left.isNullish || right.isNullish { return .null }
        guard let date = left.milliseconds else { return (try number(left, call) - number(right, call)).result }
        if let other = right.milliseconds {
            let (difference, overflow) = date.subtractingReportingOverflow(other)
            if overflow { throw call.refusal("goes past the largest number") }
            return .owned(.int64(difference))
        }
        // A fraction of a millisecond is rounded where it is added, and dropped where it is taken off.
        let (distance, overflow) = Int64(0).subtractingReportingOverflow(try number(right, call).truncated ?? .min)
        return try moved(date, by: overflow ? nil : distance, call)
    }

    @Sendable static func multiply(_ values: [Evaluated], _ call: Call) throws(QueryError) -> Evaluated {
        if values.contains(where: \.isNullish) { return .null }
        var product = Number.int32(1)
        for value in values { product = product * (try number(value, call)) }
        return product.result
    }

    @Sendable static func divide(_ left: Evaluated, _ right: Evaluated, _ call: Call) throws(QueryError) -> Evaluated {
        if left.isNullish || right.isNullish { return .null }
        let (dividend, divisor) = (try number(left, call), try number(right, call))
        if divisor.isZero { throw call.refusal("cannot divide by 0", mend: "test the divisor with $cond first") }
        return (dividend / divisor).result
    }

    @Sendable static func remainder(_ left: Evaluated, _ right: Evaluated, _ call: Call) throws(QueryError) -> Evaluated
    {
        if left.isNullish || right.isNullish { return .null }
        let (dividend, divisor) = (try number(left, call), try number(right, call))
        if divisor.isZero { throw call.refusal("cannot divide by 0", mend: "test the divisor with $cond first") }
        return (dividend % divisor).result
    }

    @Sendable static func magnitude(_ value: Evaluated, _ call: Call) throws(QueryError) -> Evaluated {
        if value.isNullish { return .null }
        switch try number(value, call) {
        case .int32(let number): return Number(Int64(number).magnitudeClamped, isSmall: true).result
        case .int64(let number):
            guard number != .min else { throw call.refusal("has no long for that magnitude", mend: "use a double") }
            return .owned(.int64(number.magnitudeClamped))
        case .double(let number): return .owned(.double(number.magnitude))
        case .decimal(let number): return .owned(.decimal128(number.magnitude))
        }
    }
}

extension Int64 {
    fileprivate var magnitudeClamped: Int64 { Int64(clamping: magnitude) }
}

extension Number {
    /// The nearest whole number; `nil` where there is none that fits.
    var roundedInt64: Int64? {
        switch self {
        case .int32(let number): Int64(number)
        case .int64(let number): number
        case .double(let number): Int64(exactly: number.rounded())
        case .decimal(let number): number.rounded(.toEven).int64
        }
    }
}

extension Evaluated {
    /// Of a date.
    var milliseconds: Int64? { withRaw { $0?.dateTime?.milliseconds } }
}
