internal import BSON
public import EventLog
public import Schema
internal import Glibc

/// Finds the declaration of a record's event type without building a string.
struct EventTypeLookup: ~Copyable {
    private let catalogue: Catalogue
    private let arena = Arena(chunkBytes: 1 << 14)
    private var table = ByteTable(capacity: 1 << 9)
    private var types: [Catalogue.EventType?] = []

    init(_ catalogue: Catalogue) { self.catalogue = catalogue }

    mutating func type(_ name: UnsafeRawBufferPointer) -> Catalogue.EventType? {
        let slot = table.find(name, space: 0)
        if slot >= 0 { return types[table.value(at: slot)] }
        _ = table.insert(name, space: 0, value: types.count, arena: arena)
        types.append(catalogue.type(String(decoding: name, as: UTF8.self)))
        return types[types.count - 1]
    }
}

extension RecordedEvent {
    /// A record as projectors see it: its payload opened, in the newest version.
    init(_ record: Record, type: EventName, data: RawDocument, resolved: RawDocument) {
        self.init(
            type: type, position: record.position, time: record.time, data: data, resolved: resolved,
            source: record.sourceUTF8, id: record.idUTF8)
    }
}

/// A record that the views could not be folded over.
public struct FoldError: Error, Sendable, CustomStringConvertible {
    public let position: UInt64
    public let anomaly: Anomaly
    /// The view whose projector it was, by its place in the catalogue.
    let place: Int?

    init(position: UInt64, anomaly: Anomaly, place: Int? = nil) {
        self.position = position
        self.anomaly = anomaly
        self.place = place
    }

    public var description: String { "position \(position): \(anomaly)" }
}

/// Applies records of the log to a batch, as they were accepted: no guards, no clock, no other view.
struct Folder: ~Copyable {
    let batch: Batch
    /// The collections to fold, by place in the catalogue; all when `nil`.
    let places: Set<Int>?
    /// Whether streams and request keys are kept too.
    let keepsLogIndex: Bool
    private let log: EventLog
    private var lookup: EventTypeLookup
    /// Keys that `persons` has already. Where they get many, all are forgotten: a key that is said again changes nothing.
    private var knownKeys: Set<Digest16> = []
    private let mostKnownKeys: Int
    /// Views, by place, in which an event could not be applied since this fold began: what events do there can be undone.
    private var careful: [Bool]
    private var isCareful = false

    init(_ batch: Batch, _ log: EventLog, places: Set<Int>?, keepsLogIndex: Bool, mostKnownKeys: Int) {
        self.mostKnownKeys = mostKnownKeys
        self.batch = batch
        self.log = log
        self.places = places
        self.keepsLogIndex = keepsLogIndex
        careful = Array(repeating: false, count: batch.views.catalogue.collections.count)
        lookup = EventTypeLookup(batch.views.catalogue)
    }

    // MARK: Anomalies

    /// Applies events to this view with care from now on, since one cannot be applied: what it does there can be undone. The
    /// batch must begin anew.
    mutating func takeCare(of place: Int) {
        isCareful = true
        careful[place] = true
        // What the batch noted of persons is gone with it.
        knownKeys = []
    }

    /// What is done where a run ended with an error: true where it is to be folded again, with care.
    mutating func mends(_ error: ReplayError) -> Bool {
        guard case .fold(let error) = error, let place = error.place, !careful[place] else { return false }
        takeCare(of: place)
        return true
    }

    // MARK: One record

    mutating func apply(_ record: Record) throws(ReplayError) {
        batch.beginEvent(at: record.position)
        if let type = lookup.type(record.typeUTF8) {
            try apply(record, type)
            batch.endEvent()
            if let resolved = record.resolved { Erasure.forEach(in: resolved) { batch.erase($0) } }
        } else if SystemEvents.isAnomalySkipped(record.typeUTF8) {
            try skip(record)
            batch.endEvent()
        }
        if keepsLogIndex {
            batch.appendToStream(record.subjectUTF8)
            record.requestKey.withUnsafeBytes { batch.rememberRequest($0, position: record.position) }
        }
    }

    private mutating func apply(_ record: Record, _ type: Catalogue.EventType) throws(ReplayError) {
        guard let keyID = record.personKeyID, opens(type, keyID) else {
            return try apply(record, type, record.data, type.followers)
        }
        let opened: OpenedData
        do throws(KeyRingError) { opened = try log.opened(record) } catch {
            return try apply(record, type, unopened: error)
        }
        if let person = opened.person { batch.seal(under: keyID, for: person, type) }
        try opened.data.withRaw { (data) throws(ReplayError) in try apply(record, type, data, type.followers) }
    }

    /// Views without anything personal need nothing of what was sealed.
    private func apply(_ record: Record, _ type: Catalogue.EventType, unopened error: KeyRingError) throws(ReplayError)
    {
        let collections = batch.views.catalogue.collections
        let readers = type.followers.filter { !collections[$0].personal.isEmpty && folds($0) }
        try batch.noteUnreadable(record, type, readers, error)
        if keepsLogIndex { batch.noteUnopened(record.position) }
        try apply(record, type, record.data, type.followers.filter { collections[$0].personal.isEmpty })
    }

    private func folds(_ place: Int) -> Bool { places?.contains(place) ?? true }

    /// Whether anything here depends on what the record's key sealed.
    private mutating func opens(_ type: Catalogue.EventType, _ keyID: Digest16) -> Bool {
        guard let places else { return true }
        let collections = batch.views.catalogue.collections
        if type.followers.contains(where: { places.contains($0) && !collections[$0].personal.isEmpty }) { return true }
        // Whose key it is: said by the first record that it seals.
        guard keepsLogIndex, knownKeys.insert(keyID).inserted else { return false }
        if knownKeys.count > mostKnownKeys { knownKeys = [keyID] }
        return true
    }

    private func apply(_ record: Record, _ type: Catalogue.EventType, _ data: RawDocument, _ followers: [Int])
        throws(ReplayError)
    {
        guard type.knows(record.schemaVersion) else {
            return batch.noteUnknownVersion(record, type, followers.filter { folds($0) })
        }
        do throws(FoldError) {
            try type.read(record, data) { (event) throws(FoldError) in try project(event, followers, record, type) }
        } catch { throw .fold(error) }
    }

    private func project(
        _ event: RecordedEvent, _ followers: [Int], _ record: Record, _ type: Catalogue.EventType
    ) throws(FoldError) {
        for place in followers where places?.contains(place) ?? true {
            if isCareful || batch.hasHolds, careful[place] || batch.isHolding(place) {
                if case .anomaly(let anomaly) = batch.applyWatched(event, place) {
                    batch.note(anomaly, place, of: record, type)
                }
                continue
            }
            do throws(Anomaly) {
                try batch.views.catalogue.collections[place].apply(event, to: batch)
            } catch {
                throw FoldError(position: event.position, anomaly: error, place: place)
            }
        }
    }

    private func skip(_ record: Record) throws(ReplayError) {
        guard batch.hasHolds, let skip = SystemEvents.Skip(record.data),
            let place = batch.views.catalogue.place(of: skip.collection), folds(place)
        else { return }
        try batch.release(skip, from: log) { [log] (position, body) throws(ReplayError) in
            try log.give(position, body)
        }
    }
}

extension EventLog {
    /// Gives a record to `body`.
    package func give(_ position: UInt64, _ body: (Record) throws(ReplayError) -> Void) throws(ReplayError) {
        let snapshot = try snapshotForReplay()
        let record: Record?
        do throws(LogError) { record = try snapshot.record(at: position) } catch { throw .log(error) }
        guard let record else { throw .log(.missingRecord(position: position)) }
        try body(record)
    }

    private func snapshotForReplay() throws(ReplayError) -> LogSnapshot {
        do throws(LogError) { return try snapshot() } catch { throw .log(error) }
    }
}

extension Catalogue.EventType {
    /// Gives a record of this type to `body` as projectors see it, in the newest version. `data`: its payload, opened.
    func read(_ record: Record, _ data: RawDocument, _ body: (RecordedEvent) throws(FoldError) -> Void)
        throws(FoldError)
    {
        switch current(version: record.schemaVersion, data: data, resolved: record.resolved ?? .empty) {
        case .current:
            try body(RecordedEvent(record, type: event.name, data: data, resolved: record.resolved ?? .empty))
        case .upcast(let payload):
            try payload.data.withRaw { (data) throws(FoldError) in
                try payload.resolved.withRaw { (resolved) throws(FoldError) in
                    try body(RecordedEvent(record, type: event.name, data: data, resolved: resolved))
                }
            }
        case .unknown:
            throw FoldError(
                position: record.position, anomaly: Anomaly(0, unknownVersion(of: record), isOurs: true))
        }
    }
}
