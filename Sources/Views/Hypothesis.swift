public import BSON
internal import EventLog
internal import LMDB
public import Schema

/// A log with one event otherwise: left out, or with other data.
public struct Hypothesis: Sendable, Hashable {
    public let position: UInt64
    /// In the newest version of its type; `nil`: the event is left out.
    public let data: Document?

    public init(position: UInt64, data: Document?) {
        self.position = position
        self.data = data
    }
}

/// Events that projectors could not apply: of each collection they are passed over, and the fold goes on. Where the live
/// view could not apply one either, its document is held as there.
public struct PassedOver: Sendable {
    /// The first of them.
    public private(set) var events: [FoldError] = []
    public private(set) var count = 0
    private static let most = 100

    public init() {}

    mutating func add(_ error: FoldError) {
        count += 1
        if events.count < Self.most { events.append(error) }
    }
}

extension Replay {
    /// Folds on as `fold` does, with one event otherwise. Guards are not asked again: later events stay as they were
    /// resolved. Where a projector cannot apply one, its collection stays as it was before that event.
    ///
    /// `live`: the views of the log as it is.
    public func fold(
        _ places: Set<Int>, through last: UInt64, supposing hypothesis: Hypothesis, beside live: ViewStore
    ) throws(ReplayError) -> PassedOver {
        let start: Checkpoint
        let serving = store.servingTarget()
        do throws(LMDBError) { start = try store.checkpoint(in: try store.beginRead()) } catch { throw .views(error) }
        let target = serving.with(slots: serving.slots, writesLogIndex: false)
        // As events are applied when they are appended: what one does to a collection can be undone.
        let batch = Batch(store, mode: .live, target: target, keptBytes: memoryBytes)
        var folder = HypotheticalFolder(batch, log, places, hypothesis, live)
        var position = start.position
        while position < last {
            do throws(LMDBError) { try batch.begin() } catch { throw .views(error) }
            position = try run(&folder, batch, after: position, through: last)
            do throws(LMDBError) {
                if let failure = batch.failure { throw failure }
                try transact(reserving: batch.writeBound) { (transaction) throws(LMDBError) in
                    try batch.write(start, subtrees: [], in: transaction)
                }
            } catch { throw .views(error) }
            batch.end()
            onProgress?(Progress(position: position, through: last))
        }
        try finish(through: last, start, serving)
        return folder.passedOver
    }

    private func run(
        _ folder: inout HypotheticalFolder, _ batch: Batch, after position: UInt64, through last: UInt64
    ) throws(ReplayError) -> UInt64 {
        var failure: ReplayError?
        var reached = position
        do throws(LogError) {
            let snapshot = try log.snapshot()
            try snapshot.read(from: position + 1, through: last) { (record) throws(LogError) in
                do throws(ReplayError) { try folder.apply(record) } catch {
                    failure = error
                    return false
                }
                reached = record.position
                if reached % 1_000 == 0, let mayGoOn, !mayGoOn() {
                    failure = .stopped
                    return false
                }
                return batch.memoryBytes < memoryBytes
            }
        } catch { throw .log(error) }
        if let failure { throw failure }
        guard reached > position else { throw .log(.missingRecord(position: position + 1)) }
        return reached
    }
}

/// Applies records to each collection apart, so that one that cannot follow keeps none of the others up.
private struct HypotheticalFolder: ~Copyable {
    private let batch: Batch
    private let log: EventLog
    private let places: Set<Int>
    private let hypothesis: Hypothesis
    private let live: ViewStore
    private var lookup: EventTypeLookup
    private(set) var passedOver = PassedOver()

    init(
        _ batch: Batch, _ log: EventLog, _ places: Set<Int>, _ hypothesis: Hypothesis, _ live: ViewStore
    ) {
        self.batch = batch
        self.log = log
        self.places = places
        self.hypothesis = hypothesis
        self.live = live
        lookup = EventTypeLookup(batch.views.catalogue)
    }

    mutating func apply(_ record: Record) throws(ReplayError) {
        guard let type = lookup.type(record.typeUTF8) else {
            if SystemEvents.isAnomalySkipped(record.typeUTF8) { try skip(record) }
            return
        }
        let followers = type.followers.filter { places.contains($0) }
        guard !followers.isEmpty else { return }
        if record.position == hypothesis.position, hypothesis.data == nil { return }
        guard type.knows(record.schemaVersion) else {
            batch.beginRequest()
            return batch.noteUnknownVersion(record, type, followers)
        }
        let opened: OpenedData
        do throws(KeyRingError) { opened = try log.opened(record) } catch {
            // As in every fold: views without anything personal need nothing of what was sealed.
            let collections = batch.views.catalogue.collections
            batch.beginRequest()
            try batch.noteUnreadable(record, type, followers.filter { !collections[$0].personal.isEmpty }, error)
            return try apply(record, type, record.data, followers.filter { collections[$0].personal.isEmpty })
        }
        try opened.data.withRaw { (data) throws(ReplayError) in try apply(record, type, data, followers) }
    }

    private mutating func apply(
        _ record: Record, _ type: Catalogue.EventType, _ data: RawDocument, _ followers: [Int]
    ) throws(ReplayError) {
        let other = record.position == hypothesis.position ? hypothesis.data : nil
        var failure: ReplayError?
        _ = type.give(record, data) { event in
            do throws(ReplayError) {
                guard let other else { return try project(event, followers, record, type) }
                try other.withRaw { (data) throws(ReplayError) in
                    let event = RecordedEvent(
                        type: event.type, position: event.position, time: event.time, data: data,
                        resolved: event.resolved, source: event.source, id: event.id)
                    try project(event, followers, record, type)
                }
            } catch { failure = error }
        }
        if let failure { throw failure }
    }

    private mutating func project(
        _ event: RecordedEvent, _ followers: [Int], _ record: Record, _ type: Catalogue.EventType
    ) throws(ReplayError) {
        for place in followers {
            batch.beginRequest()
            batch.beginEvent(at: event.position)
            switch batch.applyWatched(event, place) {
            case .applied: batch.endEvent()
            case .held:
                let number = batch.views.catalogue.collections[place].number
                passedOver.add(
                    FoldError(
                        position: event.position,
                        anomaly: Anomaly(
                            number, "held, as an earlier event of its document could not be applied", isOurs: true)))
            case .anomaly(let anomaly):
                passedOver.add(FoldError(position: event.position, anomaly: anomaly))
                if try isHeldLive(event.position, place) { batch.note(anomaly, place, of: record, type) }
            }
        }
    }

    private func isHeldLive(_ position: UInt64, _ place: Int) throws(ReplayError) -> Bool {
        do throws(LMDBError) {
            return try live.snapshot().isPassedOver(position, in: live.catalogue.collections[place])
        } catch { throw .views(error) }
    }

    private func skip(_ record: Record) throws(ReplayError) {
        guard batch.hasHolds, let skip = SystemEvents.Skip(record.data) else { return }
        batch.beginRequest()
        batch.beginEvent(at: record.position)
        try batch.release(skip, from: log) { [log] (position, body) throws(ReplayError) in
            try log.give(position, body)
        }
        batch.endEvent()
    }
}
