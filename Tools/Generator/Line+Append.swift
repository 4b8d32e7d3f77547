/// Appending to the UTF-8 bytes of a JSON line. Nothing here escapes: what is appended is JSON already.
extension Line {
    @inline(__always)
    mutating func add(_ text: StaticString) {
        append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    mutating func add(hex value: UInt64) {
        add(hex: UInt32(truncatingIfNeeded: value >> 32))
        add(hex: UInt32(truncatingIfNeeded: value))
    }

    mutating func add(hex value: UInt32) {
        Swift.withUnsafeBytes(of: Self.hexDigits(value).littleEndian) { append($0) }
    }

    /// The lower `digits` (at most 8) hex digits of `value`.
    mutating func add(hex value: UInt32, digits: Int) {
        Swift.withUnsafeBytes(of: Self.hexDigits(value).littleEndian) {
            append(UnsafeRawBufferPointer(rebasing: $0[(8 - digits)...]))
        }
    }

    /// Eight ASCII digits, first digit in the lowest byte.
    private static func hexDigits(_ value: UInt32) -> UInt64 {
        var nibbles = UInt64(value)
        nibbles = (nibbles | nibbles << 16) & 0x0000_FFFF_0000_FFFF
        nibbles = (nibbles | nibbles << 8) & 0x00FF_00FF_00FF_00FF
        nibbles = (nibbles | nibbles << 4) & 0x0F0F_0F0F_0F0F_0F0F
        let letters = ((nibbles &+ 0x0606_0606_0606_0606) >> 4) & 0x0101_0101_0101_0101
        return (nibbles &+ 0x3030_3030_3030_3030 &+ letters &* 39).byteSwapped
    }

    mutating func add(_ value: Int) {
        guard value >= 0 else {
            append(UInt8(ascii: "-"))
            add(-value)
            return
        }
        if value >= 10 { add(value / 10) }
        append(UInt8(ascii: "0") + UInt8(value % 10))
    }

    /// `value` in base 36, for short names that never repeat.
    mutating func add(base36 value: UInt32) {
        if value >= 36 { add(base36: value / 36) }
        let digit = UInt8(value % 36)
        append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
    }

    /// An amount of money: the shortest decimal (1999 is 19.99, 1950 is 19.5, 1900 is 19).
    mutating func add(cents: Int) {
        add(cents / 100)
        let rest = cents % 100
        guard rest != 0 else { return }
        append(UInt8(ascii: "."))
        append(UInt8(ascii: "0") + UInt8(rest / 10))
        if rest % 10 != 0 { append(UInt8(ascii: "0") + UInt8(rest % 10)) }
    }

    /// RFC 3339 in UTC with milliseconds, of milliseconds since 1970 (years 1970 to 9999).
    mutating func add(time milliseconds: Int64) {
        let (year, month, day) = Self.date(of: milliseconds)
        let ofDay = Int(milliseconds % 86_400_000)
        add(padded: year / 100)
        add(padded: year % 100)
        append(UInt8(ascii: "-"))
        add(padded: month)
        append(UInt8(ascii: "-"))
        add(padded: day)
        append(UInt8(ascii: "T"))
        add(padded: ofDay / 3_600_000)
        append(UInt8(ascii: ":"))
        add(padded: ofDay / 60_000 % 60)
        append(UInt8(ascii: ":"))
        add(padded: ofDay / 1000 % 60)
        append(UInt8(ascii: "."))
        append(UInt8(ascii: "0") + UInt8(ofDay / 100 % 10))
        add(padded: ofDay % 100)
        append(UInt8(ascii: "Z"))
    }

    /// The UTC day as `yyyymmdd`, and a number within it of three digits or more: `20240131-001`.
    mutating func add(_ number: DayNumber) {
        let (year, month, day) = Self.date(of: number.day * 86_400_000)
        add(padded: year / 100)
        add(padded: year % 100)
        add(padded: month)
        add(padded: day)
        append(UInt8(ascii: "-"))
        if number.number < 100 { append(UInt8(ascii: "0")) }
        if number.number < 10 { append(UInt8(ascii: "0")) }
        add(number.number)
    }

    private static func date(of milliseconds: Int64) -> (year: Int, month: Int, day: Int) {
        let days = milliseconds / 86_400_000
        // Howard Hinnant's civil_from_days.
        let shifted = Int(days) + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, day)
    }

    private mutating func add(padded value: Int) {
        append(UInt8(ascii: "0") + UInt8(value / 10))
        append(UInt8(ascii: "0") + UInt8(value % 10))
    }
}
