internal import BSON

/// Dates as text by a format such as `%Y-%m-%d`.
struct DateFormat: Sendable {
    enum Part: Sendable {
        case text([UInt8])
        case specifier(UInt8)
    }

    let parts: [Part]

    /// RFC 3339, in UTC.
    static let standard = DateFormat(unchecked: "%Y-%m-%dT%H:%M:%S.%LZ")
    static let local = DateFormat(unchecked: "%Y-%m-%dT%H:%M:%S.%L")

    static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ]
    private static let specifiers = Set("bBdGHjLmMSuUVwYzZ%".utf8)

    private init(unchecked format: String) { parts = Self.split(format) }

    /// - Throws: which specifier is unknown.
    init(_ format: String, _ call: Call) throws(QueryError) {
        parts = Self.split(format)
        for case .specifier(let letter) in parts where !Self.specifiers.contains(letter) {
            throw call.refusal(
                "knows no %\(letter < 0x80 && letter > 0x20 ? String(UnicodeScalar(letter)) : "")",
                mend: "use %Y %m %d %H %M %S %L %z %Z %j %b %B %G %V %u %U %w or %%")
        }
    }

    private static func split(_ format: String) -> [Part] {
        var parts: [Part] = []
        var text: [UInt8] = []
        var bytes = Array(format.utf8)[...]
        while let byte = bytes.popFirst() {
            if byte != UInt8(ascii: "%") {
                text.append(byte)
                continue
            }
            if !text.isEmpty { parts.append(.text(text)) }
            text = []
            parts.append(.specifier(bytes.popFirst() ?? 0))
        }
        if !text.isEmpty { parts.append(.text(text)) }
        return parts
    }

    static func text(_ milliseconds: Int64, _ format: DateFormat, _ zone: Zone) -> String {
        let time = CalendarTime(milliseconds, zone)
        var result: [UInt8] = []
        for part in format.parts {
            switch part {
            case .text(let text): result += text
            case .specifier(let letter): append(letter, time, &result)
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    private static func append(_ letter: UInt8, _ time: CalendarTime, _ text: inout [UInt8]) {
        func padded(_ number: Int64, _ digits: Int) {
            let shown = String(number.magnitude)
            if number < 0 { text.append(UInt8(ascii: "-")) }
            text += [UInt8](repeating: 0x30, count: max(0, digits - shown.utf8.count)) + shown.utf8
        }
        switch Character(UnicodeScalar(letter)) {
        case "Y": padded(time.date.year, 4)
        case "m": padded(time.date.month, 2)
        case "d": padded(time.date.day, 2)
        case "H": padded(time.hour, 2)
        case "M": padded(time.minute, 2)
        case "S": padded(time.second, 2)
        case "L": padded(time.millisecond, 3)
        case "j": padded(time.dayOfYear, 3)
        case "b": text += months[Int(time.date.month) - 1].utf8.prefix(3)
        case "B": text += months[Int(time.date.month) - 1].utf8
        case "G": padded(time.iso.year, 4)
        case "V": padded(time.iso.week, 2)
        case "u": padded(time.isoWeekday, 1)
        case "U": padded(time.week, 2)
        case "w": padded(time.weekday + 1, 1)
        case "z":
            text.append(UInt8(ascii: time.offset < 0 ? "-" : "+"))
            let minutes = Int64(time.offset.magnitude) / 60
            padded(minutes / 60, 2)
            padded(minutes % 60, 2)
        case "Z":
            text.append(UInt8(ascii: time.offset < 0 ? "-" : "+"))
            padded(Int64(time.offset.magnitude) / 60, 1)
        default: text.append(letter)
        }
    }
}
