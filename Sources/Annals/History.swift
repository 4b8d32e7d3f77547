public import BSON
import EventLog
import LMDB
public import Schema
public import Views

/// What documents were, and what made them so: by folding anew the events that touched them, those alone.
///
/// Short snapshots of log and views, one for each thing that is read: no writer waits. What was sealed of an erased
/// person reads as the scrubbed views do, at every position. What is told carries secret fields: who passes it on takes
/// them out (`redacted`).
public struct History: Sendable {
    public let catalogue: Catalogue
    let log: EventLog
    let views: ViewStore

    /// The last position that can be asked for.
    public func position() throws(StoreError) -> UInt64 {
        do throws(LMDBError) { return try views.snapshot().position } catch { throw .views(error) }
    }

    /// The last position that was recorded at a moment or before it; 0 where all came later.
    public func position(at moment: DateTime) throws(StoreError) -> UInt64 {
        let head = try position()
        let (next, overflow) = moment.milliseconds.addingReportingOverflow(1)
        guard !overflow else { return head }
        do throws(LogError) {
            let snapshot = try log.snapshot()
            return try snapshot.firstPosition(recordedFrom: DateTime(milliseconds: next), head: head) - 1
        } catch { throw .log(error) }
    }

    /// A document as it was once the event at `position` was applied; `nil` where there was none.
    /// `mostEvents`: that are folded for it; where there are more, it ends with `stopped`.
    public func document(
        _ model: CollectionModel, id: ObjectID, asOf position: UInt64, mostEvents: Int = .max
    ) throws(StoreError) -> Document? {
        let refold = refold(model)
        refold.mostEvents = mostEvents
        do throws(ReplayError) { return try refold.document(id, asOf: position) } catch { throw .replay(error) }
    }

    /// What each event after `first`, up to `last`, made of a document, oldest first, until `body` returns false.
    ///
    /// - Returns: whether any event up to `last` touched it, those up to `first` among them.
    @discardableResult
    public func forEachChange(
        _ model: CollectionModel, id: ObjectID, after first: UInt64 = 0, through last: UInt64 = .max,
        mostEvents: Int = .max, _ body: (DocumentChange) -> Bool
    ) throws(StoreError) -> Bool {
        let refold = refold(model)
        refold.mostEvents = mostEvents
        do throws(ReplayError) { return try refold.forEachChange(of: id, after: first, through: last, body) } catch {
            throw .replay(error)
        }
    }

    /// For what one event after another made of a collection's documents: `Refold.changes(at:)`.
    public func refold(_ model: CollectionModel) -> Refold { Refold(views, log: log, model) }
}

extension Store {
    /// What documents were, and what made them so.
    public var history: History { History(catalogue: catalogue, log: log, views: views) }

    /// What each event made of a document, oldest first; also of one that is gone.
    public func history(of collection: String, id: ObjectID) throws(StoreError) -> [DocumentChange] {
        var changes: [DocumentChange] = []
        try history.forEachChange(try self.collection(collection), id: id) { change in
            changes.append(change)
            return true
        }
        return changes
    }

    /// A document as it was once the event at `position` was applied; `nil` where there was none.
    public func document(_ collection: String, id: ObjectID, asOf position: UInt64) throws(StoreError) -> Document? {
        try history.document(try self.collection(collection), id: id, asOf: position)
    }
}
