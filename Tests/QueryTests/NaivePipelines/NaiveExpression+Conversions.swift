import BSON

/// What makes one type of another, and what else names its arguments.
extension NaiveExpression {
    func convert(_ name: String, _ value: Value) throws -> Value? {
        switch name {
        case "$convert":
            let input = try member(value, "input")
            if Self.isNull(input) { return try member(value, "onNull") }
            do { return try Self.int(input) } catch { return try member(value, "onError") }
        case "$trim":
            let (input, chars) = (try member(value, "input"), try member(value, "chars", or: " \t\n"))
            if Self.isNull(input) { return .null }
            let dropped = Set(try Self.text(chars).unicodeScalars)
            var scalars = Array(try Self.text(input).unicodeScalars)
            while let last = scalars.last, dropped.contains(last) { scalars.removeLast() }
            while let first = scalars.first, dropped.contains(first) { scalars.removeFirst() }
            var kept = String.UnicodeScalarView()
            kept.append(contentsOf: scalars)
            return .string(String(kept))
        case "$regexMatch":
            let input = try member(value, "input")
            if Self.isNull(input) { return false }
            return .bool(try Self.matches(try Self.text(input), try Self.text(try Self.written(value, "regex"))))
        case "$dateDiff":
            let (start, end) = (try member(value, "startDate"), try member(value, "endDate"))
            if Self.isNull(start) || Self.isNull(end) { return .null }
            guard case .dateTime(let from)? = start, case .dateTime(let to)? = end else { throw Failure() }
            let unit = try Self.text(try Self.written(value, "unit"))
            return .int64(try Self.count(unit, to) - Self.count(unit, from))
        default: return try Self.converted(name, try arguments(value))
        }
    }

    private static func converted(_ name: String, _ values: [Value?]) throws -> Value? {
        let value = values[0]
        if isNull(value) { return .null }
        switch (name, value) {
        case ("$toInt", _): return try int(value)
        case ("$round", .double(let number)?): return .double(number.rounded(.toNearestOrEven))
        case ("$round", .int32?), ("$round", .int64?): return value
        case ("$toDate", .dateTime?), ("$toObjectId", .objectID?): return value
        case ("$toDate", .int64(let number)?): return .dateTime(DateTime(milliseconds: number))
        case ("$toDate", .objectID(let id)?):
            guard let seconds = Int64(id.description.prefix(8), radix: 16) else { throw Failure() }
            // Four bytes with a sign.
            return .dateTime(DateTime(milliseconds: Int64(Int32(truncatingIfNeeded: seconds)) * 1_000))
        case ("$toObjectId", .string(let text)?):
            guard let id = ObjectID(hex: text) else { throw Failure() }
            return .objectID(id)
        case ("$arrayToObject", .array(let elements)?):
            return .document(NaiveObjects.merged(try elements.map { Document([try pair($0)]) }))
        default: throw Failure()
        }
    }

    private static func pair(_ element: Value) throws -> (String, Value) {
        if case .array(let parts) = element, parts.count == 2 { return (try text(parts[0]), parts[1]) }
        return (try text(try written(element, "k")), try written(element, "v"))
    }

    private static func int(_ value: Value?) throws -> Value {
        let whole: Int32? =
            switch value {
            case .int32(let number)?: number
            case .int64(let number)?: Int32(exactly: number)
            case .double(let number)?: Int32(exactly: number.rounded(.towardZero))
            case .bool(let flag)?: flag ? 1 : 0
            case .string(let text)?: Int32(text)
            default: nil
            }
        guard let whole else { throw Failure() }
        return .int32(whole)
    }

    /// A letter anywhere, one of some, or one at the start: all that the generator writes.
    private static func matches(_ text: String, _ pattern: String) throws -> Bool {
        switch pattern {
        case "e": return text.unicodeScalars.contains("e")
        case "^[A-M]": return text.unicodeScalars.first.map { ("A"..."M").contains($0) } ?? false
        case "[0-9]": return text.unicodeScalars.contains { ("0"..."9").contains($0) }
        default: throw Failure()
        }
    }

    /// How many of these have begun since 1970, in UTC.
    private static func count(_ unit: String, _ date: DateTime) throws -> Int64 {
        func floored(_ length: Int64) -> Int64 {
            let (quotient, rest) = date.milliseconds.quotientAndRemainder(dividingBy: length)
            return rest < 0 ? quotient - 1 : quotient
        }
        switch unit {
        case "second": return floored(1_000)
        case "hour": return floored(3_600_000)
        case "day": return floored(86_400_000)
        case "month", "year":
            func part(_ name: String) throws -> Int64 {
                Int64(try whole(try NaiveDates.compute(name, [.dateTime(date), "UTC"])))
            }
            return unit == "year" ? try part("$year") : try part("$year") * 12 + part("$month")
        default: throw Failure()
        }
    }
}
