public import BSON
import EventLog
import LMDB
import Views

/// When something is asked for: always a position in the end, at which all collections stand at once.
public enum PastMoment: Sendable, Hashable {
    case position(UInt64)
    /// The last position recorded at this time or before it.
    case recorded(DateTime)
    /// The last position such that no event up to it is, by its own time, of after this one. Of events that were told late
    /// it leaves out those behind a later one: what is folded is a beginning of the log, never a choice of its events,
    /// which guards have not seen so.
    case happened(DateTime)

    /// A position, or an RFC 3339 time; `nil` where the text is neither.
    public init?(_ text: String, byEventTime: Bool = false) {
        if let position = UInt64(text) {
            self = .position(position)
        } else if let time = DateTime(rfc3339: text) {
            self = byEventTime ? .happened(time) : .recorded(time)
        } else {
            return nil
        }
    }
}

extension History {
    /// The position that a moment means. O(log² n); by events' own time it reads all up to there.
    /// - Throws: `notFound` for a position that the views do not hold yet.
    public func position(of moment: PastMoment) throws(StoreError) -> UInt64 {
        switch moment {
        case .position(let position):
            let end = try self.position()
            guard position <= end else { throw .notFound("the views hold positions up to \(end)") }
            return position
        case .recorded(let time): return try self.position(at: time)
        case .happened(let time): return try lastPosition(before: time)
        }
    }

    private static let recordsOfASnapshot = 20_000

    private func lastPosition(before time: DateTime) throws(StoreError) -> UInt64 {
        let end = try position()
        var last: UInt64 = 0
        var isFound = false
        while !isFound, last < end {
            do throws(LogError) {
                let snapshot = try log.snapshot()
                var count = 0
                try snapshot.read(from: last + 1, through: end, checkCRC: false) { (record) throws(LogError) in
                    if record.time > time {
                        isFound = true
                        return false
                    }
                    last = record.position
                    count += 1
                    return count < Self.recordsOfASnapshot
                }
            } catch { throw .log(error) }
        }
        return last
    }
}
