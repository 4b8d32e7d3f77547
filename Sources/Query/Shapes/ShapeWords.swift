/// The words of the query language that a shape may hold.
enum ShapeWords {
    static let conditions: Set<String> = [
        "$eq", "$ne", "$gt", "$gte", "$lt", "$lte", "$in", "$nin", "$exists", "$type", "$size", "$mod", "$regex",
        "$options", "$elemMatch", "$all", "$not", "$comment",
    ]

    static let stages = Set(StageParser.names)

    /// Of expressions, accumulators and windows.
    static let operators = Set(Function.all.keys)
        .union(Accumulator.Kind.allCases.map(\.rawValue))
        .union([
            "$literal", "$expr", "$and", "$or", "$ifNull", "$cond", "$switch", "$let", "$map", "$filter", "$reduce",
            "$sortArray", "$getField", "$setField", "$unsetField", "$regexMatch", "$regexFind", "$regexFindAll",
            "$rand",
            "$rank", "$denseRank", "$documentNumber", "$shift", "$slice",
        ])

    static let variables: Set<String> = ["ROOT", "CURRENT", "NOW", "REMOVE", "this", "value"]

    /// Names of what operators and stages take.
    static let arguments: Set<String> = [
        "amount", "as", "boundaries", "branches", "buckets", "by", "case", "chars", "coll", "cond", "connectFromField",
        "connectToField", "date", "dateString", "day", "default", "defaults", "depthField", "documents", "else",
        "endDate", "field", "find", "foreignField", "format", "from", "groupBy", "hour", "if", "in",
        "includeArrayIndex", "initialValue", "inputs", "input", "let", "limit", "localField", "maxDepth",
        "millisecond", "minute", "month", "n", "newRoot", "onError", "onNull", "options", "output", "partitionBy",
        "path", "pipeline", "preserveNullAndEmptyArrays", "regex", "replacement", "restrictSearchWithMatch", "second",
        "size", "sortBy", "startDate", "startOfWeek", "startWith", "then", "timezone", "to", "unit", "useLongestLength",
        "value", "vars", "window", "year",
    ]
}
