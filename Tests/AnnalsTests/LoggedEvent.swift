import Annals
import BSON
import EventLog
import Foundation
import Views

/// An event of the log as Foundation's parser sees it: what recomputations start from, without what guards resolved.
struct LoggedEvent {
    let type: String
    /// Milliseconds since 1970.
    let time: Int64
    let data: [String: Any]

    /// The whole log, in order.
    static func all(_ store: Store) throws -> [LoggedEvent] {
        var texts: [(String, Int64, String)] = []
        var failure: KeyRingError?
        try store.log.read { (record) throws(LogError) in
            do throws(KeyRingError) {
                let data = try store.log.opened(record).data
                texts.append((record.type, record.time.milliseconds, JSON.string(data, style: .relaxed)))
            } catch {
                failure = error
            }
            return failure == nil
        }
        if let failure { throw failure }
        return try texts.map { type, time, text in
            let data = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
            return LoggedEvent(type: type, time: time, data: data ?? [:])
        }
    }

    private static let calendar: Calendar = {
        var calendar = Calendar(identifier: .iso8601)
        calendar.timeZone = .gmt
        return calendar
    }()

    /// The UTC day, yyyy-mm-dd.
    var day: String { Self.day(time) }

    static func day(_ time: Int64) -> String { date(time).formatted(.iso8601.year().month().day()) }

    /// Monday of the week, in days since 1970-01-01, and the week's name.
    static func week(_ time: Int64) -> (monday: Int, name: String) {
        let parts = calendar.dateComponents([.yearForWeekOfYear, .weekOfYear], from: date(time))
        let monday = calendar.dateInterval(of: .weekOfYear, for: date(time))?.start.timeIntervalSince1970 ?? .nan
        let week = parts.weekOfYear ?? 0
        return (Int(monday / 86_400), "\(parts.yearForWeekOfYear ?? 0)-W\(week < 10 ? "0" : "")\(week)")
    }

    private static func date(_ time: Int64) -> Date { Date(timeIntervalSince1970: Double(time) / 1_000) }

    // MARK: Data

    /// Text or an ObjectID's hex digits at a path; a patch has its dotted names in one piece.
    func text(_ path: String) -> String? {
        let value = value(path)
        return value as? String ?? (value as? [String: Any])?["$oid"] as? String
    }

    func integer(_ path: String) -> Int? { (value(path) as? NSNumber)?.intValue }

    /// Milliseconds since 1970.
    func moment(_ path: String) -> Int64? {
        ((value(path) as? [String: Any])?["$date"] as? String).flatMap { Self.moment($0) }
    }

    static func moment(_ text: String) -> Int64? {
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: text.contains("."))
        return (try? style.parse(text)).map { Int64(($0.timeIntervalSince1970 * 1_000).rounded()) }
    }

    func flag(_ path: String) -> Bool? { value(path) as? Bool }

    /// Money: the shortest decimal that reads back as the same double.
    func decimal(_ path: String) -> Decimal? {
        (value(path) as? NSNumber).flatMap { Decimal(string: "\($0.doubleValue)") }
    }

    private func value(_ path: String) -> Any? {
        path.split(separator: ".").reduce(data as Any?) { ($0 as? [String: Any])?[String($1)] }
    }

    /// Whether the patch sets or unsets the field.
    func patches(_ field: String) -> Bool {
        (data["set"] as? [String: Any])?[field] != nil || (data["unset"] as? [String] ?? []).contains(field)
    }

    func textSet(_ field: String) -> String? { (data["set"] as? [String: Any])?[field] as? String }
}
