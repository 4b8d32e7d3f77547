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

/// Events that projectors could not apply: of each collection they are passed over, and the fold goes on.
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
    public func fold(_ places: Set<Int>, through last: UInt64, supposing hypothesis: Hypothesis) throws(ReplayError)
        -> PassedOver
    {
        let start: Checkpoint
        let serving = store.servingTarget()
        do throws(LMDBError) { start = try store.checkpoint(in: try store.beginRead()) } catch { throw .views(error) }
        let target = serving.with(slots: serving.slots, writesLogIndex: false)
        // As events are applied when they are appended: what one does to a collection can be undone.
        let batch = Batch(store, mode: .live, target: target, keptBytes: memoryBytes)
        var folder = HypotheticalFolder(batch, log, places, hypothesis)
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
                do throws(FoldError) { try folder.apply(record) } catch {
                    failure = .fold(error)
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
    private var lookup: EventTypeLookup
    private(set) var passedOver = PassedOver()

    init(_ batch: Batch, _ log: EventLog, _ places: Set<Int>, _ hypothesis: Hypothesis) {
        self.batch = batch
        self.log = log
        self.places = places
        self.hypothesis = hypothesis
        lookup = EventTypeLookup(batch.views.catalogue)
    }

    mutating func apply(_ record: Record) throws(FoldError) {
        guard let type = lookup.type(record.typeUTF8) else { return }
        let followers = type.followers.filter { places.contains($0) }
        guard !followers.isEmpty else { return }
        let isOther = record.position == hypothesis.position
        if isOther, hypothesis.data == nil { return }
        let opened: OpenedData
        do throws(KeyRingError) { opened = try log.opened(record) } catch {
            throw FoldError(position: record.position, anomaly: Anomaly(0, "\(error)"))
        }
        var failed: [FoldError] = []
        try opened.data.withRaw { (data) throws(FoldError) in
            try type.read(record, data) { (event) throws(FoldError) in
                if isOther, let other = hypothesis.data {
                    other.withRaw { data in
                        let event = RecordedEvent(
                            type: event.type, position: event.position, time: event.time, data: data,
                            resolved: event.resolved, source: event.source, id: event.id)
                        project(event, followers, &failed)
                    }
                } else {
                    project(event, followers, &failed)
                }
            }
        }
        for error in failed { passedOver.add(error) }
    }

    private func project(_ event: RecordedEvent, _ followers: [Int], _ failed: inout [FoldError]) {
        for place in followers {
            batch.beginRequest()
            batch.beginEvent(at: event.position)
            do throws(Anomaly) {
                try batch.views.catalogue.collections[place].apply(event, to: batch)
                batch.endEvent()
            } catch {
                batch.rollBack()
                failed.append(FoldError(position: event.position, anomaly: error))
            }
        }
    }
}
