internal import BSON

/// The values that operators take.
extension FilterParser {
    func operand(_ value: RawValue, _ subject: Subject) throws(QueryError) -> Operand {
        Operand(fields.cast(value, at: subject.name))
    }

    /// What a field is to equal, or the regular expression that it is to match.
    func equality(_ value: RawValue, _ subject: Subject, _ place: String) throws(QueryError) -> Filter.Test {
        if value.type == .regex { return .pattern(try pattern(value, place)) }
        return .compare(.equal, try operand(value, subject))
    }

    /// A value that is no regular expression.
    func plain(_ value: RawValue, _ subject: Subject, _ place: String) throws(QueryError) -> Operand {
        if value.type == .regex {
            throw QueryError(
                .badValue, at: place, "a regular expression cannot be compared with", mend: "use $regex, $not or $in")
        }
        return try operand(value, subject)
    }

    mutating func list(_ value: RawValue, _ subject: Subject, _ place: String) throws(QueryError) -> OperandList {
        guard let array = value.array else {
            throw QueryError(.badValue, at: place, "it needs a list of values", mend: "write [1, 2]")
        }
        var values: [Value] = []
        var patterns: [Pattern] = []
        var elements = array.elements
        while let element = elements.next() {
            let here = "\(place).\(values.count + patterns.count)"
            try countListValue(here)
            if element.value.type == .regex {
                patterns.append(try pattern(element.value, here))
            } else {
                values.append(fields.cast(element.value, at: subject.name))
            }
        }
        return OperandList(values, patterns: patterns)
    }

    // MARK: Regular expressions

    private func pattern(_ value: RawValue, _ place: String) throws(QueryError) -> Pattern {
        guard case .regex(let source, let options) = value.owned() else {
            throw QueryError(.badValue, at: place, "it needs a regular expression")
        }
        return try Pattern(source, options: options, limits: limits, place: place)
    }

    /// `$regex` with the `$options` beside it.
    func pattern(_ value: RawValue, in document: RawDocument, _ place: String) throws(QueryError) -> Pattern {
        var options = ""
        if let given = document.value(named: "$options") {
            guard let text = given.string else {
                throw QueryError(.badValue, at: place, "$options needs a text", mend: "write \"i\"")
            }
            options = text
        }
        if let source = value.string { return try Pattern(source, options: options, limits: limits, place: place) }
        guard case .regex(let source, let own) = value.owned() else {
            throw QueryError(.badValue, at: place, "$regex needs a regular expression", mend: "write \"^abc\"")
        }
        if !own.isEmpty, !options.isEmpty {
            throw QueryError(.badValue, at: place, "options stand twice", mend: "leave $options out")
        }
        return try Pattern(source, options: own.isEmpty ? options : own, limits: limits, place: place)
    }

    // MARK: Numbers

    func size(_ value: RawValue, _ place: String) throws(QueryError) -> Int {
        guard let count = value.int64, count >= 0 else {
            throw QueryError(.badValue, at: place, "$size needs a whole number from 0 on", mend: "write {$size: 2}")
        }
        return Int(count)
    }

    func remainder(_ value: RawValue, _ place: String) throws(QueryError) -> Filter.Test {
        var numbers: [Int64] = []
        if let array = value.array {
            var elements = array.elements
            while let element = elements.next() {
                guard
                    let number = element.value.int64
                        ?? element.value.double.flatMap({ Int64(exactly: $0.rounded(.towardZero)) })
                else { break }
                numbers.append(number)
            }
            if numbers.count != array.count { numbers = [] }
        }
        guard numbers.count == 2 else {
            throw QueryError(
                .badValue, at: place, "$mod needs a divisor and a remainder", mend: "write {$mod: [4, 0]}")
        }
        guard numbers[0] != 0 else {
            throw QueryError(.badValue, at: place, "$mod cannot divide by 0", mend: "use another divisor")
        }
        // The least integer by -1 would overflow, and what divides by 1 divides by -1.
        return .remainder(numbers[1], of: numbers[0] == -1 ? 1 : numbers[0])
    }
}

extension TypeSet {
    /// Reads a type's name or number, or a list of them.
    init(_ value: RawValue, _ place: String) throws(QueryError) {
        self.init()
        guard let array = value.array else {
            self = try Self.one(value, place)
            return
        }
        guard !array.isEmpty else {
            throw QueryError(.badValue, at: place, "it needs at least one type", mend: "write [\"string\", \"null\"]")
        }
        var elements = array.elements
        while let element = elements.next() { formUnion(try Self.one(element.value, place)) }
    }

    private static func one(_ value: RawValue, _ place: String) throws(QueryError) -> TypeSet {
        let known = value.string.flatMap { TypeSet(named: $0) } ?? value.int64.flatMap { TypeSet(number: $0) }
        guard let known else {
            let shown = value.string ?? value.int64.map { "\($0)" } ?? "this"
            throw QueryError(
                .badValue, at: place, "\(shown) is no type", mend: "use a name such as \"string\", or its number")
        }
        return known
    }
}
