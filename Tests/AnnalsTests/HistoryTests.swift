import Annals
import BSON
import EventLog
import Foundation
import Platform
import Projections
import Schema
import Testing
import Views

/// What a document was at a position, folded from the events that touched it alone, is what a replay of the whole log up
/// to there makes it.
@Suite struct HistoryTests {
    private static let count = 2_500

    private func filled(_ directory: TestDirectory, seed: UInt64) async throws -> Store {
        let store = try StreamFixture.store(directory.path)
        let events = try StreamFixture.events(seed: seed, count: Self.count)
        #expect(events.contains { $0.type == "user.erased" }, "seed \(seed) erases nobody")
        let refused = try await StreamFixture.append(events, to: store, window: 200)
        #expect(refused.isEmpty, "seed \(seed): \(refused.prefix(2))")
        return store
    }

    @Test func asOfEqualsAReplayToThere() async throws {
        let seed: UInt64 = 41
        let directory = TestDirectory()
        let store = try await filled(directory, seed: seed)
        let live = try store.snapshot()
        var random = SeededNumbers(seed: seed)
        var known = [[ObjectID]](repeating: [], count: store.catalogue.collections.count)
        for (place, model) in store.catalogue.collections.enumerated() {
            try live.forEachDocument(model) { _, document throws(Never) in
                if let id = document["_id"]?.objectID { known[place].append(id) }
                return true
            }
        }
        let replayed = try ViewStore(
            directory: directory.path("scratch"), catalogue: store.catalogue, options: .init(mapBytes: 4 << 30))
        try replayed.place(store.catalogue.collections)
        let replay = Replay(store: replayed, log: store.log)
        var compared = 0
        var present = 0
        for position in Set((0..<20).map { _ in UInt64.random(in: 1...UInt64(Self.count), using: &random) }).sorted() {
            try replay.catchUp(through: position)
            let then = try replayed.snapshot(replayed.servingTarget())
            #expect(then.position == position)
            for (place, model) in store.catalogue.collections.enumerated() {
                var ids: [ObjectID] = []
                try then.forEachDocument(model) { _, document throws(Never) in
                    if let id = document["_id"]?.objectID { ids.append(id) }
                    return true
                }
                // Of those there then; and one of today's, which may be there not yet.
                var chosen = ids.shuffled(using: &random).prefix(3)
                if let today = known[place].randomElement(using: &random) { chosen.append(today) }
                for id in chosen {
                    let expected = try then.document(model, id: id).map { Document(copying: $0) }
                    let found = try store.document(model.name, id: id, asOf: position)
                    #expect(found == expected, "seed \(seed), \(model.name) \(id) as of \(position)")
                    compared += 1
                    present += expected == nil ? 0 : 1
                }
            }
        }
        #expect(compared >= 1_000 && present >= 800, "compared \(compared), of which \(present) were there")
        try store.close()
    }

    /// The changes of all events, one after the other, lead to the documents that are there; each begins where the one
    /// before it ended.
    @Test func changesLeadToTheLiveViews() async throws {
        let directory = TestDirectory()
        let store = try await filled(directory, seed: 42)
        for model in store.catalogue.collections {
            let refold = store.history.refold(model)
            var documents: [ObjectID: Document] = [:]
            for position in 1...UInt64(Self.count) {
                for change in try refold.changes(at: position) {
                    #expect(change.event.position == position)
                    #expect(change.before == documents[change.id], "\(model.name) \(change.id) at \(position)")
                    documents[change.id] = change.after
                }
            }
            let snapshot = try store.snapshot()
            #expect(try snapshot.documentCount(model) == documents.count, "\(model.name)")
            for (id, document) in documents {
                let live = try snapshot.document(model, id: id).map { Document(copying: $0) }
                #expect(live == document, "\(model.name) \(id)")
            }
        }
        try store.close()
    }

    @Test func aDocumentsHistoryIsTheEventsThatTouchedIt() async throws {
        let directory = TestDirectory()
        let store = try await filled(directory, seed: 43)
        let model = try store.collection("users")
        var ids: [ObjectID] = []
        let snapshot = try store.snapshot()
        try snapshot.forEachDocument(model) { _, document throws(Never) in
            if let id = document["_id"]?.objectID { ids.append(id) }
            return true
        }
        for id in ids {
            let changes = try store.history(of: "users", id: id)
            var key: [UInt8] = []
            KeyEncoder.encode(id, into: &key)
            var positions: [UInt64] = []
            try snapshot.forEachPosition(ofDocument: key, in: model) {
                positions.append($0)
                return true
            }
            #expect(changes.map(\.event.position) == positions)
            #expect(changes.first?.before == nil)
            #expect(changes.last?.after == (try snapshot.document(model, id: id).map { Document(copying: $0) }))
        }
        #expect(!ids.isEmpty)
        try store.close()
    }
}

/// SplitMix64: the same numbers for the same seed.
struct SeededNumbers: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
