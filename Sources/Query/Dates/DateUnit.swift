internal import BSON

/// Units that dates are cut, counted and moved by.
enum DateUnit: String, CaseIterable {
    case year, quarter, month, week, day, hour, minute, second, millisecond

    /// Of those that are equally long at all times.
    private var milliseconds: Int64? {
        switch self {
        case .hour: 3_600_000
        case .minute: 60_000
        case .second: 1_000
        case .millisecond: 1
        default: nil
        }
    }

    /// Of those that are whole months.
    private var months: Int64? {
        switch self {
        case .year: 12
        case .quarter: 3
        case .month: 1
        default: nil
        }
    }

    private static func monthNumber(_ time: CalendarTime) -> Int64 { time.date.year * 12 + time.date.month - 1 }

    private static func midnight(_ day: Int64, _ zone: Zone) -> Int64? {
        CalendarTime.milliseconds(day: day, secondOfDay: 0, millisecond: 0, zone)
    }

    /// 2000-01-01, from which bins are counted.
    private static let origin = CivilDate(year: 2000, month: 1, day: 1).dayNumber

    /// The start of the bin of so many units. `firstWeekday`: from 0, Sunday.
    func truncated(_ time: Int64, bin: Int64, _ zone: Zone, firstWeekday: Int64) -> Int64? {
        if let milliseconds {
            let (size, overflow) = milliseconds.multipliedReportingOverflow(by: bin)
            guard !overflow, let origin = Self.midnight(Self.origin, zone) else { return nil }
            let (distance, far) = time.subtractingReportingOverflow(origin)
            if far { return nil }
            let (product, wide) = floorDivide(distance, by: size).multipliedReportingOverflow(by: size)
            return wide ? nil : product + origin
        }
        let local = CalendarTime(time, zone)
        if let months {
            guard bin <= 1_000_000 else { return nil }
            let origin: Int64 = 2000 * 12
            let number = floorDivide(Self.monthNumber(local) - origin, by: months * bin) * months * bin + origin
            return Self.midnight(CalendarTime.dayNumber(year: 0, month: number + 1, day: 1), zone)
        }
        guard bin <= 10_000_000_000 else { return nil }
        // The first such weekday from 2000-01-01 on, a Saturday.
        let origin =
            self == .week ? Self.origin + (firstWeekday - CalendarTime.weekday(Self.origin) + 7) % 7 : Self.origin
        let size = bin * (self == .week ? 7 : 1)
        return Self.midnight(floorDivide(local.day - origin, by: size) * size + origin, zone)
    }

    /// How many starts of the unit lie between two moments.
    func difference(_ start: Int64, _ end: Int64, _ zone: Zone, firstWeekday: Int64) -> Int64? {
        let from = CalendarTime(start, zone)
        let to = CalendarTime(end, zone)
        if let months {
            return floorDivide(Self.monthNumber(to), by: months) - floorDivide(Self.monthNumber(from), by: months)
        }
        switch self {
        case .week:
            // 1970-01-01 was a Thursday, 4.
            func week(_ day: Int64) -> Int64 { floorDivide(day + 4 - firstWeekday, by: 7) }
            return week(to.day) - week(from.day)
        case .day: return to.day - from.day
        case .hour:
            func hour(_ time: CalendarTime) -> Int64 { time.day * 24 + time.hour }
            return hour(to) - hour(from) - floorDivide(to.offset - from.offset, by: 3_600)
        default:
            let size = milliseconds ?? 1
            let (difference, overflow) = floorDivide(end, by: size).subtractingReportingOverflow(
                floorDivide(start, by: size))
            return overflow ? nil : difference
        }
    }

    /// A moment so many units later; of a month that is too short, its last day.
    func moved(_ time: Int64, by amount: Int64, _ zone: Zone) -> Int64? {
        if let milliseconds {
            let (distance, overflow) = amount.multipliedReportingOverflow(by: milliseconds)
            let (result, carry) = time.addingReportingOverflow(distance)
            return overflow || carry ? nil : result
        }
        guard amount.magnitude < 1_000_000_000_000 else { return nil }
        let local = CalendarTime(time, zone)
        let day: Int64
        if let months {
            let number = Self.monthNumber(local) + amount * months
            let year = floorDivide(number, by: 12)
            let month = number - year * 12 + 1
            guard year.magnitude < 400_000_000 else { return nil }
            day =
                CivilDate(
                    year: year, month: month,
                    day: min(local.date.day, CivilDate.daysInMonth(year: year, month: month))
                ).dayNumber
        } else {
            day = local.day + amount * (self == .week ? 7 : 1)
        }
        return CalendarTime.milliseconds(
            day: day, secondOfDay: local.secondOfDay, millisecond: local.millisecond, zone)
    }
}
