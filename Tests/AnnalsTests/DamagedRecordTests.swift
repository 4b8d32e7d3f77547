import Annals
import EventLog
import Foundation
import LMDB
import Projections
import Schema
import Testing
import Views

/// A record whose checksum does not fit becomes nothing's past: every fold of the log stops there and says where.
@Suite struct DamagedRecordTests {
    /// Before the records that opening looks at.
    static let damaged: UInt64 = 40
    static let count = 1_200

    /// A closed store, one bit of whose log is not what was written: in the caller's time, so that the record stays well
    /// formed and only the checksum tells.
    private static func store(_ directory: TestDirectory) async throws {
        try await fill(directory)
        let tables = RawTables(directory: directory.path, catalogue: try Catalogue(allCollections))
        let key = withUnsafeBytes(of: damaged.bigEndian) { Array($0) }
        var value = try #require(try tables.entries("records", in: .log).first { $0.key == key }).value
        value[17] ^= 1
        try tables.put("records", key, value, in: .log)
    }

    private static func fill(_ directory: TestDirectory) async throws {
        let store = try StreamFixture.store(directory.path)
        let events = try StreamFixture.events(seed: 17, count: Self.count, users: 12)
        #expect(try await StreamFixture.append(events, to: store, window: 200).isEmpty)
        try store.close()
    }

    private static func isTheDamage(_ error: ReplayError) -> Bool {
        guard case .log(.damagedRecord(damaged, .checksumMismatch)) = error else { return false }
        return true
    }

    /// Alone and with others, on one thread and on several; of a collection that the event concerns, and of one that it
    /// does not.
    @Test func aRebuildStopsAndTheOldViewsServeOn() async throws {
        let directory = TestDirectory()
        try await Self.store(directory)
        let store = try StreamFixture.store(directory.path)
        let places = store.catalogue.collections.indices
        for (chosen, threads) in places.map({ (Set([$0]), 1) }) + [(Set(places), 1), (Set(places), 3)] {
            let failure = #expect(throws: ReplayError.self) {
                try Replay(store: store.views, log: store.log, threads: threads)
                    .rebuild(chosen, through: store.position)
            }
            #expect(failure.map(Self.isTheDamage) == true, "\(chosen): \(failure.map { "\($0)" } ?? "no error")")
        }
        #expect(store.views.servingTarget().slots.allSatisfy { $0 == 0 })
        #expect(try IndexAudit(store.views).differences().isEmpty)
        try store.close()
    }

    @Test func catchingUpStops() async throws {
        let directory = TestDirectory()
        try await Self.store(directory)
        let store = try StreamFixture.store(directory.path)
        let views = try ViewStore(
            directory: directory.path("scratch"), catalogue: store.catalogue, options: .init(mapBytes: 4 << 30))
        try views.place(store.catalogue.collections)
        let replay = Replay(store: views, log: store.log)
        try replay.catchUp(through: Self.damaged - 1)
        let failure = #expect(throws: ReplayError.self) { try replay.catchUp() }
        #expect(failure.map(Self.isTheDamage) == true, "\(failure.map { "\($0)" } ?? "no error")")
        #expect(try views.checkpoint(in: views.beginRead()).position == Self.damaged - 1)
        try store.close()
    }

    /// Views that opening has to make anew, all of them and one whose declaration changed.
    @Test(arguments: ["all", "users"]) func openingStops(anew: String) async throws {
        let directory = TestDirectory()
        try await Self.store(directory)
        if anew == "all" {
            try FileManager.default.removeItem(atPath: directory.path("views"))
        } else {
            let tables = RawTables(directory: directory.path, catalogue: try Catalogue(allCollections))
            let key = Array("view.1".utf8)
            var placement = try #require(try tables.entries("meta").first { $0.key == key }).value
            placement[5] ^= 1
            try tables.put("meta", key, placement)
        }
        let failure = #expect(throws: StoreError.self) { _ = try StreamFixture.store(directory.path) }
        guard case .replay(let error) = failure else {
            Issue.record("\(failure.map { "\($0)" } ?? "it opened")")
            return
        }
        #expect(Self.isTheDamage(error), "\(error)")
    }
}
