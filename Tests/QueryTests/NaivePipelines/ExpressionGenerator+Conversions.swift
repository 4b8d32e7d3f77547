import BSON

/// What makes one type of another.
extension ExpressionGenerator {
    mutating func converted(_ depth: Int) -> (value: Value, examples: [Value]) {
        let anything = field({ _ in true }, or: 1)
        switch random.below(6) {
        case 0: return (["$convert": ["input": anything, "to": "int", "onError": "bad", "onNull": "none"]], [1])
        case 1:
            let isID: (Value) -> Bool = { if case .objectID = $0 { true } else { false } }
            return (["$toDate": field(isID, or: .int64(1_710_054_000_123))], [])
        case 2: return (["$toObjectId": [["$toString": "$_id"]]], [])
        case 3:
            let isDate: (Value) -> Bool = { if case .dateTime = $0 { true } else { false } }
            let start = field(isDate, or: .dateTime(DateTime(milliseconds: 1_710_054_000_123)))
            let end = field(isDate, or: .dateTime(DateTime(milliseconds: -7_200_001)))
            let unit = random.pick(["second", "hour", "day", "month", "year"])
            return (["$dateDiff": ["startDate": start, "endDate": end, "unit": .string(unit)]], [1])
        case 4: return (["$arrayToObject": [["$objectToArray": [object(0)]]]], [["k": 1]])
        default: return (["$arrayToObject": [[["a", number(depth)], ["b", anything]]]], [["a": 1]])
        }
    }

    mutating func convertedNumber(_ a: Value) -> Value {
        switch random.below(3) {
        case 0: return ["$round": [a]]
        case 1: return ["$toInt": [["$mod": [a, 1_000]]]]
        default: return ["$indexOfArray": [["$ifNull": [array(0), []]], field({ _ in true }, or: 1)]]
        }
    }
}
