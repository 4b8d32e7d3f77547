internal import BSON

extension Function {
    static let types =
        [
            Function("$type", .one { value, _ in .owned(.string(TypeName.of(value.type))) }),
            Function("$isNumber", .one { value, _ in .owned(.bool(Number(value) != nil)) }),
            Function("$convert", .named(["input", "to", "onError", "onNull"], required: 2, Conversion.convert)),
        ]
        + [
            ("$toInt", .int32), ("$toLong", .int64), ("$toDouble", .double), ("$toDecimal", .decimal128),
            ("$toString", .string), ("$toBool", .bool), ("$toDate", .dateTime), ("$toObjectId", .objectID),
        ].map { (name: String, type: BSONType) in
            Function(
                name,
                .one { value, call throws(QueryError) in
                    value.isNullish ? .null : .owned(try Conversion.converted(value, to: type, call))
                })
        }
}

/// `$convert` and its kin.
enum Conversion {
    @Sendable static func convert(_ values: [Evaluated?], _ call: Call) throws(QueryError) -> Evaluated {
        let input = values[0] ?? .missing
        let target = values[1] ?? .missing
        if input.isNullish { return values[3] ?? .null }
        if target.isNullish { return .null }
        let type = try self.type(target, call)
        guard let otherwise = values[2] else { return .owned(try converted(input, to: type, call)) }
        do throws(QueryError) { return .owned(try converted(input, to: type, call)) } catch { return otherwise }
    }

    private static func type(_ target: Evaluated, _ call: Call) throws(QueryError) -> BSONType {
        let types: [(BSONType, Int64)] = [
            (.double, 1), (.string, 2), (.objectID, 7), (.bool, 8), (.dateTime, 9), (.int32, 16), (.int64, 18),
            (.decimal128, 19),
        ]
        for (type, number) in types where target.string == TypeName.of(type) || target.int64 == number { return type }
        throw call.refusal(
            "converts to no such type", mend: "use \(types.map { TypeName.of($0.0) }.joined(separator: ", "))")
    }

    static func converted(_ value: Evaluated, to type: BSONType, _ call: Call) throws(QueryError) -> Value {
        if value.type == type, let value = value.value { return value }
        return switch type {
        case .bool: .bool(try truth(value, call))
        case .int32: .int32(try int32(value, call))
        case .int64: .int64(try int64(value, call))
        case .double: .double(try double(value, call))
        case .decimal128: .decimal128(try decimal(value, call))
        case .dateTime: .dateTime(DateTime(milliseconds: try milliseconds(value, call)))
        case .objectID: .objectID(try objectID(value, call))
        default: .string(try text(value, call))
        }
    }

    private static func refusal(_ value: Evaluated, _ type: BSONType, _ call: Call) -> QueryError {
        call.refusal(
            "cannot make a \(TypeName.of(type)) of this \(TypeName.of(value.type))",
            mend: "use $convert with onError, or filter first")
    }

    private static func truth(_ value: Evaluated, _ call: Call) throws(QueryError) -> Bool {
        if let number = Number(value) { return !number.isZero }
        switch value.type {
        case .string, .objectID, .dateTime: return true
        default: throw refusal(value, .bool, call)
        }
    }

    private static func int32(_ value: Evaluated, _ call: Call) throws(QueryError) -> Int32 {
        guard value.type != .dateTime, let number = try whole(value, .int32, call), let small = Int32(exactly: number)
        else { throw refusal(value, .int32, call) }
        return small
    }

    private static func int64(_ value: Evaluated, _ call: Call) throws(QueryError) -> Int64 {
        guard let number = try whole(value, .int64, call) else { throw refusal(value, .int64, call) }
        return number
    }

    private static func whole(_ value: Evaluated, _ type: BSONType, _ call: Call) throws(QueryError) -> Int64? {
        if let number = Number(value) { return number.truncated }
        if case .bool(let flag)? = value.value { return flag ? 1 : 0 }
        if let text = value.string { return Int64(text) }
        return value.milliseconds
    }

    private static func double(_ value: Evaluated, _ call: Call) throws(QueryError) -> Double {
        if let number = Number(value) {
            // A decimal outside the range of doubles is no double.
            let double = number.double
            guard number.isDecimal, double.isInfinite, case .finite = number.decimal.parts else { return double }
            throw refusal(value, .double, call)
        }
        if case .bool(let flag)? = value.value { return flag ? 1 : 0 }
        if let time = value.milliseconds { return Double(time) }
        guard let text = value.string, isNumeral(text), let number = Double(text) else {
            throw refusal(value, .double, call)
        }
        return number
    }

    private static func decimal(_ value: Evaluated, _ call: Call) throws(QueryError) -> Decimal128 {
        if let number = Number(value) { return number.decimal }
        if case .bool(let flag)? = value.value { return Decimal128(flag ? 1 : 0) }
        if let time = value.milliseconds { return Decimal128(time) }
        guard let text = value.string, let decimal = Decimal128(text) else { throw refusal(value, .decimal128, call) }
        return decimal
    }

    /// What Swift reads as a number, without its hexadecimal ones.
    private static func isNumeral(_ text: String) -> Bool {
        !text.utf8.contains { $0 | 0x20 == UInt8(ascii: "x") || $0 | 0x20 == UInt8(ascii: "p") }
    }

    private static func milliseconds(_ value: Evaluated, _ call: Call) throws(QueryError) -> Int64 {
        switch value.value {
        case .objectID(let id)?: return id.milliseconds
        case .timestamp(let timestamp)?: return Int64(timestamp >> 32) * 1000
        case .string(let text)?: return try DateReader.read(text, zone: .utc, call)
        case .int32?: throw refusal(value, .dateTime, call)
        default:
            guard let number = Number(value)?.truncated else { throw refusal(value, .dateTime, call) }
            return number
        }
    }

    private static func objectID(_ value: Evaluated, _ call: Call) throws(QueryError) -> ObjectID {
        guard let text = value.string, let id = ObjectID(hex: text) else { throw refusal(value, .objectID, call) }
        return id
    }

    static func text(_ value: Evaluated, _ call: Call) throws(QueryError) -> String {
        switch value.value {
        case .string(let text)?, .symbol(let text)?: return text
        case .bool(let flag)?: return flag ? "true" : "false"
        case .int32(let number)?: return String(number)
        case .int64(let number)?: return String(number)
        case .double(let number)?: return self.text(number)
        case .decimal128(let number)?: return number.description
        case .objectID(let id)?: return id.description
        case .dateTime(let time)?: return DateFormat.text(time.milliseconds, DateFormat.standard, .utc)
        default: throw refusal(value, .string, call)
        }
    }

    private static func text(_ number: Double) -> String {
        if number.isNaN { return "NaN" }
        if number.isInfinite { return number < 0 ? "-Infinity" : "Infinity" }
        if let whole = Int64(exactly: number), whole.magnitude < 1_000_000_000_000_000 {
            return number.sign == .minus && whole == 0 ? "-0" : String(whole)
        }
        return number.description
    }
}
