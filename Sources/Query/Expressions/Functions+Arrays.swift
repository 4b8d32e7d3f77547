internal import BSON

extension Function {
    static let arrays = [
        Function("$size", .one(Arrays.size)),
        Function("$isArray", .one { value, _ in .owned(.bool(value.isArray)) }),
        Function("$in", .two(Arrays.contains)),
        Function("$indexOfArray", .many(2...4, Arrays.place)),
        Function("$concatArrays", .scoped(0...Int.max, Arrays.joined)),
        Function("$reverseArray", .one(Arrays.reversed)),
        Function("$range", .scoped(2...3, Arrays.range)),
        Function("$zip", .named(["inputs", "useLongestLength", "defaults"], required: 1, Arrays.zipped)),
    ]

    static let arrayParts = [
        Function("$arrayElemAt", .two(ArrayParts.element)),
        Function(
            "$first", .one { value, call throws(QueryError) in try ArrayParts.element(value, .owned(.int32(0)), call) }),
        Function(
            "$last", .one { value, call throws(QueryError) in try ArrayParts.element(value, .owned(.int32(-1)), call) }),
        Function("$slice", .many(2...3, ArrayParts.slice)),
        Function(
            "$firstN",
            .named(["n", "input"], required: 2) { value, call throws(QueryError) in
                try ArrayParts.some(value, call) { Array($0.prefix($1)) }
            }),
        Function(
            "$lastN",
            .named(["n", "input"], required: 2) { value, call throws(QueryError) in
                try ArrayParts.some(value, call) { Array($0.suffix($1)) }
            }),
        Function(
            "$minN",
            .named(["n", "input"], required: 2) { value, call throws(QueryError) in
                try ArrayParts.extremes(value, call, descending: false)
            }),
        Function(
            "$maxN",
            .named(["n", "input"], required: 2) { value, call throws(QueryError) in
                try ArrayParts.extremes(value, call, descending: true)
            }),
    ]
}

enum Arrays {
    static func elements(_ value: Evaluated, _ call: Call) throws(QueryError) -> [Evaluated] {
        guard let elements = value.elements else { throw call.needs("an array", value) }
        return elements
    }

    @Sendable static func size(_ value: Evaluated, _ call: Call) throws(QueryError) -> Evaluated {
        if case .raw(let raw) = value, let array = raw.array { return .owned(.int32(Int32(clamping: array.count))) }
        return .owned(.int32(Int32(clamping: try elements(value, call).count)))
    }

    @Sendable static func contains(_ value: Evaluated, _ array: Evaluated, _ call: Call) throws(QueryError) -> Evaluated
    {
        .owned(.bool(try elements(array, call).contains { Evaluated.compare($0, value) == 0 }))
    }

    @Sendable static func place(_ values: [Evaluated], _ call: Call) throws(QueryError) -> Evaluated {
        if values[0].isNullish { return .null }
        let all = try elements(values[0], call)
        let (start, end) = try TextSearch.Bounds.of(values, call, all.count)
        guard start < end else { return .owned(.int32(-1)) }
        let found = (start..<end).first { Evaluated.compare(all[$0], values[1]) == 0 }
        return .owned(.int32(Int32(clamping: found ?? -1)))
    }

    @Sendable static func joined(_ values: [Evaluated], _ call: Call, _ scope: Scope) throws(QueryError) -> Evaluated {
        if values.contains(where: \.isNullish) { return .null }
        var result: [Evaluated] = []
        for value in values {
            let next = try elements(value, call)
            try scope.charge(next.count, call)
            result += next
        }
        return .list(result)
    }

    @Sendable static func reversed(_ value: Evaluated, _ call: Call) throws(QueryError) -> Evaluated {
        value.isNullish ? .null : .list(try elements(value, call).reversed())
    }

    @Sendable static func range(_ values: [Evaluated], _ call: Call, _ scope: Scope) throws(QueryError) -> Evaluated {
        var bounds: [Int] = []
        for value in values {
            guard let number = value.int64, let small = Int32(exactly: number) else {
                throw call.refusal("needs whole numbers of 32 bits")
            }
            bounds.append(Int(small))
        }
        let step = bounds.count > 2 ? bounds[2] : 1
        if step == 0 { throw call.refusal("needs a step other than 0") }
        let distance = bounds[1] - bounds[0]
        if distance == 0 || (distance > 0) != (step > 0) { return .list([]) }
        try scope.charge((distance.magnitude + step.magnitude - 1).clamped / Int(step.magnitude), call)
        return .list(stride(from: bounds[0], to: bounds[1], by: step).map { .owned(.int32(Int32(clamping: $0))) })
    }

    @Sendable static func zipped(_ values: [Evaluated?], _ call: Call) throws(QueryError) -> Evaluated {
        let inputs = try elements(values[0] ?? .missing, call)
        if inputs.contains(where: \.isNullish) { return .null }
        var columns: [[Evaluated]] = []
        for input in inputs { columns.append(try elements(input, call)) }
        guard !columns.isEmpty else { throw call.refusal("needs at least one array as inputs") }
        let isLongest = values[1]?.isTrue ?? false
        var defaults: [Evaluated] = []
        if let given = values[2], !given.isNullish {
            guard isLongest else { throw call.refusal("takes defaults only with useLongestLength: true") }
            defaults = try elements(given, call)
            guard defaults.count == columns.count else { throw call.refusal("needs one default for each array") }
        }
        let counts = columns.map(\.count)
        let count = (isLongest ? counts.max() : counts.min()) ?? 0
        return .list(
            (0..<count).map { row in
                .list(
                    columns.enumerated().map { place, column in
                        row < column.count ? column[row] : place < defaults.count ? defaults[place] : .null
                    })
            })
    }
}

extension UInt {
    fileprivate var clamped: Int { Int(clamping: self) }
}

enum ArrayParts {
    @Sendable static func element(_ value: Evaluated, _ place: Evaluated, _ call: Call) throws(QueryError) -> Evaluated
    {
        if value.isNullish || place.isNullish { return .null }
        guard value.isArray else { throw call.needs("an array", value) }
        guard let index = place.int64 else { throw call.refusal("needs a whole number as place") }
        if case .raw(let raw) = value, let array = raw.array, index >= 0 {
            var elements = array.elements
            var at: Int64 = 0
            while let element = elements.next() {
                if at == index { return .raw(element.value) }
                at += 1
            }
            return .missing
        }
        let all = try Arrays.elements(value, call)
        let at = index < 0 ? Int64(all.count) + index : index
        return at >= 0 && at < all.count ? all[Int(at)] : .missing
    }

    @Sendable static func slice(_ values: [Evaluated], _ call: Call) throws(QueryError) -> Evaluated {
        if values.contains(where: \.isNullish) { return .null }
        let all = try Arrays.elements(values[0], call)
        var numbers: [Int] = []
        for value in values.dropFirst() {
            guard let number = value.int64 else { throw call.refusal("needs whole numbers") }
            numbers.append(Int(clamping: max(min(number, Int64(Int32.max)), -Int64(Int32.max))))
        }
        if numbers.count == 1 {
            return .list(Array(numbers[0] >= 0 ? all.prefix(numbers[0]) : all.suffix(-numbers[0])))
        }
        guard numbers[1] > 0 else { throw call.refusal("needs a number of elements above 0") }
        let start = numbers[0] >= 0 ? min(numbers[0], all.count) : max(0, all.count + numbers[0])
        return .list(Array(all[start...].prefix(numbers[1])))
    }

    static func some(_ values: [Evaluated?], _ call: Call, _ take: ([Evaluated], Int) -> [Evaluated]) throws(QueryError)
        -> Evaluated
    {
        guard let number = values[0]?.int64, number > 0 else { throw call.refusal("needs a whole number above 0 as n") }
        let input = values[1] ?? .missing
        if input.isNullish { return .null }
        return .list(take(try Arrays.elements(input, call), Int(clamping: number)))
    }

    /// Null is neither small nor large.
    static func extremes(_ values: [Evaluated?], _ call: Call, descending: Bool) throws(QueryError) -> Evaluated {
        try some(values, call) { elements, count in
            let order = ArrayOrder(parts: [(nil, descending)])
            return Array(order.sorted(elements.filter { !$0.isNullish }).prefix(count))
        }
    }
}
