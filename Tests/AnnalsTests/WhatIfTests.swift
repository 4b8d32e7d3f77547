import Annals
import BSON
import EventLog
import Foundation
import Platform
import Projections
import Schema
import Testing
import Views

/// What would be is what a log really written so gives; what differs between positions is what their views differ in.
@Suite struct WhatIfTests {
    private static let count = 1_500

    private func filled(_ path: String, _ events: [NewEvent]) async throws -> Store {
        let store = try StreamFixture.store(path)
        let refused = try await StreamFixture.append(events, to: store, window: 100)
        #expect(refused.isEmpty, "\(refused.prefix(2))")
        return store
    }

    private func documents(_ snapshot: borrowing ViewSnapshot, _ model: CollectionModel) throws -> [ObjectID: Document]
    {
        var all: [ObjectID: Document] = [:]
        try snapshot.forEachDocument(model) { _, document throws(Never) in
            // Hashes of secrets are salted: two logs never have the same.
            if let id = document["_id"]?.objectID { all[id] = redacted(document, model) }
            return true
        }
        return all
    }

    /// The differences of two states, made the plain way.
    private func expected(_ before: [ObjectID: Document], _ after: [ObjectID: Document]) -> [ObjectID: String] {
        var kinds: [ObjectID: String] = [:]
        for (id, document) in before where after[id] != document {
            kinds[id] = after[id] == nil ? "removed" : "changed"
        }
        for id in after.keys where before[id] == nil { kinds[id] = "added" }
        return kinds
    }

    private func expect(
        _ found: CollectionDifference, _ before: [ObjectID: Document], _ after: [ObjectID: Document], _ what: String
    ) {
        let expected = expected(before, after)
        let told = Dictionary(uniqueKeysWithValues: found.documents.map { ($0.id, $0.kind.rawValue) })
        #expect(told == expected, "\(what), \(found.model.name)")
        #expect(found.count == expected.count)
        #expect(found.removed == expected.values.filter { $0 == "removed" }.count)
        for difference in found.documents where difference.kind == .changed {
            let names = difference.fields.map(\.path)
            #expect(Set(names).count == names.count)
        }
    }

    /// The events with the ids and defaults that a store gave them, so that another gives them no others.
    private func completed(_ events: [NewEvent], _ directory: TestDirectory) async throws -> [NewEvent] {
        let store = try await filled(directory.path("first"), events)
        var completed = events
        try store.log.read { (record) throws(LogError) in
            guard let opened = try? store.log.opened(record) else { return true }
            let place = Int(record.position) - 1
            let given = Set(events[place].data.keys)
            for (name, value) in opened.data.pairs where !given.contains(name) {
                completed[place].data.append(name, value)
            }
            return true
        }
        try store.close()
        return completed
    }

    /// Events whose absence nothing later stands on: the log without each is written in another directory, as it would be.
    @Test func withoutAnEventIsALogWithoutIt() async throws {
        let directory = TestDirectory()
        let events = try await completed(StreamFixture.events(seed: 61, count: Self.count), directory)
        let store = try await filled(directory.path("whole"), events)
        let end = store.position
        var compared = 0
        var differing = 0
        for (type, nth) in [("points.earned", 3), ("message.sent", 20), ("analytics.tracked", 5), ("comment.added", 2)]
        {
            let places = events.indices.filter { events[$0].type == type }
            guard places.count > nth else { continue }
            let place = places[nth]
            var rest = events
            rest.remove(at: place)
            let path = directory.path("without-\(place)")
            let other = try StreamFixture.store(path)
            // Where a later event stands on it, its guard refuses that one there, and the two cannot be compared.
            let refused = try await StreamFixture.append(rest, to: other, window: 100)
            defer { try? other.close() }
            guard refused.isEmpty else { continue }
            let supposing = try store.supposing(without: UInt64(place + 1))
            #expect(supposing.event.type == type && !supposing.models.isEmpty)
            let found = try store.past.whatIf(supposing, asOf: end, keeping: .max)
            #expect(found.passedOver.count == 0, "\(type): \(found.passedOver.events.prefix(3))")
            for difference in found.collections {
                let before = try documents(try store.snapshot(), difference.model)
                let after = try documents(try other.snapshot(), difference.model)
                expect(difference, before, after, "without \(type) at \(place + 1)")
                differing += difference.count
            }
            compared += 1
        }
        #expect(compared >= 2 && differing > 0, "\(compared) logs compared, \(differing) documents differ")
        try store.close()
    }

    /// Two users; one earns points. Had they been others, or not been registered.
    private func small(_ directory: TestDirectory) async throws -> Store {
        let ids = (1...2).map { ObjectID(seconds: 1_700_000_000, rest: UInt64($0)) }
        func event(_ number: Int, _ type: String, _ data: Document) -> NewEvent {
            NewEvent(
                id: "\(number)", source: "/test", type: type,
                time: DateTime(milliseconds: StreamFixture.start + Int64(number) * 1_000), data: data)
        }
        return try await filled(
            directory.path,
            [
                event(
                    1, "user.registered",
                    ["_id": .objectID(ids[0]), "email": "a@users.example", "name": "Ada", "authMethod": "google"]),
                event(
                    2, "user.registered",
                    ["_id": .objectID(ids[1]), "email": "b@users.example", "name": "Bob", "authMethod": "google"]),
                event(3, "points.earned", ["userId": .objectID(ids[0]), "points": 30, "reason": "a visit"]),
                event(4, "points.earned", ["userId": .objectID(ids[0]), "points": 12, "reason": "another"]),
                event(5, "user.profileChanged", ["userId": .objectID(ids[1]), "set": ["name": "Bert"]]),
            ])
    }

    @Test func otherDataGivesOtherDocuments() async throws {
        let directory = TestDirectory()
        let store = try await small(directory)
        let less = try store.supposing(
            ["userId": .objectID(ObjectID(seconds: 1_700_000_000, rest: 1)), "points": 5, "reason": "less"], at: 3)
        let found = try store.past.whatIf(less, asOf: store.position)
        let rewards = try #require(found.collections.first { $0.model.name == "userrewards" })
        let changes = rewards.documents.first?.fields ?? []
        #expect(changes.contains { $0.difference == -25 }, "\(changes)")
        // It was asked for beside the live views, which are as they were, and may be asked as of then.
        let then = try store.past.whatIf(less, asOf: 3)
        let early = try #require(then.collections.first { $0.model.name == "userrewards" })
        #expect(early.documents.first?.fields.contains { $0.difference == -25 } == true)
        #expect(try StreamFixture.differences(store, scratch: directory.path("scratch")).isEmpty)
        #expect(throws: SupposingError.self) { _ = try store.supposing(["points": "many"], at: 3) }
        #expect(throws: SupposingError.self) { _ = try store.supposing([:], type: "user.registered", at: 3) }
        #expect(throws: SupposingError.self) { _ = try store.supposing(without: 6) }
        #expect(throws: SupposingError.self) { _ = try store.supposing(without: 0) }
        try store.close()
    }

    /// A later event whose document would not be there is named, and the others go on.
    @Test func whatCannotBeAppliedIsPassedOver() async throws {
        let directory = TestDirectory()
        let store = try await small(directory)
        let found = try store.past.whatIf(try store.supposing(without: 2), asOf: store.position)
        let users = try #require(found.collections.first { $0.model.name == "users" })
        #expect(users.removed == 1 && users.changed == 0 && users.added == 0)
        #expect(found.passedOver.events.contains { $0.position == 5 && $0.anomaly.collection == users.model.number })
        #expect(found.passedOver.count == found.passedOver.events.count)
        try store.close()
    }

    @Test func aDiffIsWhatTheViewsDifferIn() async throws {
        let directory = TestDirectory()
        let store = try await filled(directory.path, try StreamFixture.events(seed: 62, count: Self.count))
        var random = SeededNumbers(seed: 62)
        var differing = 0
        for _ in 0..<4 {
            let first = UInt64.random(in: 0...store.position, using: &random)
            let last = UInt64.random(in: 0...store.position, using: &random)
            let all = store.catalogue.collections
            let (before, after) = (try store.past.set(all, asOf: first), try store.past.set(all, asOf: last))
            for model in all {
                let found = try store.history.difference(of: model, from: first, to: last, keeping: .max)
                let (old, new) = (
                    try documents(try before.snapshot(), model), try documents(try after.snapshot(), model)
                )
                expect(found, old, new, "\(first) to \(last)")
                differing += found.count
                let few = try store.history.difference(of: model, from: first, to: last, keeping: 1)
                #expect(few.count == found.count && few.documents.count == min(1, found.count))
            }
        }
        #expect(differing > 100)
        #expect(throws: StoreError.self) {
            for model in store.catalogue.collections {
                _ = try store.history.difference(of: model, from: 0, to: store.position, mayGoOn: { false })
            }
        }
        try store.close()
    }
}
