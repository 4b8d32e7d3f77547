import Annals
import BSON
import EventGenerator
import EventLog
import Foundation
import Platform
import Projections
import Schema
import Testing
import Views

/// For one stream of events, reversals included, the views are the same bytes however they came to be.
@Suite struct EquivalenceTests {
    static let seeds: [UInt64] = [1, 2, 3]
    static let count = 2_500

    @Test(arguments: seeds) func generatedStreamsAreAcceptedWhole(seed: UInt64) async throws {
        let directory = TestDirectory()
        let store = try StreamFixture.store(directory.path)
        let events = try StreamFixture.events(seed: seed, count: Self.count)
        let refused = try await StreamFixture.append(events, to: store, window: 64)
        #expect(refused.isEmpty, "seed \(seed): \(refused.prefix(5))")
        #expect(store.log.head.position == UInt64(Self.count))
        let missing = Set(EventGenerator.eventTypes).subtracting(events.map(\.type))
        #expect(missing.isEmpty, "seed \(seed): \(missing.sorted())")
        try store.close()
    }

    @Test(arguments: seeds) func oneByOneEqualsReplay(seed: UInt64) async throws {
        let directory = TestDirectory()
        let store = try StreamFixture.store(directory.path)
        _ = try await StreamFixture.append(
            try StreamFixture.events(seed: seed, count: 800, users: 20), to: store, window: 1)
        let differences = try StreamFixture.differences(store, scratch: directory.path("scratch"))
        #expect(differences.isEmpty, "seed \(seed): \(differences.prefix(5))")
        try store.close()
    }

    @Test(arguments: seeds) func largeBatchesEqualReplay(seed: UInt64) async throws {
        let directory = TestDirectory()
        let store = try StreamFixture.store(directory.path)
        let events = try StreamFixture.events(seed: seed, count: Self.count, errorRate: 0.05)
        _ = try await StreamFixture.append(events, to: store, window: 2_000)
        let differences = try StreamFixture.differences(store, scratch: directory.path("scratch"))
        #expect(differences.isEmpty, "seed \(seed): \(differences.prefix(5))")
        try store.close()
    }

    /// All-or-nothing requests of several events: a refused one leaves no trace in documents, indexes or postings.
    @Test(arguments: seeds) func refusedRequestsLeaveNoTrace(seed: UInt64) async throws {
        let directory = TestDirectory()
        let store = try StreamFixture.store(directory.path)
        let events = try StreamFixture.events(seed: seed, count: Self.count, errorRate: 0.1)
        let refused = try await StreamFixture.append(events, to: store, requestSize: 7, window: 100)
        #expect(!refused.isEmpty)
        let differences = try StreamFixture.differences(store, scratch: directory.path("scratch"))
        #expect(differences.isEmpty, "seed \(seed): \(differences.prefix(5))")
        try store.close()
    }

    @Test func rebuildingAnyCollectionAloneGivesItsLiveBytes() async throws {
        let directory = TestDirectory()
        let store = try StreamFixture.store(directory.path)
        _ = try await StreamFixture.append(
            try StreamFixture.events(seed: 9, count: Self.count), to: store, window: 500)
        let places = store.catalogue.collections.indices
        for place in places {
            try Replay(store: store.views, log: store.log).rebuild([place], through: store.log.head.position)
        }
        // Every view now serves from its other slot.
        #expect(store.views.servingTarget().slots.allSatisfy { $0 == 1 })
        let differences = try StreamFixture.differences(store, scratch: directory.path("scratch"))
        #expect(differences.isEmpty, "\(differences.prefix(5))")
        try store.close()
    }

    /// Whose key it is, a rebuild is told again once it has forgotten.
    @Test func forgettingKnownKeysChangesNothing() async throws {
        let directory = TestDirectory()
        let store = try StreamFixture.store(directory.path)
        _ = try await StreamFixture.append(
            try StreamFixture.events(seed: 10, count: Self.count), to: store, window: 500)
        let replayed = try ViewStore(
            directory: directory.path("scratch"), catalogue: store.catalogue, options: .init(mapBytes: 4 << 30))
        var replay = Replay(store: replayed, log: store.log)
        replay.mostKnownKeys = 2
        try replay.rebuildAll()
        let differences = try Verification(live: store.views, replayed: replayed).differences()
        #expect(differences.isEmpty, "\(differences.prefix(5))")
        try store.close()
    }

    @Test func aStoreReopensWhereItWas() async throws {
        let directory = TestDirectory()
        let events = try StreamFixture.events(seed: 4, count: 600, users: 20)
        do {
            let store = try StreamFixture.store(directory.path)
            _ = try await StreamFixture.append(Array(events[..<300]), to: store, window: 50)
            try store.close()
        }
        let store = try StreamFixture.store(directory.path)
        #expect(store.openingReport == ["log at position 300"])
        let refused = try await StreamFixture.append(Array(events[300...]), to: store, window: 50)
        #expect(refused.isEmpty)
        #expect(try StreamFixture.differences(store, scratch: directory.path("scratch")).isEmpty)
        try store.close()
    }

    @Test func aLogRolledBackAloneIsRefused() async throws {
        let directory = TestDirectory()
        let events = try StreamFixture.events(seed: 8, count: 300, users: 20)
        do {
            let store = try StreamFixture.store(directory.path)
            _ = try await StreamFixture.append(Array(events[..<150]), to: store, window: 50)
            try store.close()
        }
        try FileManager.default.copyItem(atPath: directory.path("log"), toPath: directory.path("log-before"))
        do {
            let store = try StreamFixture.store(directory.path)
            _ = try await StreamFixture.append(Array(events[150...]), to: store, window: 50)
            try store.close()
        }
        try FileManager.default.removeItem(atPath: directory.path("log"))
        try FileManager.default.moveItem(atPath: directory.path("log-before"), toPath: directory.path("log"))
        #expect {
            _ = try StreamFixture.store(directory.path)
        } throws: { error in
            guard case StoreError.log(.rolledBack) = error else { return false }
            return true
        }
    }
}
