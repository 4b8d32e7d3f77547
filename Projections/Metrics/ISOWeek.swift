internal import BSON

/// A week of ISO 8601: Monday to Sunday, UTC; it belongs to the year that its Thursday is in.
struct ISOWeek: Equatable, Comparable {
    /// Weeks since the one of 1970-01-01.
    let number: Int64

    private static let milliseconds: Int64 = 7 * 86_400_000
    /// From the Monday of week 0 to 1970-01-01, a Thursday.
    private static let lead: Int64 = 3 * 86_400_000

    init(number: Int64) { self.number = number }

    init(of time: DateTime) {
        let since = time.milliseconds + Self.lead
        number = since / Self.milliseconds - (since % Self.milliseconds < 0 ? 1 : 0)
    }

    static func < (a: ISOWeek, b: ISOWeek) -> Bool { a.number < b.number }

    /// Monday, midnight.
    var start: DateTime { DateTime(milliseconds: number * Self.milliseconds - Self.lead) }

    /// `2024-W09`
    var text: String {
        let thursday = DateTime(milliseconds: number * Self.milliseconds)
        let year = String(thursday.dayText.prefix(4))
        guard let newYear = DateTime(rfc3339: year + "-01-01T00:00:00Z") else { return start.dayText }
        let week = (thursday.milliseconds - newYear.milliseconds) / Self.milliseconds + 1
        return year + (week < 10 ? "-W0" : "-W") + String(week)
    }
}
