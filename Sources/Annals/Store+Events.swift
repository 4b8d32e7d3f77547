public import EventLog
import BSON
import LMDB
import Schema
import Views

extension Store {
    /// Gives the events of one page to `body`, which returns whether to go on. Records are valid only inside it.
    ///
    /// Nothing is given that the views do not hold yet: who read an event finds what it did.
    public func readEvents(
        _ query: EventQuery, limits: EventReadLimits = .standard, _ body: (Record) throws(StoreError) -> Bool
    ) throws(StoreError) -> EventPage {
        // Views first: the log has all that they hold.
        let head: UInt64
        let chosen: Chosen?
        do throws(LMDBError) {
            let snapshot = try snapshot()
            head = snapshot.position
            chosen = try choose(query, limits.recordsExamined, snapshot)
        } catch { throw .views(error) }
        let reader: EventReader
        do throws(LogError) {
            reader = EventReader(try log.snapshot(), patterns(query.filter), query, limits, head: head)
        } catch { throw .log(error) }
        return try reader.read(chosen, body)
    }

    /// Whether an event type of this store, by its name or a former one, is meant.
    public func declares(_ pattern: EventTypePattern) -> Bool { !pattern.names(in: catalogue).isEmpty }

    /// Positions from the views, where these know what is asked for.
    struct Chosen {
        var positions: [UInt64]
        /// There are more than these.
        var isCut: Bool
    }

    private func choose(_ query: EventQuery, _ most: Int, _ snapshot: borrowing ViewSnapshot) throws(LMDBError)
        -> Chosen?
    {
        var window = PositionWindow(most, query)
        if let entity = query.filter.entity {
            guard let model = catalogue[entity.collection] else { return Chosen(positions: [], isCut: false) }
            var key: [UInt8] = []
            KeyEncoder.encode(entity.id, into: &key)
            try snapshot.forEachPosition(ofDocument: key, in: model, after: query.after) { window.add($0) }
        } else if let subject = query.filter.subject {
            try snapshot.forEachPosition(ofStream: subject, after: query.after) { window.add($0) }
        } else {
            return nil
        }
        return window.chosen
    }

    /// The filter with the names that types had once.
    private func patterns(_ filter: EventFilter) -> EventFilter {
        var filter = filter
        guard !filter.types.isEmpty else { return filter }
        let former = filter.types.flatMap { $0.names(in: catalogue) }.compactMap { EventTypePattern($0) }
        filter.types += Set(former).filter { name in !filter.types.contains(name) }
        return filter
    }
}

/// The first, or the last, so many positions of a range, from a list in rising order.
private struct PositionWindow {
    private let most: Int
    private let query: EventQuery
    private var positions: [UInt64] = []
    /// Where the oldest is, once the list is full and goes round.
    private var start = 0
    private var isCut = false

    init(_ most: Int, _ query: EventQuery) {
        self.most = max(1, most)
        self.query = query
    }

    mutating func add(_ position: UInt64) -> Bool {
        guard position < query.before else { return false }
        if positions.count < most {
            positions.append(position)
            return true
        }
        isCut = true
        guard query.order == .backward else { return false }
        positions[start] = position
        start = (start + 1) % most
        return true
    }

    var chosen: Store.Chosen {
        guard query.order == .backward else { return Store.Chosen(positions: positions, isCut: isCut) }
        return Store.Chosen(positions: (positions[start...] + positions[..<start]).reversed(), isCut: isCut)
    }
}
