import BSON

extension NaiveExpression {
    func apply(_ name: String, _ value: Value) throws -> Value? {
        switch name {
        case "$literal": return value
        case "$and": return .bool(try operands(value).allSatisfy { Self.isTrue(try evaluate($0)) })
        case "$or": return .bool(try operands(value).contains { Self.isTrue(try evaluate($0)) })
        case "$not": return .bool(!Self.isTrue(try arguments(value).first ?? nil))
        case "$cond":
            let parts = try operands(value)
            return try evaluate(Self.isTrue(try evaluate(parts[0])) ? parts[1] : parts[2])
        case "$ifNull":
            var last: Value?
            for part in try operands(value) {
                last = try evaluate(part)
                if !Self.isNull(last) { return last }
            }
            return last
        case "$switch":
            for branch in try Self.list(try Self.written(value, "branches")) {
                if Self.isTrue(try member(branch, "case")) { return try member(branch, "then") }
            }
            return try evaluate(try Self.written(value, "default"))
        case "$let":
            guard case .document(let names) = try Self.written(value, "vars") else { throw Failure() }
            var inner = self
            for (name, value) in names.pairs { inner.variables[name] = .some(try evaluate(value)) }
            return try inner.evaluate(try Self.written(value, "in"))
        case "$convert", "$trim", "$regexMatch", "$dateDiff", "$toInt", "$round", "$toDate", "$toObjectId",
            "$arrayToObject":
            return try convert(name, value)
        case "$map", "$filter", "$reduce": return try walk(name, value)
        case "$sortArray":
            let elements = try Self.list(try member(value, "input"))
            let sorted = elements.enumerated().sorted {
                guard case .document(let a) = $0.element, case .document(let b) = $1.element else { return false }
                return Naive.precedes(a, b, [("_id", false)])
            }
            return .array(sorted.map(\.element))
        case "$eq", "$ne", "$gt", "$gte", "$lt", "$lte", "$cmp":
            let sides = try arguments(value)
            let order = Self.order(sides[0], sides[1])
            switch name {
            case "$eq": return .bool(order == 0)
            case "$ne": return .bool(order != 0)
            case "$gt": return .bool(order > 0)
            case "$gte": return .bool(order >= 0)
            case "$lt": return .bool(order < 0)
            case "$lte": return .bool(order <= 0)
            default: return .int32(Int32(order.signum()))
            }
        default: return try compute(name, try byName(name, value))
        }
    }

    private func operands(_ value: Value) throws -> [Value] {
        if case .array(let members) = value { members } else { [value] }
    }

    /// Arguments in order; dates name theirs.
    private func byName(_ name: String, _ value: Value) throws -> [Value?] {
        let names: [String]
        switch name {
        case "$getField": names = ["field", "input"]
        case "$dateTrunc": names = ["date", "unit", "timezone"]
        case "$dateToString": names = ["date", "format", "timezone"]
        case "$dateAdd": names = ["startDate", "unit", "amount", "timezone"]
        case "$year", "$month", "$dayOfMonth", "$hour", "$dayOfWeek", "$dayOfYear": names = ["date", "timezone"]
        default: return try arguments(value)
        }
        return try names.map { try member(value, $0, or: .string("UTC")) }
    }

    private func walk(_ name: String, _ value: Value) throws -> Value? {
        let input = try member(value, "input")
        if Self.isNull(input) { return .null }
        let elements = try Self.list(input)
        switch name {
        case "$map":
            let inner = try Self.written(value, "in")
            return .array(try elements.map { try with("this", $0).evaluate(inner) ?? .null })
        case "$filter":
            let condition = try Self.written(value, "cond")
            return .array(try elements.filter { Self.isTrue(try with("this", $0).evaluate(condition)) })
        default:
            var result = try member(value, "initialValue")
            let inner = try Self.written(value, "in")
            for element in elements { result = try with("this", element).with("value", result).evaluate(inner) }
            return result
        }
    }

    private func compute(_ name: String, _ values: [Value?]) throws -> Value? {
        let hasNull = values.contains { Self.isNull($0) }
        switch name {
        case "$add", "$multiply", "$subtract", "$divide", "$mod", "$abs", "$floor", "$ceil":
            return hasNull ? .null : try NaiveNumbers.compute(name, values.compactMap(\.self))
        case "$sum", "$avg", "$min", "$max":
            if values.count == 1, case .array(let elements)? = values[0] { return NaiveNumbers.fold(name, elements) }
            return NaiveNumbers.fold(name, values.map { $0 ?? .null })
        case "$concat": return hasNull ? .null : .string(try values.map(Self.text).joined())
        case "$toUpper": return .string(Self.isNull(values[0]) ? "" : Self.folded(try Self.text(values[0]), up: true))
        case "$toLower": return .string(Self.isNull(values[0]) ? "" : Self.folded(try Self.text(values[0]), up: false))
        case "$strLenCP": return .int32(Int32(try Self.text(values[0]).unicodeScalars.count))
        case "$substrCP":
            let text = Self.isNull(values[0]) ? "" : try Self.text(values[0])
            let part = text.unicodeScalars.dropFirst(try Self.whole(values[1])).prefix(try Self.whole(values[2]))
            return .string(String(String.UnicodeScalarView(part)))
        case "$split":
            if hasNull { return .null }
            let pieces = try Self.text(values[0]).split(
                separator: try Self.text(values[1]), omittingEmptySubsequences: false)
            return .array(pieces.map { .string(String($0)) })
        case "$type": return .string(Self.typeName(values[0]))
        case "$isNumber": return .bool(["int", "long", "double", "decimal"].contains(Self.typeName(values[0])))
        case "$toString":
            switch values[0] {
            case nil, .null?: return .null
            case .string(let text)?: return .string(text)
            case .int32(let number)?: return .string("\(number)")
            case .int64(let number)?: return .string("\(number)")
            case .bool(let flag)?: return .string("\(flag)")
            case .objectID(let id)?: return .string(id.description)
            default: throw Failure()
            }
        case "$mergeObjects", "$objectToArray", "$getField": return try NaiveObjects.compute(name, values)
        case "$year", "$month", "$dayOfMonth", "$hour", "$dayOfWeek", "$dayOfYear", "$dateTrunc", "$dateToString",
            "$dateAdd":
            return hasNull ? .null : try NaiveDates.compute(name, values.compactMap(\.self))
        default: return try NaiveArrays.compute(name, values, hasNull)
        }
    }

    private static func folded(_ text: String, up: Bool) -> String {
        String(text.map { $0.isASCII ? Character(up ? $0.uppercased() : $0.lowercased()) : $0 })
    }

    static func typeName(_ value: Value?) -> String {
        switch value {
        case nil: "missing"
        case .double?: "double"
        case .string?: "string"
        case .document?: "object"
        case .array?: "array"
        case .objectID?: "objectId"
        case .bool?: "bool"
        case .dateTime?: "date"
        case .null?: "null"
        case .int32?: "int"
        case .int64?: "long"
        case .decimal128?: "decimal"
        default: "other"
        }
    }
}
