import Annals
import BSON
import EventLog
import Foundation
import Projections
import Schema
import Testing
import Views

/// The real collections over generated events, erasures among them, of which projectors stumble over some: views with anomalies
/// are the same bytes however they came to be, and views without are as if nothing had been.
@Suite struct RealAnomalyTests {
    private static let failing = allCollections.map { Wrapping.wrap($0) }

    private func open(_ directory: TestDirectory) throws -> Store {
        try Store(directory: directory.path, collections: Self.failing, options: StreamFixture.options())
    }

    private func documents(_ store: Store) throws -> [String: [Document]] {
        let snapshot = try store.snapshot()
        var all: [String: [Document]] = [:]
        for model in store.catalogue.collections {
            try snapshot.forEachDocument(model) { _, document in
                all[model.name, default: []].append(Document(copying: document))
                return true
            }
        }
        return all
    }

    private func expectSound(_ store: Store, _ comment: Comment) throws {
        let differences = try StreamFixture.differences(store, scratch: TestDirectory("real").path)
        #expect(differences.isEmpty, comment)
        if !differences.isEmpty { print(comment, differences.prefix(10)) }
    }

    @Test(arguments: [71, 72] as [UInt64]) func viewsAreTheSameBytes(seed: UInt64) async throws {
        let directory = TestDirectory()
        let events = try StreamFixture.events(seed: seed, count: 2_600)
        let plain = try await fill(directory, Array(events[..<2_000]))
        try await stumble(directory, plain, Array(events[2_000...]), seed)
        let store = try open(directory)
        try expectSound(store, "seed \(seed), opened again")
        try store.close()
    }

    private func fill(_ directory: TestDirectory, _ events: [NewEvent]) async throws -> [String: [Document]] {
        let store = try StreamFixture.store(directory.path)
        #expect(try await StreamFixture.append(events, to: store, window: 100).isEmpty)
        let all = try documents(store)
        try store.close()
        return all
    }

    private func stumble(
        _ directory: TestDirectory, _ plain: [String: [Document]], _ events: [NewEvent], _ seed: UInt64
    ) async throws {
        let store = try open(directory)
        let found = try store.anomalies()
        #expect(found.count.anomalies > 30 && found.count.held > 100, "seed \(seed): \(found.count)")
        #expect(found.anomalies.contains { $0.document == nil })
        let touched = Set(found.anomalies.map(\.collection))
        let now = try documents(store)
        for name in Set(plain.keys).subtracting(touched) {
            #expect(plain[name] == now[name], "seed \(seed), \(name)")
        }
        try expectSound(store, "seed \(seed), opened")
        let refused = try await StreamFixture.append(events, to: store, window: 50)
        #expect(!refused.isEmpty && refused.count < events.count / 2)
        #expect(try store.anomalies().count.held > found.count.held)
        try expectSound(store, "seed \(seed), appended to")
        for anomaly in try store.anomalies().anomalies where anomaly.position % 3 != 0 {
            try await store.skip(anomaly)
        }
        try expectSound(store, "seed \(seed), skipped")
        try expectHistories(store)
        try store.retryAnomalies()
        while store.rebuilds.statuses.contains(where: { !$0.state.isOver }) {
            try await Task.sleep(for: .milliseconds(5))
        }
        #expect(store.rebuilds.statuses.allSatisfy { $0.state == .serves }, "\(store.rebuilds.statuses)")
        try expectSound(store, "seed \(seed), retried")
        try store.close()
    }

    /// What documents' events made of them, folded one document at a time, is what serves.
    private func expectHistories(_ store: Store) throws {
        let all = try documents(store)
        for name in Set(try store.anomalies().anomalies.map(\.collection)) {
            let model = try store.collection(name)
            let refold = store.history.refold(model)
            for document in all[name] ?? [] {
                guard case .objectID(let id)? = document["_id"] else { continue }
                var newest: Document?
                try refold.forEachChange(of: id) { change in
                    newest = change.after
                    return true
                }
                #expect(newest == document, "\(name) \(id)")
            }
            for position in stride(from: 1 as UInt64, through: store.position, by: 17) {
                _ = try refold.changes(at: position)
            }
        }
    }
}
