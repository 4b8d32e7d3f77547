import BSON

/// Sums and products of int32, int64 and double, each in the smallest type that holds it.
enum NaiveNumbers {
    static func isNumber(_ value: Value) -> Bool {
        switch value {
        case .int32, .int64, .double: true
        default: false
        }
    }

    static func integer(_ value: Value) -> Int128? {
        switch value {
        case .int32(let number): Int128(number)
        case .int64(let number): Int128(number)
        default: nil
        }
    }

    static func double(_ value: Value) -> Double {
        if case .double(let number) = value { number } else { Double(integer(value) ?? 0) }
    }

    private static func isSmall(_ value: Value) -> Bool { if case .int32 = value { true } else { false } }

    static func typed(_ number: Int128, small: Bool) -> Value {
        if small, let int32 = Int32(exactly: number) { return .int32(int32) }
        return Int64(exactly: number).map { .int64($0) } ?? .double(Double(number))
    }

    private static func combine(
        _ a: Value, _ b: Value, _ integers: (Int128, Int128) -> Int128, _ doubles: (Double, Double) -> Double
    ) -> Value {
        guard let x = integer(a), let y = integer(b) else { return .double(doubles(double(a), double(b))) }
        return typed(integers(x, y), small: isSmall(a) && isSmall(b))
    }

    static func compute(_ name: String, _ values: [Value]) throws -> Value {
        if name == "$add" || name == "$subtract", case .dateTime(let date)? = values.first {
            if name == "$subtract", case .dateTime(let other) = values[1] {
                return .int64(date.milliseconds - other.milliseconds)
            }
            guard values.count == 2, isNumber(values[1]) else { throw NaiveExpression.Failure() }
            let distance = double(values[1]).rounded(name == "$add" ? .toNearestOrAwayFromZero : .towardZero)
            let sign: Int64 = name == "$add" ? 1 : -1
            return .dateTime(DateTime(milliseconds: date.milliseconds + sign * Int64(distance)))
        }
        guard values.allSatisfy(isNumber) else { throw NaiveExpression.Failure() }
        switch name {
        case "$add": return values.dropFirst().reduce(values[0]) { combine($0, $1, +, +) }
        case "$multiply": return values.dropFirst().reduce(values[0]) { combine($0, $1, *, *) }
        case "$subtract": return combine(values[0], values[1], -, -)
        case "$divide":
            guard double(values[1]) != 0 else { throw NaiveExpression.Failure() }
            return .double(double(values[0]) / double(values[1]))
        case "$mod":
            guard double(values[1]) != 0 else { throw NaiveExpression.Failure() }
            return combine(values[0], values[1], %) { $0.truncatingRemainder(dividingBy: $1) }
        case "$abs":
            return integer(values[0]).map { typed($0 < 0 ? -$0 : $0, small: isSmall(values[0])) }
                ?? .double(abs(double(values[0])))
        default:
            guard integer(values[0]) == nil else { return values[0] }
            return .double(double(values[0]).rounded(name == "$floor" ? .down : .up))
        }
    }

    static func fold(_ name: String, _ values: [Value]) -> Value {
        let numbers = values.filter(isNumber)
        let known = values.filter { $0 != .null && $0 != .undefined }
        switch name {
        case "$sum":
            if numbers.contains(where: { integer($0) == nil }) { return .double(numbers.reduce(0) { $0 + double($1) }) }
            return typed(numbers.reduce(0) { $0 + (integer($1) ?? 0) }, small: numbers.allSatisfy(isSmall))
        case "$avg":
            return numbers.isEmpty ? .null : .double(numbers.reduce(0) { $0 + double($1) } / Double(numbers.count))
        case "$min": return known.min { Naive.order($0, $1) < 0 } ?? .null
        default: return known.max { Naive.order($0, $1) < 0 } ?? .null
        }
    }
}
