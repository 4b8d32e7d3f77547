internal import BSON

extension Function {
    static let sets = [
        Function("$setUnion", .many(0...Int.max, Sets.union)),
        Function("$setIntersection", .many(0...Int.max, Sets.intersection)),
        Function("$setDifference", .two(Sets.difference)),
        Function("$setEquals", .many(2...Int.max, Sets.equal)),
        Function("$setIsSubset", .two(Sets.isSubset)),
        Function(
            "$anyElementTrue",
            .one { value, call throws(QueryError) in
                .owned(.bool(try Sets.elements(value, call).contains(where: \.isTrue)))
            }),
        Function(
            "$allElementsTrue",
            .one { value, call throws(QueryError) in
                .owned(.bool(try Sets.elements(value, call).allSatisfy(\.isTrue)))
            }),
    ]
}

/// Arrays as sets: order and repetition do not count. Unions and intersections come sorted.
enum Sets {
    static func elements(_ value: Evaluated, _ call: Call) throws(QueryError) -> [Evaluated] {
        try Arrays.elements(value, call)
    }

    /// Equal values have equal keys, whatever the types of their numbers.
    private static func key(_ value: Evaluated) -> [UInt8] {
        var key: [UInt8] = []
        value.withRaw { raw in _ = KeyEncoder.encode(raw, limit: .max, into: &key) }
        return key
    }

    private static func keyed(_ elements: [Evaluated]) -> [[UInt8]: Evaluated] {
        Dictionary(elements.map { (key($0), $0) }) { first, _ in first }
    }

    private static func sorted(_ set: [[UInt8]: Evaluated]) -> Evaluated {
        .list(set.sorted { compareBytes($0.key, $1.key) < 0 }.map(\.value))
    }

    @Sendable static func union(_ values: [Evaluated], _ call: Call) throws(QueryError) -> Evaluated {
        if values.contains(where: \.isNullish) { return .null }
        var all: [[UInt8]: Evaluated] = [:]
        for value in values { all.merge(keyed(try elements(value, call))) { first, _ in first } }
        return sorted(all)
    }

    @Sendable static func intersection(_ values: [Evaluated], _ call: Call) throws(QueryError) -> Evaluated {
        if values.contains(where: \.isNullish) { return .null }
        guard let first = values.first else { return .list([]) }
        var common = keyed(try elements(first, call))
        for value in values.dropFirst() {
            let other = keyed(try elements(value, call))
            common = common.filter { other[$0.key] != nil }
        }
        return sorted(common)
    }

    /// In the order of the first.
    @Sendable static func difference(_ left: Evaluated, _ right: Evaluated, _ call: Call) throws(QueryError)
        -> Evaluated
    {
        if left.isNullish || right.isNullish { return .null }
        var known = Set(keyed(try elements(right, call)).keys)
        return .list(try elements(left, call).filter { known.insert(key($0)).inserted })
    }

    @Sendable static func equal(_ values: [Evaluated], _ call: Call) throws(QueryError) -> Evaluated {
        var first: Set<[UInt8]>?
        for value in values {
            let keys = Set(keyed(try elements(value, call)).keys)
            if let first, first != keys { return .owned(.bool(false)) }
            first = keys
        }
        return .owned(.bool(true))
    }

    @Sendable static func isSubset(_ left: Evaluated, _ right: Evaluated, _ call: Call) throws(QueryError) -> Evaluated
    {
        let all = Set(keyed(try elements(right, call)).keys)
        return .owned(.bool(try elements(left, call).allSatisfy { all.contains(key($0)) }))
    }
}
