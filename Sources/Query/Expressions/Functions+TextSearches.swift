internal import BSON

extension Function {
    static let textSearches = [
        Function(
            "$indexOfBytes",
            .many(2...4) { value, call throws(QueryError) in try TextSearch.place(value, call, byBytes: true) }),
        Function(
            "$indexOfCP",
            .many(2...4) { value, call throws(QueryError) in try TextSearch.place(value, call, byBytes: false) }),
        Function(
            "$replaceOne",
            .named(["input", "find", "replacement"], required: 3) { value, call throws(QueryError) in
                try TextSearch.replaced(value, call, all: false)
            }),
        Function(
            "$replaceAll",
            .named(["input", "find", "replacement"], required: 3) { value, call throws(QueryError) in
                try TextSearch.replaced(value, call, all: true)
            }),
    ]
}

enum TextSearch {
    /// Where a text first stands in another, -1 where it does not.
    static func place(_ values: [Evaluated], _ call: Call, byBytes: Bool) throws(QueryError) -> Evaluated {
        if values[0].isNullish { return .null }
        guard let text = values[0].string else { throw call.needs("a string", values[0]) }
        guard let pattern = values[1].string else { throw call.needs("a string to look for", values[1]) }
        let scalars = text.unicodeScalars.count
        let count = byBytes ? text.utf8.count : scalars
        let (start, end) = try Bounds.of(values, call, count)
        guard start <= count, start <= end else { return .owned(.int32(-1)) }
        let found: Int?
        if byBytes {
            found = pattern.isEmpty ? start : Array(text.utf8).place(of: Array(pattern.utf8), from: start, to: end)
        } else {
            let all = Array(text.unicodeScalars)
            let wanted = Array(pattern.unicodeScalars)
            let last = min(end, count) - wanted.count
            found =
                start > last ? nil : (start...last).first { all[$0..<$0 + wanted.count].elementsEqual(wanted) }
        }
        return .owned(.int32(Int32(clamping: found ?? -1)))
    }

    /// The third and fourth argument of `$indexOf…`.
    enum Bounds {
        static func of(_ values: [Evaluated], _ call: Call, _ count: Int) throws(QueryError) -> (start: Int, end: Int) {
            func bound(_ place: Int, _ otherwise: Int) throws(QueryError) -> Int {
                guard values.count > place else { return otherwise }
                guard let number = values[place].int64, number >= 0 else {
                    throw call.refusal("needs whole numbers from 0 as its bounds")
                }
                return Int(clamping: number)
            }
            return (try bound(2, 0), min(try bound(3, count), count))
        }
    }

    static func replaced(_ values: [Evaluated?], _ call: Call, all: Bool) throws(QueryError) -> Evaluated {
        var texts: [[UInt8]] = []
        var isNull = false
        for value in values {
            let value = value ?? .missing
            if value.isNullish {
                isNull = true
                continue
            }
            guard let text = value.string else { throw call.needs("strings", value) }
            texts.append(Array(text.utf8))
        }
        if isNull { return .null }
        let (text, pattern, replacement) = (texts[0], texts[1], texts[2])
        guard !pattern.isEmpty else {
            // Nothing is found before, between and after all characters.
            return .owned(.string(String(decoding: filled(text, replacement, all), as: UTF8.self)))
        }
        var result: [UInt8] = []
        var start = 0
        while let found = text.place(of: pattern, from: start) {
            result += text[start..<found]
            result += replacement
            start = found + pattern.count
            if !all { break }
        }
        result += text[start...]
        return .owned(.string(String(decoding: result, as: UTF8.self)))
    }

    private static func filled(_ text: [UInt8], _ replacement: [UInt8], _ all: Bool) -> [UInt8] {
        if !all { return replacement + text }
        var result: [UInt8] = []
        for byte in text {
            if byte & 0xC0 != 0x80 { result += replacement }
            result.append(byte)
        }
        return result + replacement
    }
}
