import Annals
import BSON
import LMDB
import Testing
import Views

/// The counters of a job are what a naive recomputation makes of the log.
@Suite struct JobMetricsTests {
    @Test(arguments: [21, 22] as [UInt64]) func applicationsByStatus(seed: UInt64) async throws {
        let directory = TestDirectory()
        let store = try StreamFixture.store(directory.path)
        let events = try StreamFixture.events(seed: seed, count: 16_000, users: 40)
        _ = try await StreamFixture.append(events, to: store, window: 200)
        var found: [String: [String: Int]] = [:]
        try store.snapshot().forEachDocument(try store.collection("jobpostings")) { (_, document) throws(LMDBError) in
            var figures: [String: Int] = [:]
            let counters = [
                ("all", "applications"), ("draft", "draft"), ("submitted", "submitted"),
                ("under-review", "underReview"), ("interviewing", "interviewing"), ("offered", "offered"),
                ("hired", "hired"), ("rejected", "rejected"), ("withdrawn", "withdrawn"),
            ]
            for (stage, counter) in counters {
                let count = document[FieldPath("stats." + counter)]?.int64 ?? -1
                if count != 0 { figures[stage] = Int(count) }
            }
            found[document["jobId"]?.string ?? ""] = figures
            return true
        }
        let expected = NaiveHiring(try LoggedEvent.all(store)).figures
        #expect(expected.values.reduce(0) { $0 + ($1["all"] ?? 0) } > 50)
        #expect(found == expected)
        try store.close()
    }
}
