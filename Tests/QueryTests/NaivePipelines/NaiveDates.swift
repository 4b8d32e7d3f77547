import BSON
import Foundation

/// Dates by Foundation's calendar and time zones.
enum NaiveDates {
    static func compute(_ name: String, _ values: [Value]) throws -> Value {
        guard case .dateTime(let time) = values[0], case .string(let zone)? = values.last,
            let timeZone = TimeZone(identifier: zone)
        else { throw NaiveExpression.Failure() }
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = timeZone
        calendar.firstWeekday = 1
        let date = Date(timeIntervalSince1970: Double(time.milliseconds) / 1000)
        func number(_ component: Calendar.Component) -> Value {
            .int32(Int32(calendar.component(component, from: date)))
        }
        switch name {
        case "$year": return number(.year)
        case "$month": return number(.month)
        case "$dayOfMonth": return number(.day)
        case "$hour": return number(.hour)
        case "$dayOfWeek": return number(.weekday)
        case "$dayOfYear": return .int32(Int32(calendar.ordinality(of: .day, in: .year, for: date) ?? 0))
        case "$dateToString":
            let parts = calendar.dateComponents([.year, .month, .day, .hour, .minute], from: date)
            return .string(
                String(
                    format: "%04d-%02d-%02d %02d:%02d", parts.year ?? 0, parts.month ?? 0, parts.day ?? 0,
                    parts.hour ?? 0,
                    parts.minute ?? 0))
        case "$dateTrunc":
            guard let unit = Self.unit(values[1]), let interval = calendar.dateInterval(of: unit, for: date) else {
                throw NaiveExpression.Failure()
            }
            return moment(interval.start, 0)
        default:
            guard let unit = Self.unit(values[1]),
                let moved = calendar.date(byAdding: unit, value: try NaiveExpression.whole(values[2]), to: date)
            else { throw NaiveExpression.Failure() }
            return moment(moved, time.milliseconds)
        }
    }

    private static func moment(_ date: Date, _ old: Int64) -> Value {
        // Foundation counts in seconds: the milliseconds are rounded back.
        .dateTime(DateTime(milliseconds: Int64((date.timeIntervalSince1970 * 1000).rounded())))
    }

    private static func unit(_ value: Value) -> Calendar.Component? {
        guard case .string(let name) = value else { return nil }
        return ["year": .year, "month": .month, "day": .day, "hour": .hour][name]
    }
}
