extension DateTime {
    /// Reads an RFC 3339 date-time. Digits past the millisecond are dropped; a leap second becomes the second after it.
    public init?(rfc3339 text: String) {
        var text = text
        let parsed = text.withUTF8 { DateTime(rfc3339: UnsafeRawBufferPointer($0)) }
        guard let parsed else { return nil }
        self = parsed
    }

    /// Reads an RFC 3339 date-time. Digits past the millisecond are dropped; a leap second becomes the second after it.
    public init?(rfc3339 text: UnsafeRawBufferPointer) {
        guard text.count >= 20, text[4] == 0x2D, text[7] == 0x2D, text[10] | 0x20 == 0x74,
            text[13] == 0x3A, text[16] == 0x3A,
            let year = DateTime.number(text, at: 0, digits: 4), let month = DateTime.number(text, at: 5, digits: 2),
            let day = DateTime.number(text, at: 8, digits: 2), let hour = DateTime.number(text, at: 11, digits: 2),
            let minute = DateTime.number(text, at: 14, digits: 2),
            let second = DateTime.number(text, at: 17, digits: 2),
            (1...12).contains(month), day >= 1, day <= CivilDate.daysInMonth(year: year, month: month),
            hour <= 23, minute <= 59, second <= 60
        else { return nil }

        var index = 19
        var fraction: Int64 = 0
        if text[index] == 0x2E {
            index += 1
            var digits = 0
            while index < text.count, let digit = DateTime.number(text, at: index, digits: 1) {
                if digits < 3 { fraction = fraction * 10 + digit }
                digits += 1
                index += 1
            }
            guard digits > 0 else { return nil }
            while digits < 3 {
                fraction *= 10
                digits += 1
            }
        }

        guard index < text.count else { return nil }
        var offsetMinutes: Int64 = 0
        if text[index] | 0x20 == 0x7A {
            index += 1
        } else {
            guard text[index] == 0x2B || text[index] == 0x2D, text.count == index + 6, text[index + 3] == 0x3A,
                let hours = DateTime.number(text, at: index + 1, digits: 2), hours <= 23,
                let minutes = DateTime.number(text, at: index + 4, digits: 2), minutes <= 59
            else { return nil }
            offsetMinutes = (hours * 60 + minutes) * (text[index] == 0x2B ? 1 : -1)
            index += 6
        }
        guard index == text.count else { return nil }

        let days = CivilDate(year: year, month: month, day: day).dayNumber
        let seconds = days * 86_400 + hour * 3_600 + (minute - offsetMinutes) * 60 + second
        milliseconds = seconds * 1_000 + fraction
    }

    /// Reads what stands for a moment in data and in questions about it: an RFC 3339 date-time, or a date alone, which is its
    /// midnight in UTC.
    public init?(iso8601 text: UnsafeRawBufferPointer) {
        guard text.count == 10 else {
            self.init(rfc3339: text)
            return
        }
        guard text[4] == 0x2D, text[7] == 0x2D, let year = DateTime.number(text, at: 0, digits: 4),
            let month = DateTime.number(text, at: 5, digits: 2), let day = DateTime.number(text, at: 8, digits: 2),
            (1...12).contains(month), day >= 1, day <= CivilDate.daysInMonth(year: year, month: month)
        else { return nil }
        self.init(milliseconds: CivilDate(year: year, month: month, day: day).dayNumber * 86_400_000)
    }

    private static func number(_ text: UnsafeRawBufferPointer, at start: Int, digits: Int) -> Int64? {
        guard start + digits <= text.count else { return nil }
        var number: Int64 = 0
        for index in start..<start + digits {
            let digit = text[index]
            guard digit >= 0x30, digit <= 0x39 else { return nil }
            number = number * 10 + Int64(digit - 0x30)
        }
        return number
    }

    /// The UTC day as `yyyy-mm-dd`; outside the years 0...9999 the description.
    public var dayText: String {
        guard hasPlainYear else { return description }
        return String(unsafeUninitializedCapacity: 10) { text in
            writeDay(to: text)
            return 10
        }
    }

    private var hasPlainYear: Bool { (-62_167_219_200_000..<253_402_300_800_000).contains(milliseconds) }

    private func writeDay(to text: UnsafeMutableBufferPointer<UInt8>) {
        let date = CivilDate(dayNumber: day)
        DateTime.write(date.year, digits: 4, to: text, at: 0)
        text[4] = 0x2D
        DateTime.write(date.month, digits: 2, to: text, at: 5)
        text[7] = 0x2D
        DateTime.write(date.day, digits: 2, to: text, at: 8)
    }

    private static func write(
        _ number: Int64, digits: Int, to text: UnsafeMutableBufferPointer<UInt8>, at start: Int
    ) {
        var rest = number
        for index in stride(from: start + digits - 1, through: start, by: -1) {
            text[index] = UInt8(truncatingIfNeeded: rest % 10) + 0x30
            rest /= 10
        }
    }
}

extension DateTime: CustomStringConvertible {
    /// RFC 3339 with milliseconds and `Z`; outside the years 0...9999 the milliseconds, as `1234ms`.
    public var description: String {
        guard hasPlainYear else { return "\(milliseconds)ms" }
        return String(unsafeUninitializedCapacity: 24) { text in
            writeDay(to: text)
            let time = millisecondOfDay
            text[10] = 0x54
            DateTime.write(time / 3_600_000, digits: 2, to: text, at: 11)
            text[13] = 0x3A
            DateTime.write(time / 60_000 % 60, digits: 2, to: text, at: 14)
            text[16] = 0x3A
            DateTime.write(time / 1_000 % 60, digits: 2, to: text, at: 17)
            text[19] = 0x2E
            DateTime.write(time % 1_000, digits: 3, to: text, at: 20)
            text[23] = 0x5A
            return 24
        }
    }
}
