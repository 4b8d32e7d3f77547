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

    init(_ batch: Batch, _ log: EventLog, places: Set<Int>?, keepsLogIndex: Bool, mostKnownKeys: Int) {
        self.mostKnownKeys = mostKnownKeys
        self.batch = batch
        self.log = log
        self.places = places
        self.keepsLogIndex = keepsLogIndex
        lookup = EventTypeLookup(batch.views.catalogue)
    }

    private func project(_ event: RecordedEvent, _ followers: [Int]) throws(FoldError) {
        for place in followers where places?.contains(place) ?? true {
            do throws(Anomaly) {
                try batch.views.catalogue.collections[place].apply(event, to: batch)
            } catch {
                throw FoldError(position: event.position, anomaly: error)
            }
        }
    }

    mutating func apply(_ record: Record) throws(FoldError) {
        batch.beginEvent(at: record.position)
        if let type = lookup.type(record.typeUTF8) {
            if let keyID = record.personKeyID, opens(type, keyID) {
                let opened = try open(record)
                if let person = opened.person { batch.seal(under: keyID, for: person, type) }
                try opened.data.withRaw { (data) throws(FoldError) in try apply(record, type, data) }
            } else {
                try apply(record, type, record.data)
            }
            batch.endEvent()
            if let resolved = record.resolved { Erasure.forEach(in: resolved) { batch.erase($0) } }
        }
        if keepsLogIndex {
            batch.appendToStream(record.subjectUTF8)
            record.requestKey.withUnsafeBytes { batch.rememberRequest($0, position: record.position) }
        }
    }

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

    private func open(_ record: Record) throws(FoldError) -> OpenedData {
        do throws(KeyRingError) { return try log.opened(record) } catch {
            throw FoldError(position: record.position, anomaly: Anomaly(0, "\(error)"))
        }
    }

    private func apply(_ record: Record, _ type: Catalogue.EventType, _ data: RawDocument) throws(FoldError) {
        try type.read(record, data) { (event) throws(FoldError) in try project(event, type.followers) }
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
                position: record.position,
                anomaly: Anomaly(
                    0,
                    "\(record.type) has schema version \(record.schemaVersion), this program knows "
                        + "\(event.schemaVersion): use the one that wrote it, or a newer one"))
        }
    }
}
