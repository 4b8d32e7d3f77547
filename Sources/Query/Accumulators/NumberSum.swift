internal import BSON

/// A sum as MongoDB types it: int32 while all are and it fits, then int64, double where a double took part or int64
/// would overflow, decimal128 where one took part. Integers and decimals are summed exactly, doubles with compensation
/// for what rounding loses.
struct NumberSum {
    private var integers: Int128 = 0
    private var doubles = 0.0
    /// What rounding `doubles` has lost (Neumaier).
    private var lost = 0.0
    private var decimals: Decimal128?
    private var hasDouble = false
    private var hasInt64 = false
    /// How many numbers took part.
    private(set) var count: Int64 = 0

    /// Adds a number; other values, and a missing one, do not count.
    mutating func add(_ value: RawValue?) {
        guard let value, value.isNumber else { return }
        count += 1
        switch value.type {
        case .int32: integers += Int128(value.int64 ?? 0)
        case .int64:
            integers += Int128(value.int64 ?? 0)
            hasInt64 = true
        case .double: add(value.double ?? 0)
        default:
            guard let decimal = value.decimal128 else { return }
            decimals = decimals?.adding(decimal) ?? decimal
        }
    }

    private mutating func add(_ value: Double) {
        hasDouble = true
        Self.add(value, &doubles, &lost)
    }

    private static func add(_ value: Double, _ sum: inout Double, _ lost: inout Double) {
        let total = sum + value
        if total.isFinite {
            lost += sum.magnitude >= value.magnitude ? (sum - total) + value : (value - total) + sum
        }
        sum = total
    }

    private var asDouble: Double {
        var sum = doubles
        var lost = lost
        if integers != 0 {
            let whole = Double(integers)
            Self.add(whole, &sum, &lost)
            if whole.magnitude < 0x1p126 { Self.add(Double(integers - Int128(whole)), &sum, &lost) }
        }
        return sum.isFinite ? sum + lost : sum
    }

    /// All of it, where a decimal took part.
    private var asDecimal: Decimal128? {
        guard var sum = decimals else { return nil }
        if integers != 0 {
            let whole = DecimalNumber.rounded(isNegative: integers < 0, UInt128(integers.magnitude), 0)
            sum = sum.adding(whole)
        }
        if hasDouble { sum = sum.adding(Decimal128(rounding: doubles.isFinite ? doubles + lost : doubles)) }
        return sum
    }

    var total: Value {
        if let asDecimal { return .decimal128(asDecimal) }
        if hasDouble { return .double(asDouble) }
        if !hasInt64, let small = Int32(exactly: integers) { return .int32(small) }
        if let integer = Int64(exactly: integers) { return .int64(integer) }
        return .double(asDouble)
    }

    /// A double, or a decimal where one took part; null where no number did.
    var average: Value {
        if count == 0 { return .null }
        if let asDecimal { return .decimal128(asDecimal.divided(by: Decimal128(count))) }
        return .double(asDouble / Double(count))
    }
}
