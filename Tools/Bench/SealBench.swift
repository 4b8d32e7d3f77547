public import Annals
public import BSON
internal import EventLog
internal import Platform
internal import Schema
internal import Views

/// What sealing costs: cutting personal values out of an event's data, sealing them, hashing the data anew; and opening
/// it again, as replay does.
public struct SealBench {
    public var store: Store
    public var events: [NewEvent]

    public init(store: Store, events: [NewEvent]) {
        self.store = store
        self.events = events
    }

    public func run() throws -> BenchResult {
        guard let keys = store.log.keys else { return BenchResult(name: "seal", events: 0, seconds: 0) }
        let people = try (0..<1_000).map { number in
            (person: Person(kind: 1, ObjectID(seconds: 0, rest: UInt64(number))), key: try keys.allocate())
        }
        var sealed: [(data: Document, key: Digest16)] = []
        var plainBytes = 0
        var sealedBytes = 0
        let start = nanoseconds()
        for (index, event) in events.enumerated() {
            guard let type = store.catalogue.type(event.type) else { continue }
            let (person, key) = people[index % people.count]
            let document = try event.data.withRaw { data -> Document? in
                guard let cut = SealedData(data, of: type, person: person) else { return nil }
                return try cut.finish { plain in try keys.seal(plain, key, requestKey: .zero) }
            }
            guard let document else { continue }
            _ = document.withRaw { Digest32.hashing($0.bytes) }
            plainBytes += event.data.bytes.count
            sealedBytes += document.bytes.count
            sealed.append((document, key))
        }
        let seconds = secondsSince(start)
        let reopening = nanoseconds()
        for (data, key) in sealed {
            try data.withRaw { data in
                guard let bytes = SealedData.sealedBytes(of: data) else { return }
                let plain = try keys.open(bytes, key, requestKey: .zero)
                plain?.withUnsafeBytes { plain in
                    guard let base = plain.baseAddress else { return }
                    key.withUnsafeBytes { id in
                        _ = SealedData.opened(data, values: RawDocument(base), keyID: id)
                    }
                }
            }
        }
        var result = BenchResult(name: "seal", events: sealed.count, seconds: seconds)
        let count = Double(max(1, sealed.count))
        result.more = [
            ("sealMicroseconds", .double(seconds * 1e6 / count)),
            ("openMicroseconds", .double(secondsSince(reopening) * 1e6 / count)),
            ("addedBytes", .double(Double(sealedBytes - plainBytes) / count)),
            ("sealedShare", .double(count / Double(max(1, events.count)))),
        ]
        return result
    }
}
