import Annals
import BSON
import LMDB
import Testing
import Views

/// What webinars say of their registrations is what the registrations add up to.
@Suite struct WebinarMetricsTests {
    private struct Figures: Equatable {
        var registrations: Int64 = 0
        var attended: Int64 = 0
        var ratings: Int64 = 0
        /// In halves: the generator rates by no smaller steps.
        var halves: Int64 = 0
    }

    @Test(arguments: [21, 22, 23] as [UInt64], [false, true]) func statistics(seed: UInt64, late: Bool) async throws {
        let directory = TestDirectory()
        let store = try StreamFixture.store(directory.path)
        var events = try StreamFixture.events(seed: seed, count: 10_000, users: 40)
        for index in events.indices where late && index % 10 == 9 {
            let back = Int64(index * 7_919 % (12 * 24)) * 3_600_000
            events[index].time = events[index].time.map { DateTime(milliseconds: $0.milliseconds - back) }
        }
        _ = try await StreamFixture.append(events, to: store, window: 200)
        var expected: [String: Figures] = [:]
        try rows("webinarregistrations", store) { document in
            var figures = expected[document["webinarId"]?.string ?? "", default: Figures()]
            let status = document["status"]?.string
            figures.registrations += status == "cancelled" ? 0 : 1
            figures.attended += status == "attended" ? 1 : 0
            if let rating = document[FieldPath("feedback.rating")]?.double {
                figures.ratings += 1
                figures.halves += Int64(rating * 2)
            }
            expected[document["webinarId"]?.string ?? ""] = figures
        }
        var webinars = 0
        try rows("webinars", store) { document in
            webinars += 1
            let id = document["webinarId"]?.string ?? ""
            let sum = document[FieldPath("stats.ratingSum")]?.decimal128.flatMap { Double("\($0)") }
            var figures = Figures()
            figures.registrations = document[FieldPath("stats.registrations")]?.int64 ?? -1
            figures.attended = document[FieldPath("stats.attended")]?.int64 ?? -1
            figures.ratings = document[FieldPath("stats.ratings")]?.int64 ?? -1
            figures.halves = Int64((sum ?? -1) * 2)
            #expect(figures == expected[id, default: Figures()], "\(id)")
            let mean = figures.ratings == 0 ? 0 : (sum ?? .nan) / Double(figures.ratings)
            #expect(document[FieldPath("stats.averageRating")]?.double == mean, "\(id)")
        }
        #expect(webinars > 3)
        #expect(expected.values.contains { $0.ratings > 1 && $0.attended > 1 })
        try store.close()
    }

    private func rows(_ collection: String, _ store: Store, _ body: (RawDocument) -> Void) throws {
        let model = try store.collection(collection)
        try store.snapshot().forEachDocument(model) { (_, document) throws(LMDBError) in
            body(document)
            return true
        }
    }
}
