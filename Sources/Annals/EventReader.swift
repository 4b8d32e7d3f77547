import BSON
import EventLog

/// Reads one page from one snapshot of the log.
struct EventReader: ~Copyable {
    private let log: LogSnapshot
    private let filter: EventFilter
    private let query: EventQuery
    private let limits: EventReadLimits
    private let head: UInt64

    init(
        _ log: consuming LogSnapshot, _ filter: EventFilter, _ query: EventQuery, _ limits: EventReadLimits,
        head: UInt64
    ) {
        self.log = log
        self.filter = filter
        self.query = query
        self.limits = limits
        self.head = head
    }

    /// `chosen`: only these, in this order; else the log's own.
    func read(
        _ chosen: Store.Chosen?, _ body: (Record) throws(StoreError) -> Bool
    ) throws(StoreError) -> EventPage {
        let (first, last): (UInt64, UInt64)
        do throws(LogError) { (first, last) = try range() } catch { throw .log(error) }
        var page = Progress(limits, query.limit, start: query.order == .forward ? query.after : query.before)
        guard first <= last, query.limit > 0 else { return finish(page, isComplete: first > last, first, last) }
        var failure: StoreError?
        /// Whether to go on.
        func take(_ record: Record) -> Bool {
            let isGiven = filter.admits(record)
            guard page.mayExamine(record.bytes.count, isGiven: isGiven) else { return false }
            page.last = record.position
            guard isGiven else { return true }
            do throws(StoreError) { if !(try body(record)) { page.isStopped = true } } catch { failure = error }
            return failure == nil && !page.isStopped
        }
        do throws(LogError) {
            if let chosen {
                for position in chosen.positions where position >= first && position <= last {
                    guard let record = try log.record(at: position) else {
                        throw .missingRecord(position: position)
                    }
                    if !take(record) { break }
                }
            } else {
                try log.read(from: first, through: last, order: query.order) { take($0) }
            }
        } catch { throw .log(error) }
        if let failure { throw failure }
        return finish(page, isComplete: !page.isFull && !page.isStopped && chosen?.isCut != true, first, last)
    }

    /// A complete page has looked at all of its range.
    private func finish(_ page: Progress, isComplete: Bool, _ first: UInt64, _ last: UInt64) -> EventPage {
        guard isComplete else {
            return EventPage(next: page.last, isComplete: false, position: head, examined: page.examined)
        }
        let next = query.order == .forward ? max(query.after, last) : min(query.before, max(1, query.after + 1))
        return EventPage(next: next, isComplete: true, position: head, examined: page.examined)
    }

    /// The positions that position and recorded time leave. The range may be empty: then the first is after the last.
    private func range() throws(LogError) -> (UInt64, UInt64) {
        guard query.after < .max, query.before > 0 else { return (1, 0) }
        var first = query.after + 1
        var last = min(head, query.before - 1)
        if let from = filter.from { first = max(first, try log.firstPosition(recordedFrom: from, head: head)) }
        if let to = filter.to { last = min(last, try log.firstPosition(recordedFrom: to, head: head) - 1) }
        return (first, last)
    }

    /// What a page has cost so far.
    private struct Progress {
        private let limits: EventReadLimits
        private let most: Int
        private(set) var examined = 0
        private var given = 0
        private var bytes = 0
        var last: UInt64
        /// A bound was reached before the range's end.
        private(set) var isFull = false
        /// Who was given the events wants no more.
        var isStopped = false

        init(_ limits: EventReadLimits, _ most: Int, start: UInt64) {
            self.limits = limits
            self.most = most
            last = start
        }

        mutating func mayExamine(_ byteCount: Int, isGiven: Bool) -> Bool {
            let isTooMuch = isGiven && (given == most || (given > 0 && bytes + byteCount > limits.bytes))
            guard examined < limits.recordsExamined, !isTooMuch else {
                isFull = true
                return false
            }
            examined += 1
            if isGiven {
                given += 1
                bytes += byteCount
            }
            return true
        }
    }
}
