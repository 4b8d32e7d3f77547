internal import BSON

/// When clocks change, year after year, as POSIX writes it: `CET-1CEST,M3.5.0,M10.5.0/3`.
struct ZoneRule: Sendable {
    private enum Day: Sendable {
        /// A weekday of a week of a month, the fifth being the last.
        case weekday(month: Int64, week: Int64, day: Int64)
        /// From 1, the 29th of February never counted.
        case julian(Int64)
        /// From 0.
        case ofYear(Int64)
    }

    private struct Change: Sendable {
        let day: Day
        let seconds: Int64

        /// In local time, seconds since 1970.
        func local(_ year: Int64) -> Int64 {
            let start = CivilDate(year: year, month: 1, day: 1).dayNumber
            let number: Int64
            switch day {
            case .julian(let day):
                let isAfterFebruary = CivilDate.daysInMonth(year: year, month: 2) == 29 && day >= 60
                number = start + day - 1 + (isAfterFebruary ? 1 : 0)
            case .ofYear(let day): number = start + day
            case .weekday(let month, let week, let day):
                let first = CivilDate(year: year, month: month, day: 1).dayNumber
                let weekday = CalendarTime.weekday(first)
                var date = first + (day - weekday + 7) % 7 + 7 * (week - 1)
                while date >= first + CivilDate.daysInMonth(year: year, month: month) { date -= 7 }
                number = date
            }
            return number * 86_400 + seconds
        }
    }

    private let standard: Int64
    private let summer: (offset: Int64, from: Change, to: Change)?

    /// `nil` for what is no rule.
    init?(_ text: String) {
        var reader = Reader(rest: Array(text.utf8)[...])
        guard reader.name(), let west = reader.time() else { return nil }
        standard = -west
        guard reader.name() else {
            summer = nil
            return
        }
        var offset = standard + 3_600
        if reader.rest.first != UInt8(ascii: ","), let west = reader.time() { offset = -west }
        guard let from = reader.change(), let to = reader.change() else { return nil }
        summer = (offset, from, to)
    }

    func offset(at utc: Int64) -> Int64 {
        guard let summer else { return standard }
        let year = CivilDate(dayNumber: floorDivide(utc + standard, by: 86_400)).year
        let start = summer.from.local(year) - standard
        let end = summer.to.local(year) - summer.offset
        let isSummer = start < end ? start <= utc && utc < end : utc < end || start <= utc
        return isSummer ? summer.offset : standard
    }

    private struct Reader {
        var rest: ArraySlice<UInt8>

        /// Letters, or anything between < and >.
        mutating func name() -> Bool {
            if rest.first == UInt8(ascii: "<") {
                guard let end = rest.firstIndex(of: UInt8(ascii: ">")) else { return false }
                rest = rest[(end + 1)...]
                return true
            }
            let count = rest.prefix { (0x61...0x7A).contains($0 | 0x20) }.count
            rest = rest.dropFirst(count)
            return count >= 3
        }

        mutating func take(_ character: Character) -> Bool {
            guard rest.first == character.asciiValue else { return false }
            rest.removeFirst()
            return true
        }

        mutating func number() -> Int64? {
            let digits = rest.prefix { (0x30...0x39).contains($0) }
            guard (1...4).contains(digits.count) else { return nil }
            rest = rest.dropFirst(digits.count)
            return digits.reduce(0) { $0 * 10 + Int64($1) - 0x30 }
        }

        /// Hours, minutes and seconds, as seconds.
        mutating func time() -> Int64? {
            let sign: Int64 = take("-") ? -1 : 1
            if sign == 1 { _ = take("+") }
            guard var seconds = number().map({ $0 * 3_600 }) else { return nil }
            for unit in [Int64(60), 1] where take(":") {
                guard let part = number() else { return nil }
                seconds += part * unit
            }
            return sign * seconds
        }

        mutating func change() -> Change? {
            guard take(",") else { return nil }
            let day: Day
            if take("M") {
                guard let month = number(), take("."), let week = number(), take("."), let weekday = number(),
                    (1...12).contains(month), (1...5).contains(week), weekday < 7
                else { return nil }
                day = .weekday(month: month, week: week, day: weekday)
            } else if take("J") {
                guard let number = number() else { return nil }
                day = .julian(number)
            } else {
                guard let number = number() else { return nil }
                day = .ofYear(number)
            }
            guard take("/") else { return Change(day: day, seconds: 7_200) }
            return time().map { Change(day: day, seconds: $0) }
        }
    }
}

func floorDivide(_ number: Int64, by divisor: Int64) -> Int64 {
    let (quotient, remainder) = number.quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? quotient - 1 : quotient
}
