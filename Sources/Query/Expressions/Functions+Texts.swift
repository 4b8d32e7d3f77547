internal import BSON

extension Function {
    static let texts = [
        Function("$concat", .scoped(0...Int.max, Texts.joined)),
        Function(
            "$toLower",
            .one { value, call throws(QueryError) in .owned(.string(try Texts.coerced(value, call).asciiLowercased)) }),
        Function(
            "$toUpper",
            .one { value, call throws(QueryError) in .owned(.string(try Texts.coerced(value, call).asciiUppercased)) }),
        Function(
            "$strLenBytes", .one { value, call throws(QueryError) in try Texts.length(value, call) { $0.utf8.count } }),
        Function(
            "$strLenCP",
            .one { value, call throws(QueryError) in try Texts.length(value, call) { $0.unicodeScalars.count } }),
        Function("$strcasecmp", .two(Texts.compareFolded)),
        Function("$substr", .many(3...3, Texts.partByBytes)),
        Function("$substrBytes", .many(3...3, Texts.partByBytes)),
        Function("$substrCP", .many(3...3, Texts.partByCharacters)),
        Function("$split", .two(Texts.split)),
        Function(
            "$trim",
            .named(["input", "chars"], required: 1) { value, call throws(QueryError) in
                try Texts.trimmed(value, call, start: true, end: true)
            }),
        Function(
            "$ltrim",
            .named(["input", "chars"], required: 1) { value, call throws(QueryError) in
                try Texts.trimmed(value, call, start: true, end: false)
            }),
        Function(
            "$rtrim",
            .named(["input", "chars"], required: 1) { value, call throws(QueryError) in
                try Texts.trimmed(value, call, start: false, end: true)
            }),
    ]
}

/// Texts are UTF-8; a character is a code point.
enum Texts {
    /// As `$toLower` and its kin take them: numbers and dates as text, null as the empty one.
    static func coerced(_ value: Evaluated, _ call: Call) throws(QueryError) -> String {
        if value.isNullish { return "" }
        if let text = value.string { return text }
        switch value.type {
        case .int32, .int64, .double, .decimal128, .dateTime, .symbol, .objectID:
            return try Conversion.text(value, call)
        default: throw call.needs("a string", value)
        }
    }

    @Sendable static func joined(_ values: [Evaluated], _ call: Call, _ scope: Scope) throws(QueryError) -> Evaluated {
        if values.contains(where: \.isNullish) { return .null }
        var bytes: [UInt8] = []
        for value in values {
            guard value.type == .string else { throw call.needs("strings", value) }
            value.withRaw { raw in if let text = raw?.utf8 { bytes.append(contentsOf: text) } }
            try scope.charge(bytes.count / 16, call)
        }
        return .owned(.string(String(decoding: bytes, as: UTF8.self)))
    }

    static func length(_ value: Evaluated, _ call: Call, _ count: (String) -> Int) throws(QueryError) -> Evaluated {
        guard let text = value.string else { throw call.needs("a string", value) }
        return .owned(.int32(Int32(clamping: count(text))))
    }

    @Sendable static func compareFolded(_ left: Evaluated, _ right: Evaluated, _ call: Call) throws(QueryError)
        -> Evaluated
    {
        let a = Array(try coerced(left, call).asciiUppercased.utf8)
        let b = Array(try coerced(right, call).asciiUppercased.utf8)
        return .owned(.int32(Int32(compareBytes(a, b).signum())))
    }

    @Sendable static func partByBytes(_ values: [Evaluated], _ call: Call) throws(QueryError) -> Evaluated {
        let bytes = Array(try coerced(values[0], call).utf8)
        let (start, count) = try range(values, call, mayBeNegative: true)
        if start < 0 || start >= bytes.count { return .owned(.string("")) }
        let end =
            count < 0
            ? bytes.count
            : start.addingReportingOverflow(count).overflow ? bytes.count : min(bytes.count, start + count)
        func isInside(_ place: Int) -> Bool { place < bytes.count && bytes[place] & 0xC0 == 0x80 }
        if isInside(start) || isInside(end) {
            throw call.refusal("would cut a character of more than one byte", mend: "use $substrCP")
        }
        return .owned(.string(String(decoding: bytes[start..<max(start, end)], as: UTF8.self)))
    }

    @Sendable static func partByCharacters(_ values: [Evaluated], _ call: Call) throws(QueryError) -> Evaluated {
        let text = try coerced(values[0], call)
        let (start, count) = try range(values, call, mayBeNegative: false)
        let scalars = text.unicodeScalars.dropFirst(start).prefix(count)
        return .owned(.string(String(String.UnicodeScalarView(scalars))))
    }

    private static func range(_ values: [Evaluated], _ call: Call, mayBeNegative: Bool) throws(QueryError)
        -> (start: Int, count: Int)
    {
        guard let start = Number(values[1])?.truncated, let count = Number(values[2])?.truncated else {
            throw call.refusal("needs numbers as start and length")
        }
        if !mayBeNegative, start < 0 || count < 0 { throw call.refusal("needs a start and a length of at least 0") }
        return (Int(start), Int(count))
    }

    @Sendable static func split(_ value: Evaluated, _ separator: Evaluated, _ call: Call) throws(QueryError)
        -> Evaluated
    {
        if value.isNullish || separator.isNullish { return .null }
        guard let text = value.string else { throw call.needs("a string", value) }
        guard let separator = separator.string else { throw call.needs("a string to split by", separator) }
        guard !separator.isEmpty else { throw call.refusal("needs a text to split by that is not empty") }
        let bytes = Array(text.utf8)
        let pattern = Array(separator.utf8)
        var parts: [Evaluated] = []
        var start = 0
        while let found = bytes.place(of: pattern, from: start) {
            parts.append(.owned(.string(String(decoding: bytes[start..<found], as: UTF8.self))))
            start = found + pattern.count
        }
        parts.append(.owned(.string(String(decoding: bytes[start...], as: UTF8.self))))
        return .list(parts)
    }

    /// What MongoDB counts as white space: Unicode's, and the zero character.
    private static let blanks: Set<Unicode.Scalar> = [
        "\0", " ", "\t", "\n", "\u{0B}", "\u{0C}", "\r", "\u{A0}", "\u{1680}", "\u{2000}", "\u{2001}", "\u{2002}",
        "\u{2003}", "\u{2004}", "\u{2005}", "\u{2006}", "\u{2007}", "\u{2008}", "\u{2009}", "\u{200A}",
    ]

    static func trimmed(_ values: [Evaluated?], _ call: Call, start: Bool, end: Bool) throws(QueryError) -> Evaluated {
        let input = values[0] ?? .missing
        if input.isNullish { return .null }
        guard let text = input.string else { throw call.needs("a string as input", input) }
        var characters = blanks
        if let given = values[1] {
            if given.isNullish { return .null }
            guard let text = given.string else { throw call.needs("a string as chars", given) }
            characters = Set(text.unicodeScalars)
        }
        var scalars = text.unicodeScalars[...]
        if start { scalars = scalars.drop { characters.contains($0) } }
        if end { while let last = scalars.last, characters.contains(last) { scalars.removeLast() } }
        return .owned(.string(String(String.UnicodeScalarView(scalars))))
    }
}

extension String {
    /// Only A to Z: as MongoDB folds, whatever the language.
    var asciiLowercased: String {
        String(decoding: utf8.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
    }

    var asciiUppercased: String {
        String(decoding: utf8.map { (0x61...0x7A).contains($0) ? $0 & ~0x20 : $0 }, as: UTF8.self)
    }
}

extension Number {
    /// Without its fraction; `nil` for what is no number or fits no integer.
    var truncated: Int64? {
        switch self {
        case .int32(let number): Int64(number)
        case .int64(let number): number
        case .double(let number): Int64(exactly: number.rounded(.towardZero))
        case .decimal(let number): number.truncatedInt64
        }
    }
}

extension [UInt8] {
    /// Where a pattern of at least one byte stands.
    func place(of pattern: [UInt8], from start: Int, to end: Int? = nil) -> Int? {
        let last = Swift.min(end ?? count, count) - pattern.count
        guard start <= last else { return nil }
        return (start...last).first { place in
            self[place] == pattern[0] && self[place..<place + pattern.count].elementsEqual(pattern)
        }
    }
}
