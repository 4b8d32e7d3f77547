import BSON

/// Random expressions over some fields: mostly of the types that their operators want.
struct ExpressionGenerator {
    var random: SplitMix64
    let fields: [String: [Value]]

    private func names(_ fits: (Value) -> Bool) -> [String] {
        fields.filter { $0.value.contains(where: fits) }.keys.sorted()
    }

    mutating func field(_ fits: (Value) -> Bool, or otherwise: Value) -> Value {
        let names = names(fits)
        return names.isEmpty ? otherwise : .string("$" + random.pick(names))
    }

    /// An expression, and examples of what it gives.
    mutating func any(_ depth: Int) -> (value: Value, examples: [Value]) {
        switch random.below(8) {
        case 6: return converted(min(depth, 1))
        case 0: return (number(depth), [1, 2.5])
        case 1: return (text(depth), ["x"])
        case 2: return (condition(depth), [true])
        case 3: return (array(depth), [[1, "x"]])
        case 4: return (date(), [1])
        case 5: return (object(depth), [["k": 1]])
        default: return (field({ _ in true }, or: 1), [])
        }
    }

    mutating func number(_ depth: Int) -> Value {
        if depth == 0 || random.chance(4) {
            return random.chance(3)
                ? random.pick([0, 1, -3, 2.5, .int64(7), 100]) : field({ NaiveNumbers.isNumber($0) }, or: 2)
        }
        let a = number(depth - 1)
        let b = number(depth - 1)
        switch random.below(16) {
        case 14, 15: return convertedNumber(a)
        case 0: return ["$add": [a, b, 1]]
        case 1: return ["$subtract": [a, b]]
        case 2: return ["$multiply": [a, b]]
        case 3: return ["$divide": [a, ["$add": [["$abs": b], 1]]]]
        case 4: return ["$mod": [a, 7]]
        case 5: return ["$abs": [a]]
        case 6: return ["$floor": [a]]
        case 7: return ["$ceil": [a]]
        case 8: return ["$cond": [condition(depth - 1), a, b]]
        case 9: return ["$ifNull": [a, b]]
        case 10: return ["$size": [["$ifNull": [array(depth - 1), []]]]]
        case 11: return ["$strLenCP": ["$ifNull": [text(depth - 1), ""]]]
        case 12:
            return .document(
                Document([
                    (random.pick(["$sum", "$avg", "$min", "$max"]), .array([a, b, field({ _ in true }, or: 1)]))
                ]))
        default:
            return [
                "$reduce": [
                    "input": array(depth - 1), "initialValue": a,
                    "in": ["$cond": [["$isNumber": "$$this"], ["$add": ["$$value", "$$this"]], "$$value"]],
                ]
            ]
        }
    }

    mutating func text(_ depth: Int) -> Value {
        let isText: (Value) -> Bool = { if case .string = $0 { true } else { false } }
        if depth == 0 || random.chance(4) {
            return random.chance(4) ? random.pick(["a", "é-b", ""]) : field(isText, or: "t")
        }
        let a = text(depth - 1)
        switch random.below(9) {
        case 8: return ["$trim": ["input": a, "chars": "aA e"]]
        case 0: return ["$concat": [a, "-", text(depth - 1)]]
        case 1: return ["$toUpper": [a]]
        case 2: return ["$toLower": [a]]
        case 3: return ["$substrCP": [a, .int32(Int32(random.below(3))), .int32(Int32(random.below(6)))]]
        case 4: return ["$type": field({ _ in true }, or: 1)]
        case 5:
            return [
                "$toString": field(
                    { if case .objectID = $0 { true } else if case .string = $0 { true } else { false } }, or: "q")
            ]
        case 6: return ["$arrayElemAt": [["$split": [a, "e"]], .int32(Int32(random.below(4)) - 2)]]
        default: return ["$switch": ["branches": [["case": condition(depth - 1), "then": a]], "default": "none"]]
        }
    }

    mutating func condition(_ depth: Int) -> Value {
        let comparison = random.pick(["$eq", "$ne", "$gt", "$gte", "$lt", "$lte"])
        if depth == 0 || random.chance(3) {
            let name = random.pick(fields.keys.sorted() + ["missing"])
            let examples = fields[name] ?? []
            let operand: Value = examples.isEmpty ? nil : ["$literal": random.pick(examples)]
            return .document(Document([(comparison, .array([.string("$" + name), operand]))]))
        }
        switch random.below(7) {
        case 6:
            return [
                "$regexMatch": ["input": text(depth - 1), "regex": .string(random.pick(["e", "^[A-M]", "[0-9]"]))]
            ]
        case 0: return ["$and": [condition(depth - 1), condition(depth - 1)]]
        case 1: return ["$or": [condition(depth - 1), condition(depth - 1)]]
        case 2: return ["$not": [condition(depth - 1)]]
        case 3: return ["$in": [field({ _ in true }, or: 1), ["$ifNull": [array(depth - 1), []]]]]
        case 4: return ["$isArray": [field({ _ in true }, or: 1)]]
        default: return .document(Document([(comparison, .array([number(depth - 1), number(depth - 1)]))]))
        }
    }

    mutating func array(_ depth: Int) -> Value {
        let isArray: (Value) -> Bool = { if case .array = $0 { true } else { false } }
        if depth == 0 || random.chance(3) {
            return random.chance(3) ? [number(0), text(0), nil] : field(isArray, or: [3, "x", 3, nil])
        }
        let a = array(depth - 1)
        switch random.below(11) {
        case 0: return ["$concatArrays": [a, array(depth - 1)]]
        case 1: return ["$reverseArray": [a]]
        case 2: return ["$slice": [a, .int32(Int32(random.pick([1, 2, -2, 5])))]]
        case 3: return ["$filter": ["input": a, "cond": ["$gte": ["$$this", number(0)]]]]
        case 4: return ["$map": ["input": a, "in": ["$ifNull": ["$$this.name", ["$type": "$$this"]]]]]
        case 5: return ["$setUnion": [a, array(depth - 1)]]
        case 6: return ["$setIntersection": [a, array(depth - 1)]]
        case 7: return ["$setDifference": [a, array(depth - 1)]]
        case 8: return ["$range": [0, .int32(Int32(random.below(6)))]]
        case 9: return ["$split": [text(0), "a"]]
        default: return ["$objectToArray": [object(0)]]
        }
    }

    mutating func object(_ depth: Int) -> Value {
        let isDocument: (Value) -> Bool = { if case .document = $0 { true } else { false } }
        if depth == 0 { return field(isDocument, or: ["o": 1]) }
        switch random.below(4) {
        case 0: return ["$mergeObjects": [object(depth - 1), ["m": number(0)]]]
        case 1: return ["$mergeObjects": [["a": number(depth - 1), "b": field({ _ in true }, or: 1)]]]
        case 2:
            return [
                "$let": ["vars": ["x": number(depth - 1)], "in": ["x": "$$x", "twice": ["$add": ["$$x", "$$x"]]]]
            ]
        default: return ["$getField": ["field": "_id", "input": "$$ROOT"]]
        }
    }

    mutating func date() -> Value {
        let isDate: (Value) -> Bool = { if case .dateTime = $0 { true } else { false } }
        let date = field(isDate, or: .dateTime(DateTime(milliseconds: 1_710_054_000_123)))
        let zone = Value.string(
            random.pick(["UTC", "America/New_York", "Europe/Berlin", "Asia/Kathmandu", "Australia/Sydney"]))
        switch random.below(5) {
        case 0: return ["$dateToString": ["date": date, "format": "%Y-%m-%d %H:%M", "timezone": zone]]
        case 1:
            return [
                "$dateTrunc": [
                    "date": date, "unit": .string(random.pick(["year", "month", "day", "hour"])), "timezone": zone,
                ]
            ]
        case 2:
            return [
                "$dateAdd": [
                    "startDate": date, "unit": .string(random.pick(["year", "month", "day", "hour"])),
                    "amount": .int32(Int32(random.below(40)) - 20), "timezone": zone,
                ]
            ]
        default:
            let part = random.pick(["$year", "$month", "$dayOfMonth", "$hour", "$dayOfWeek", "$dayOfYear"])
            return .document(Document([(part, .document(["date": date, "timezone": zone]))]))
        }
    }
}
