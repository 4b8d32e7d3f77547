internal import BSON

/// A moment as calendar and clocks of a zone show it.
struct CalendarTime {
    /// Days since 1970-01-01, of local time.
    let day: Int64
    let date: CivilDate
    let secondOfDay: Int64
    let millisecond: Int64
    /// Seconds east of UTC.
    let offset: Int64

    init(_ milliseconds: Int64, _ zone: Zone) {
        let seconds = floorDivide(milliseconds, by: 1_000)
        offset = zone.offset(at: seconds)
        let local = seconds + offset
        day = floorDivide(local, by: 86_400)
        date = CivilDate(dayNumber: day)
        secondOfDay = local - day * 86_400
        // The first second that a date holds begins before the first millisecond.
        millisecond = milliseconds &- seconds &* 1_000
    }

    var hour: Int64 { secondOfDay / 3_600 }
    var minute: Int64 { secondOfDay / 60 % 60 }
    var second: Int64 { secondOfDay % 60 }

    /// From 0, which is Sunday.
    static func weekday(_ day: Int64) -> Int64 { ((day + 4) % 7 + 7) % 7 }

    var weekday: Int64 { Self.weekday(day) }
    /// From Monday, 1, to Sunday, 7.
    var isoWeekday: Int64 { (weekday + 6) % 7 + 1 }
    var dayOfYear: Int64 { day - CivilDate(year: date.year, month: 1, day: 1).dayNumber + 1 }
    /// Weeks begin on Sunday; the days before the first are in week 0.
    var week: Int64 { (dayOfYear + 6 - weekday) / 7 }

    /// A week belongs to the year that its Thursday is in.
    var iso: (year: Int64, week: Int64) {
        let thursday = day + 4 - isoWeekday
        let year = CivilDate(dayNumber: thursday).year
        return (year, (thursday - CivilDate(year: year, month: 1, day: 1).dayNumber) / 7 + 1)
    }

    /// The Monday of a year's first week.
    static func isoStart(_ year: Int64) -> Int64 {
        let fourth = CivilDate(year: year, month: 1, day: 4).dayNumber
        return fourth - (weekday(fourth) + 6) % 7
    }

    /// The day of a date whose month may lie outside its year.
    static func dayNumber(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shift = floorDivide(month - 1, by: 12)
        return CivilDate(year: year + shift, month: month - shift * 12, day: 1).dayNumber + day - 1
    }

    /// Milliseconds since 1970 of a local time; `nil` outside what a date holds.
    static func milliseconds(day: Int64, secondOfDay: Int64, millisecond: Int64, _ zone: Zone) -> Int64? {
        guard day.magnitude < 200_000_000_000 else { return nil }
        let seconds = zone.utc(ofLocal: day * 86_400 + secondOfDay)
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000)
        let (sum, carry) = product.addingReportingOverflow(millisecond)
        return overflow || carry ? nil : sum
    }
}
