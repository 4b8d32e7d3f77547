import Annals
import BSON
import Foundation
import LMDB
import Projections
import Schema
import Testing
import Views

/// Views folded anew while the old ones serve and writers go on.
@Suite struct RebuildTests {
    private static let events = 5_000

    private func ended(_ store: Store) async throws -> [RebuildStatus] {
        while store.rebuilds.statuses.contains(where: { !$0.state.isOver }) {
            try await Task.sleep(for: .milliseconds(5))
        }
        return store.rebuilds.statuses
    }

    private func slots(_ store: Store) -> [Int] { store.views.servingTarget().slots }

    private func expectSound(_ store: Store, _ directory: TestDirectory) throws {
        let differences = try StreamFixture.differences(store, scratch: directory.path("scratch"))
        #expect(differences.isEmpty, "\(differences.prefix(5))")
        #expect(try IndexAudit(store.views).differences().isEmpty)
    }

    /// Readers meanwhile see every view whole, whichever slot serves.
    @Test(arguments: [41, 42] as [UInt64]) func allViewsAnewWhileWritersGoOn(seed: UInt64) async throws {
        let directory = TestDirectory()
        let before = try await rebuildAll(directory, seed)
        let again = try StreamFixture.store(directory.path)
        #expect(slots(again) == before.map { 1 - $0 })
        try expectSound(again, directory)
        try again.close()
    }

    /// Returns what served before.
    private func rebuildAll(_ directory: TestDirectory, _ seed: UInt64) async throws -> [Int] {
        let store = try StreamFixture.store(directory.path)
        let events = try StreamFixture.events(seed: seed, count: Self.events)
        let half = events.count / 2
        #expect(try await StreamFixture.append(Array(events[..<half]), to: store, window: 100).isEmpty)
        let before = slots(store)
        try store.rebuilds.start([])
        #expect(throws: StoreError.self) { try store.rebuilds.start(["users"]) }
        async let refused = StreamFixture.append(Array(events[half...]), to: store, window: 20)
        var looks = 0
        while store.rebuilds.statuses.contains(where: { !$0.state.isOver }) {
            let snapshot = try store.snapshot()
            for model in store.catalogue.collections {
                var count = 0
                try snapshot.forEachDocument(model) { _, _ in
                    count += 1
                    return true
                }
                #expect(try snapshot.documentCount(model) == count, "\(model.name)")
            }
            looks += 1
            await Task.yield()
        }
        #expect(looks > 0)
        #expect(try await refused.isEmpty)
        let statuses = try await ended(store)
        #expect(statuses.count == 29 && statuses.allSatisfy { $0.state == .serves }, "\(statuses)")
        #expect(slots(store) == before.map { 1 - $0 })
        try expectSound(store, directory)
        try store.close()
        return before
    }

    @Test func whatServedBeforeServesAgain() async throws {
        let directory = TestDirectory()
        let store = try StreamFixture.store(directory.path)
        let events = try StreamFixture.events(seed: 43, count: 3_000)
        #expect(try await StreamFixture.append(Array(events[..<2_000]), to: store, window: 100).isEmpty)
        // Nothing personal is in it, so that no erasure of the stream takes what served before.
        let name = "communitylikes"
        #expect(store.catalogue[name]?.personal.isEmpty == true)
        #expect(throws: StoreError.self) { try store.rebuilds.rollBack(name) }
        try store.rebuilds.start([name])
        #expect(try await ended(store).first?.state == .serves)
        let rebuilt = slots(store)
        #expect(try await StreamFixture.append(Array(events[2_000...]), to: store, window: 100).isEmpty)
        try store.rebuilds.rollBack(name)
        #expect(try await ended(store).first?.state == .serves)
        #expect(slots(store) != rebuilt)
        try expectSound(store, directory)
        // And back once more.
        try store.rebuilds.rollBack(name)
        #expect(try await ended(store).first?.state == .serves)
        #expect(slots(store) == rebuilt)
        try expectSound(store, directory)
        try store.close()
    }

    @Test func anErasureTakesWhatServedBefore() async throws {
        let directory = TestDirectory()
        let store = try StreamFixture.store(directory.path)
        let events = try StreamFixture.events(seed: 47, count: 1_000)
        #expect(try await StreamFixture.append(events, to: store, window: 100).isEmpty)
        try store.rebuilds.start(["users", "communitylikes"])
        #expect(try await ended(store).allSatisfy { $0.state == .serves })
        #expect(try store.scrub())
        #expect(throws: StoreError.self) { try store.rebuilds.rollBack("users") }
        try store.rebuilds.rollBack("communitylikes")
        #expect(try await ended(store).first?.state == .serves)
        try expectSound(store, directory)
        try store.close()
    }

    /// Between an erasure and the round that overwrites what it left, what was folded before it does not come to serve.
    @Test func anErasureTakesWhatIsAboutToServe() async throws {
        let directory = TestDirectory()
        let store = try StreamFixture.store(directory.path)
        for number in 0..<3 { _ = try await store.append(BackupFixture.user(number)) }
        let place = try #require(store.catalogue.collections.firstIndex { $0.name == "users" })
        let model = store.catalogue.collections[place]
        func erase(_ number: Int) async throws {
            var found: ObjectID?
            try store.snapshot().forEachDocument(model) { (_, document) throws(Never) in
                if document["email"]?.string == "backup\(number)@users.example" { found = document["_id"]?.objectID }
                return found == nil
            }
            _ = try await store.append(
                NewEvent(
                    id: "erase-\(number)", source: "/test", type: "user.erased",
                    time: DateTime(milliseconds: StreamFixture.start + 501 * 86_400_000),
                    data: ["userId": .objectID(try #require(found))]))
        }
        // The scrubber works at once, and rests.
        try await erase(0)
        while try store.views.isUnscrubbed() { try await Task.sleep(for: .milliseconds(5)) }
        var fold = try SlotFold(store.views, store.log, place: place, purpose: .toServe)
        while fold.progress.position < store.position { try fold.run(through: store.position) }
        try await erase(1)
        try fold.run(through: store.position)
        #expect(fold.progress.position == 0)
        let before = slots(store)
        while try !fold.serve() { try fold.run(through: store.position) }
        #expect(slots(store) != before)
        // What served before is nothing to return to.
        try await erase(2)
        #expect(throws: StoreError.self) { try store.rebuilds.rollBack("users") }
        try expectSound(store, directory)
        try store.close()
    }

    @Test func onesToBeReviewedServeWhenTold() async throws {
        let directory = TestDirectory()
        let store = try StreamFixture.store(directory.path)
        let events = try StreamFixture.events(seed: 44, count: 3_000)
        #expect(try await StreamFixture.append(Array(events[..<1_500]), to: store, window: 100).isEmpty)
        let before = slots(store)
        try store.rebuilds.start(["communitylikes", "users"], .toReview)
        var statuses = try await ended(store)
        #expect(statuses.allSatisfy { $0.state == .ready && $0.comparedAt == 1_500 && $0.differences.isEmpty })
        #expect(slots(store) == before)
        #expect(try await StreamFixture.append(Array(events[1_500...]), to: store, window: 100).isEmpty)
        try store.rebuilds.serve("communitylikes")
        try store.rebuilds.discard("users")
        statuses = try await ended(store)
        #expect(statuses.map(\.state) == [.serves, .discarded])
        #expect(throws: StoreError.self) { try store.rebuilds.serve("users") }
        #expect(slots(store).elementsEqual(before) == false)
        try expectSound(store, directory)
        try store.close()
    }

    /// Somebody changed a document behind the store's back.
    @Test func whatDiffersDoesNotServe() async throws {
        let directory = TestDirectory()
        let catalogue = try await filled(directory, seed: 45, count: 1_500)
        let model = try #require(catalogue["users"])
        try changeADocument(RawTables(directory: directory.path, catalogue: catalogue), model)
        let store = try StreamFixture.store(directory.path)
        let before = slots(store)
        try store.rebuilds.start(["users"], .toServeIfEqual)
        let status = try #require(try await ended(store).first)
        #expect(status.state == .differs && !status.differences.isEmpty, "\(status)")
        #expect(status.differences.allSatisfy { $0.collection == "users" })
        #expect(slots(store) == before)
        try store.rebuilds.start(["users"], .toServe)
        #expect(try await ended(store).first?.state == .serves)
        try expectSound(store, directory)
        try store.close()
    }

    /// A store over a stream, closed.
    private func filled(_ directory: TestDirectory, seed: UInt64, count: Int) async throws -> Catalogue {
        let store = try StreamFixture.store(directory.path)
        let events = try StreamFixture.events(seed: seed, count: count)
        #expect(try await StreamFixture.append(events, to: store, window: 100).isEmpty)
        try store.close()
        return store.catalogue
    }

    private func changeADocument(_ tables: RawTables, _ model: CollectionModel) throws {
        let table = "\(model.number).0.documents"
        let entries = try tables.entries(table)
        let entry = entries[entries.count / 2]
        var value = entry.value
        let name = Array("createdAt".utf8) + [0]
        let at = try #require(value.indices.first { value[$0...].starts(with: name) })
        value[at + name.count] ^= 1
        try tables.put(table, entry.key, value)
    }

    /// Closed, and opened again, as often as it takes.
    @Test func brokenOffItGoesOnWhereItWas() async throws {
        let directory = TestDirectory()
        _ = try await filled(directory, seed: 46, count: Self.events)
        var seen = Lives()
        while try await !live(directory, &seen) {}
        #expect(seen.interruptions > 0 && seen.reached > 0, "\(seen)")
        let store = try StreamFixture.store(directory.path)
        #expect(slots(store).allSatisfy { $0 == 1 })
        try expectSound(store, directory)
        try store.close()
    }

    /// What was seen over the lives of a store.
    private struct Lives {
        var interruptions = 0
        /// How far a view was that went on.
        var reached: UInt64 = 0
    }

    /// Opens the store, lets it work for a moment, and closes it. True: all views serve from their other slot.
    private func live(_ directory: TestDirectory, _ seen: inout Lives) async throws -> Bool {
        let store = try StreamFixture.store(directory.path)
        let snapshot = try store.views.beginRead()
        for model in store.catalogue.collections {
            guard let progress = try store.views.slotProgress(of: model, in: snapshot), progress.purpose != .served
            else {
                continue
            }
            seen.reached = max(seen.reached, progress.position)
        }
        snapshot.end()
        try store.rebuilds.resume()
        let goesOn = Set(store.rebuilds.statuses.map(\.collection))
        let rest = zip(store.catalogue.collections, slots(store)).filter { $1 == 0 && !goesOn.contains($0.name) }
        if !rest.isEmpty { try store.rebuilds.start(rest.map(\.0.name)) }
        // This thread's own time: tasks may wait for seconds while other tests run.
        usleep(40_000)
        try store.close()
        seen.interruptions += store.rebuilds.statuses.count { $0.state == .interrupted }
        return slots(store).allSatisfy { $0 == 1 }
    }
}
