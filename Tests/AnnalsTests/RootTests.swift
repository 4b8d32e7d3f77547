import Annals
import BSON
import EventLog
import Foundation
import Schema
import Testing
import Views

/// The root of each view: what it is made of, that it follows every change, and that erasures leave old ones be.
@Suite struct RootTests {
    private static let count = 2_500

    private func filled(_ directory: TestDirectory, seed: UInt64, window: Int) async throws -> Store {
        let store = try StreamFixture.store(directory.path)
        let events = try StreamFixture.events(seed: seed, count: Self.count)
        let refused = try await StreamFixture.append(events, to: store, window: window)
        #expect(refused.isEmpty, "seed \(seed): \(refused.prefix(2))")
        return store
    }

    /// Kept change by change, folded from nothing, and summed up over the documents by code that shares none: the same.
    @Test(arguments: [UInt64(51), 52]) func rootsAreWhatTheDocumentsMakeThem(seed: UInt64) async throws {
        let directory = TestDirectory()
        let store = try await filled(directory, seed: seed, window: 200)
        let live = try store.roots()
        #expect(live.position == UInt64(Self.count) && live.views.count == store.catalogue.collections.count)
        let snapshot = try store.snapshot()
        #expect(live.log == snapshot.checkpoint.frontier.root)
        for (model, view) in zip(store.catalogue.collections, live.views) {
            var documents: [Document] = []
            try snapshot.forEachDocument(model) { _, document throws(Never) in
                documents.append(Document(copying: document))
                return true
            }
            #expect(view.name == model.name)
            #expect("\(view.root)" == NaiveRoot(model).root(of: documents), "seed \(seed), \(model.name)")
            #expect("\(view.root)" == NaiveRoot(model).root(of: documents.shuffled()), "\(model.name)")
        }
        #expect(Set(live.views.map(\.root)).count == live.views.count)
        #expect(try store.roots(asOf: live.position, scratch: directory.path("scratch")) == live)
        try store.close()
    }

    /// At many positions, with keys of persons gone that were there then.
    @Test func erasuresLeaveOldRootsReachable() async throws {
        let seed: UInt64 = 53
        let directory = TestDirectory()
        let store = try StreamFixture.store(directory.path)
        let events = try StreamFixture.events(seed: seed, count: Self.count)
        let erasures = events.indices.filter { ["user.erased", "person.erased"].contains(events[$0].type) }
        #expect(erasures.count >= 3, "seed \(seed) erases nearly nobody")
        // Before each erasure, after it, and here and there.
        let marks = Set(erasures + erasures.map { $0 + 1 } + stride(from: 1, to: Self.count, by: 211)).sorted()
        var then: [ViewRoots] = []
        var first = 0
        for mark in marks {
            #expect(try await StreamFixture.append(Array(events[first..<mark]), to: store, window: 50).isEmpty)
            first = mark
            then.append(try store.roots())
        }
        #expect(try await StreamFixture.append(Array(events[first...]), to: store, window: 50).isEmpty)
        for roots in then {
            let now = try store.roots(asOf: roots.position, scratch: directory.path("scratch"))
            let differing = now.differing(from: roots)
            #expect(now == roots, "seed \(seed), as of \(roots.position): \(differing)")
        }
        #expect(Set(then).count == then.count)
        try store.close()
    }

    /// An erasure changes what is personal, and no root of a view whose documents say nothing else of it.
    @Test func anErasureChangesOnlyWhatItRecords() async throws {
        let directory = TestDirectory()
        let store = try StreamFixture.store(directory.path)
        let user = AppendTests.user
        func append(_ id: String, _ type: String, _ data: Document) async throws {
            _ = try await store.append(NewEvent(id: id, source: "/test", type: type, data: data))
        }
        _ = try await store.append(AppendTests.registered("1"))
        try await append("2", "session.started", ["sessionId": "s1", "userId": .objectID(user), "name": "My secrets"])
        try await append(
            "3", "message.sent", ["sessionId": "s1", "messageId": "m1", "role": "user", "content": "5 Elm St"])
        let before = try store.roots()
        try await append("4", "user.erased", ["userId": .objectID(user)])
        let after = try store.roots()
        let model = try store.collection("chatmessages")
        try store.snapshot().forEachDocument(model) { _, document throws(Never) in
            #expect(document["content"]?.string == "[erased]")
            return true
        }
        let changed = after.differing(from: before)
        #expect(!changed.contains("chatmessages") && changed.contains("users"), "\(changed)")
        #expect(try store.roots(asOf: 3, scratch: directory.path("scratch")) == before)
        #expect(throws: StoreError.self) { try store.roots(asOf: 5, scratch: directory.path("scratch")) }
        try store.close()
    }

    @Test func rootsSurviveTheirJSON() async throws {
        let directory = TestDirectory()
        let store = try StreamFixture.store(directory.path)
        let empty = try store.roots()
        _ = try await store.append(AppendTests.registered("1"))
        let roots = try store.roots()
        for style in [JSON.Style.relaxed, .canonical] {
            let text = JSON.string(roots.document, style: style)
            #expect(ViewRoots(try JSON.parse(Array(text.utf8), extended: true)) == roots)
        }
        #expect(roots.differing(from: roots).isEmpty && roots.differing(from: empty).contains("users"))
        #expect(ViewRoots(["position": 1, "log": "ab", "views": ["users": "00"]]) == nil)
        try store.close()
    }
}
