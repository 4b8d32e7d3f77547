internal import BSON

/// Reads dates from text: by a format, or as ISO 8601 and RFC 3339 write them.
struct DateReader {
    private var rest: ArraySlice<UInt8>
    private var year: Int64?
    private var month: Int64?
    private var day: Int64?
    private var dayOfYear: Int64?
    private var isoYear: Int64?
    private var isoWeek: Int64?
    private var isoWeekday: Int64?
    private var hour: Int64 = 0
    private var minute: Int64 = 0
    private var second: Int64 = 0
    private var millisecond: Int64 = 0
    private var zone: Zone?

    private init(_ text: String) { rest = Array(text.utf8)[...] }

    /// `2024-02-29`, with an optional time, fraction and zone.
    ///
    /// - `zone`: where the text names none.
    static func read(_ text: String, zone: Zone, _ call: Call) throws(QueryError) -> Int64 {
        var reader = DateReader(text)
        guard reader.readStandard(), reader.rest.isEmpty, let time = reader.milliseconds(zone) else {
            throw call.refusal(
                "cannot read a date from this text", mend: "write 2024-02-29T13:45:00Z, give a format, or onError")
        }
        return time
    }

    static func read(_ text: String, format: DateFormat, zone: Zone, _ call: Call) throws(QueryError) -> Int64 {
        var reader = DateReader(text)
        for part in format.parts {
            let isRead =
                switch part {
                case .text(let text): reader.skip(text)
                case .specifier(let letter): reader.read(letter)
                }
            guard isRead else { throw call.refusal("reads a text that is not of its format", mend: "give onError") }
        }
        guard reader.rest.isEmpty, let time = reader.milliseconds(zone) else {
            throw call.refusal("reads a text that is no date in its format", mend: "give onError")
        }
        return time
    }

    // MARK: Parts

    private mutating func skip(_ text: [UInt8]) -> Bool {
        guard rest.starts(with: text) else { return false }
        rest = rest.dropFirst(text.count)
        return true
    }

    private mutating func take(_ character: Character) -> Bool {
        guard let byte = character.asciiValue else { return false }
        return skip([byte])
    }

    private mutating func number(_ digits: ClosedRange<Int>, _ range: ClosedRange<Int64>) -> Int64? {
        let found = rest.prefix(digits.upperBound).prefix { (0x30...0x39).contains($0) }
        guard found.count >= digits.lowerBound else { return nil }
        let number = found.reduce(Int64(0)) { $0 * 10 + Int64($1) - 0x30 }
        guard range.contains(number) else { return nil }
        rest = rest.dropFirst(found.count)
        return number
    }

    private mutating func readStandard() -> Bool {
        year = number(4...4, 0...9999)
        guard year != nil, take("-") else { return false }
        month = number(2...2, 1...12)
        guard month != nil, take("-") else { return false }
        day = number(2...2, 1...31)
        guard day != nil else { return false }
        if rest.isEmpty { return true }
        guard take("T") || take("t") || take(" "), let hour = number(2...2, 0...23) else { return false }
        self.hour = hour
        if take(":") {
            guard let minute = number(2...2, 0...59) else { return false }
            self.minute = minute
            if take(":") {
                guard let second = number(2...2, 0...60) else { return false }
                self.second = second
                if take("."), !readFraction() { return false }
            }
        }
        _ = take(" ")
        return rest.isEmpty || readZone()
    }

    /// Digits past the third are dropped.
    private mutating func readFraction() -> Bool {
        let digits = rest.prefix { (0x30...0x39).contains($0) }
        guard !digits.isEmpty else { return false }
        rest = rest.dropFirst(digits.count)
        let first = Array(digits.prefix(3)) + [UInt8](repeating: 0x30, count: max(0, 3 - digits.count))
        millisecond = first.reduce(Int64(0)) { $0 * 10 + Int64($1) - 0x30 }
        return true
    }

    private mutating func readZone() -> Bool {
        if take("z") || take("Z") {
            zone = .utc
            return true
        }
        let name = rest.prefix { $0 > 0x20 }
        guard let found = Zone(named: String(decoding: name, as: UTF8.self)) else { return false }
        rest = rest.dropFirst(name.count)
        zone = found
        return true
    }

    private mutating func read(_ letter: UInt8) -> Bool {
        func set(_ target: inout Int64?, _ value: Int64?) -> Bool {
            target = value
            return value != nil
        }
        func set(_ target: inout Int64, _ value: Int64?) -> Bool {
            target = value ?? target
            return value != nil
        }
        switch Character(UnicodeScalar(letter)) {
        case "Y": return set(&year, number(4...4, 0...9999))
        case "m": return set(&month, number(1...2, 1...12))
        case "d": return set(&day, number(1...2, 1...31))
        case "H": return set(&hour, number(1...2, 0...23))
        case "M": return set(&minute, number(1...2, 0...59))
        case "S": return set(&second, number(1...2, 0...59))
        case "L": return set(&millisecond, number(1...3, 0...999))
        case "j": return set(&dayOfYear, number(1...3, 1...366))
        case "G": return set(&isoYear, number(4...4, 0...9999))
        case "V": return set(&isoWeek, number(1...2, 1...53))
        case "u": return set(&isoWeekday, number(1...1, 1...7))
        case "b", "B": return readMonth(isShort: letter == UInt8(ascii: "b"))
        case "z", "Z": return readOffset(inMinutes: letter == UInt8(ascii: "Z"))
        case "%": return take("%")
        default: return false
        }
    }

    private mutating func readMonth(isShort: Bool) -> Bool {
        for (place, name) in DateFormat.months.enumerated() {
            let letters = isShort ? Array(name.utf8.prefix(3)) : Array(name.utf8)
            let found = rest.prefix(letters.count)
            guard found.count == letters.count, zip(found, letters).allSatisfy({ $0 | 0x20 == $1 | 0x20 }) else {
                continue
            }
            rest = rest.dropFirst(letters.count)
            month = Int64(place) + 1
            return true
        }
        return false
    }

    private mutating func readOffset(inMinutes: Bool) -> Bool {
        guard inMinutes else { return readZone() }
        let sign: Int64 = take("-") ? -60 : 60
        if sign > 0 { _ = take("+") }
        guard let minutes = number(1...4, 0...1_440) else { return false }
        zone = .fixed(sign * minutes)
        return true
    }

    // MARK: The moment

    private func milliseconds(_ otherwise: Zone) -> Int64? {
        let date: Int64
        if let isoYear {
            guard year == nil, month == nil, day == nil else { return nil }
            date = CalendarTime.isoStart(isoYear) + ((isoWeek ?? 1) - 1) * 7 + (isoWeekday ?? 1) - 1
        } else {
            guard let year else { return nil }
            if let dayOfYear {
                date = CivilDate(year: year, month: 1, day: 1).dayNumber + dayOfYear - 1
            } else {
                let month = month ?? 1
                guard (day ?? 1) <= CivilDate.daysInMonth(year: year, month: month) else { return nil }
                date = CivilDate(year: year, month: month, day: day ?? 1).dayNumber
            }
        }
        return CalendarTime.milliseconds(
            day: date, secondOfDay: hour * 3_600 + minute * 60 + second, millisecond: millisecond, zone ?? otherwise)
    }
}
