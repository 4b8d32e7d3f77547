import Annals
import BSON
import EventGenerator
import EventLog
import Foundation
import Platform
import Projections
import Schema
import Synchronization
import Testing
import Views

/// Generated streams, stores over them, and what their views hold, for tests that compare stores.
enum StreamFixture {
    static let start: Int64 = 1_704_067_200_000

    /// The events of a seed, parsed.
    static func events(seed: UInt64, count: Int, users: Int = 50, errorRate: Double = 0) throws -> [NewEvent] {
        var generator = EventGenerator(seed: seed, users: users, start: start, mix: .everything, errorRate: errorRate)
        var events: [NewEvent] = []
        var line: [UInt8] = []
        for _ in 0..<count {
            line.removeAll(keepingCapacity: true)
            generator.next(into: &line)
            events.append(try parse(line))
        }
        return events
    }

    static func parse(_ line: [UInt8]) throws -> NewEvent {
        let object = try line.withUnsafeBytes { try JSON.parse($0, extended: false) }
        return try object.withRaw { try CloudEvent.parse($0) }
    }

    /// Fast for tests: small maps, cheap passwords, seeded ids, a clock that stands still.
    static func options(seed: UInt64 = 1) -> StoreOptions {
        var options = StoreOptions()
        options.log.mapBytes = 4 << 30
        options.log.freeSpaceFloorBytes = 0
        options.views.mapBytes = 4 << 30
        options.passwordRounds = 2
        // Many documents have versions that are kept.
        options.versionInterval = 8
        options.firesTimers = false
        options.randomness = .seeded(seed)
        options.clock = .fixed(start)
        return options
    }

    static func store(_ directory: String, _ options: StoreOptions = options()) throws -> Store {
        try Store(directory: directory, collections: allCollections, options: options)
    }

    /// Appends in order, keeping up to `window` requests in flight; `requestSize` events a request. Returns refusals.
    static func append(_ events: [NewEvent], to store: Store, requestSize: Int = 1, window: Int = 1) async throws
        -> [(index: Int, AppendError)]
    {
        let refused = Mutex<[(index: Int, AppendError)]>([])
        let inFlight = DispatchSemaphore(value: window)
        let all = DispatchGroup()
        await withCheckedContinuation { (done: CheckedContinuation<Void, Never>) in
            DispatchQueue.global().async {
                var index = 0
                while index < events.count {
                    let end = min(index + requestSize, events.count)
                    let first = index
                    inFlight.wait()
                    all.enter()
                    store.submit(Array(events[first..<end])) { result in
                        if case .failure(let error) = result { refused.withLock { $0.append((first, error)) } }
                        inFlight.signal()
                        all.leave()
                    }
                    index = end
                }
                all.wait()
                done.resume()
            }
        }
        return refused.withLock { $0 }
    }

    /// Folds the store's log into views of their own and compares the two, byte for byte; then the store's index entries
    /// with its documents.
    static func differences(_ store: Store, scratch: String) throws -> [Difference] {
        let replayed = try ViewStore(directory: scratch, catalogue: store.catalogue, options: .init(mapBytes: 4 << 30))
        try replayed.place(store.catalogue.collections)
        try Replay(store: replayed, log: store.log).catchUp()
        return try Verification(live: store.views, replayed: replayed).differences()
            + IndexAudit(store.views).differences()
    }
}
