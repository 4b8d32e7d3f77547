internal import Annals
internal import BSON
internal import EventLog
internal import Schema
internal import Views

/// What events made of a collection's documents: before and after, in the order of the log.
///
/// The log tells which events the collection follows; each is folded anew over the documents that it touched, so that a
/// position gives the same changes whenever it is asked for. Keeps what it has folded, for the next.
final class ChangeReader {
    private let store: Store
    private let model: CollectionModel
    private let refold: Refold
    private let secrets: SecretFields
    private let types: [EventTypePattern]
    private static let pageEvents = 200
    private static let pageBytes = 256 << 10
    private static let limits = EventReadLimits(recordsExamined: 20_000, bytes: 4 << 20)

    init(_ store: Store, _ model: CollectionModel) {
        self.store = store
        self.model = model
        refold = store.history.refold(model)
        secrets = SecretFields(model)
        // What ends a hold changes documents too.
        types = (model.follows + [SystemEvents.anomalySkipped.event.name]).compactMap { EventTypePattern("\($0)") }
    }

    /// Gives `body` a page of events that changed something, oldest first, each with its position.
    /// - Returns: how far it has looked, and whether that is all that the views hold.
    func read(
        after: UInt64, most: Int = ChangeReader.pageEvents, _ body: (UInt64, Document) -> Int
    ) throws -> (next: UInt64, isComplete: Bool, position: UInt64) {
        var query = EventQuery()
        query.after = after
        query.limit = min(most, Self.pageEvents)
        query.filter.types = types
        var positions: [UInt64] = []
        let page = try store.readEvents(query, limits: Self.limits) { record in
            positions.append(record.position)
            return true
        }
        var bytes = 0
        for position in positions {
            let changes = try refold.changes(at: position)
            if let event = changes.first?.event { bytes += body(position, described(event, changes)) }
            if bytes > Self.pageBytes, position < page.next { return (position, false, page.position) }
        }
        return (page.next, page.isComplete, page.position)
    }

    private func described(_ event: EventMark, _ changes: [DocumentChange]) -> Document {
        let documents = changes.map { change -> Value in
            let (before, after) = (visible(change.before), visible(change.after))
            return ["_id": .objectID(change.id), "before": before, "after": after]
        }
        return [
            "position": .int64(Int64(clamping: event.position)), "type": .string(event.type),
            "time": .string("\(event.time)"), "recordedtime": .string("\(event.recordedTime)"),
            "documents": .array(documents),
        ]
    }

    private func visible(_ document: Document?) -> Value {
        document.map { .document($0.withRaw { secrets.removed(from: $0) }) } ?? .null
    }
}
