import Annals
import BSON
import Foundation
import LMDB
import Schema
import Testing
import Views

/// The derived collections are what a naive recomputation makes of the log, which shares no code with the projectors.
@Suite struct MetricsTests {
    static let seeds: [UInt64] = [11, 12, 13]

    /// A store over a generated stream; `late`: one event in ten is dated up to twelve days back.
    private func store(_ directory: TestDirectory, seed: UInt64, late: Bool) async throws -> Store {
        let store = try StreamFixture.store(directory.path)
        let events = Visits.among(try StreamFixture.events(seed: seed, count: 6_000, users: 40))
        let refused = try await StreamFixture.append(late ? Visits.late(events) : events, to: store, window: 200)
        #expect(late || refused.isEmpty, "\(refused.prefix(3))")
        let differences = try StreamFixture.differences(store, scratch: directory.path("scratch"))
        #expect(differences.isEmpty, "seed \(seed): \(differences.prefix(5))")
        return store
    }

    private func rows(_ collection: String, _ store: Store, _ body: (RawDocument) -> Void) throws {
        let model = try store.collection(collection)
        try store.snapshot().forEachDocument(model) { (_, document) throws(LMDBError) in
            body(document)
            return true
        }
    }

    @Test(arguments: seeds, [false, true]) func geography(seed: UInt64, late: Bool) async throws {
        let directory = TestDirectory()
        let store = try await store(directory, seed: seed, late: late)
        var found: [String: NaiveGeography.Figures] = [:]
        try rows("geographicdistributions", store) { document in
            var plans: [String: Int] = [:]
            for plan in ["free", "pro", "enterprise"] {
                let count = document[FieldPath("usersByPlan." + plan)]?.int64 ?? -1
                if count != 0 { plans[plan] = Int(count) }
            }
            found[document["location"]?.string ?? ""] = NaiveGeography.Figures(
                users: Int(document["users"]?.int64 ?? -1), active: Int(document["activeUsers"]?.int64 ?? -1),
                plans: plans)
        }
        let expected = NaiveGeography(try LoggedEvent.all(store)).figures
        #expect(expected.count > 5)
        expectEqual(found, expected)
        try store.close()
    }

    @Test(arguments: seeds, [false, true]) func engagement(seed: UInt64, late: Bool) async throws {
        let directory = TestDirectory()
        let store = try await store(directory, seed: seed, late: late)
        var found: [NaiveEngagement.Row: NaiveEngagement.Figures] = [:]
        try rows("userengagements", store) { document in
            let row = NaiveEngagement.Row(
                cohort: document["cohort"]?.string ?? "", week: Int(document["week"]?.int64 ?? -1))
            let figures = NaiveEngagement.Figures(
                size: Int(document["cohortSize"]?.int64 ?? -1), active: Int(document["activeUsers"]?.int64 ?? -1))
            found[row] = figures
            #expect(document["retention"]?.double == Double(figures.active) / Double(figures.size))
            let monday = (document["weekStart"]?.dateTime?.milliseconds ?? 0) / 86_400_000
            let start = (document["cohortStart"]?.dateTime?.milliseconds ?? 0) / 86_400_000
            #expect(Int(monday - start) == row.week * 7 && LoggedEvent.week(start * 86_400_000).name == row.cohort)
        }
        let expected = NaiveEngagement(try LoggedEvent.all(store)).figures
        #expect(expected.count > 3)
        expectEqual(found, expected)
        try store.close()
    }

    @Test(arguments: seeds, [false, true]) func activities(seed: UInt64, late: Bool) async throws {
        let directory = TestDirectory()
        let store = try await store(directory, seed: seed, late: late)
        var found: [NaiveActivities.Day: NaiveActivities.Figures] = [:]
        try rows("useractivities", store) { document in
            var figures = NaiveActivities.Figures()
            for name in NaiveActivities.counters {
                let count = document[FieldPath(name)]?.int64 ?? .min
                if count != 0 { figures.counts[name] = Int(count) }
            }
            figures.first = document["firstAt"]?.dateTime?.milliseconds ?? 0
            figures.last = document["lastAt"]?.dateTime?.milliseconds ?? 0
            let day = NaiveActivities.Day(
                user: document["userId"]?.objectID?.description ?? "", date: document["date"]?.string ?? "")
            found[day] = figures
        }
        let events = try LoggedEvent.all(store)
        let expected = NaiveActivities(events).figures
        #expect(expected.count > 100)
        for name in NaiveActivities.counters { #expect(expected.values.contains { $0.counts[name] != nil }, "\(name)") }
        #expect(expected.values.contains { $0.counts.isEmpty }, "no day lost all that it counted")
        expectEqual(found, expected)
        try expectEngagement(of: found.keys, events, store)
        try store.close()
    }

    /// "Users active (any entry in 26)": the days alone say who was active in which week.
    private func expectEngagement(
        of days: some Sequence<NaiveActivities.Day>, _ events: [LoggedEvent], _ store: Store
    ) throws {
        var registered: [String: (monday: Int, name: String)] = [:]
        for event in events where event.type == "user.registered" {
            registered[event.text("_id") ?? ""] = LoggedEvent.week(event.time)
        }
        var expected: [NaiveEngagement.Row: Set<String>] = [:]
        for day in days {
            guard let since = registered[day.user], let date = DateTime(rfc3339: day.date + "T00:00:00Z") else {
                Issue.record("\(day)")
                continue
            }
            let week = max(0, (LoggedEvent.week(date.milliseconds).monday - since.monday) / 7)
            expected[NaiveEngagement.Row(cohort: since.name, week: week), default: []].insert(day.user)
        }
        var found: [NaiveEngagement.Row: Int] = [:]
        try rows("userengagements", store) { document in
            let active = Int(document["activeUsers"]?.int64 ?? -1)
            if active == 0 { return }
            let row = NaiveEngagement.Row(
                cohort: document["cohort"]?.string ?? "", week: Int(document["week"]?.int64 ?? -1))
            found[row] = active
        }
        expectEqual(found, expected.mapValues(\.count))
    }

    @Test(arguments: seeds, [false, true]) func subscriptions(seed: UInt64, late: Bool) async throws {
        let directory = TestDirectory()
        let store = try await store(directory, seed: seed, late: late)
        var expected = NaiveSubscriptions(try LoggedEvent.all(store)).days
        // A credit that went back the same day leaves nothing.
        for (series, days) in expected {
            for day in days.keys { expected[series]?[day]?.money = days[day]?.money.filter { $0.value != 0 } ?? [:] }
        }
        var found: [NaiveSubscriptions.Series: [String: NaiveSubscriptions.Figures]] = [:]
        try rows("subscriptionmetrics", store) { document in
            func text(_ name: String) -> String { document[FieldPath(name)]?.string ?? "?" }
            func decimal(_ name: String) -> Decimal {
                Decimal(string: document[FieldPath(name)]?.decimal128?.description ?? "") ?? .nan
            }
            var figures = NaiveSubscriptions.Figures()
            figures.counts[""] = 0
            for name in ["started", "renewed", "cancelled", "expired", "switchedIn", "switchedOut"] {
                let count = document[FieldPath(name)]?.int64 ?? -1
                if count != 0 { figures.counts[name] = Int(count) }
            }
            for name in ["revenue", "refunds", "credits"] where decimal(name) != 0 {
                figures.money[name] = decimal(name)
            }
            figures.active = Int(document["active"]?.int64 ?? -1)
            figures.paused = Int(document["paused"]?.int64 ?? -1)
            figures.annual = decimal("annualRecurringRevenue")
            let rounding = abs(decimal("monthlyRecurringRevenue") * 12 - figures.annual)
            #expect(rounding < Decimal(sign: .plus, exponent: -25, significand: 1))
            let series = NaiveSubscriptions.Series(
                scope: text("scope"), plan: text("plan"), currency: text("currency"))
            found[series, default: [:]][text("date")] = figures
        }
        #expect(expected.values.contains { $0.count > 3 })
        expectEqual(found, expected)
        try store.close()
    }

    private func expectEqual<Key: Hashable, Figures: Equatable>(_ found: [Key: Figures], _ expected: [Key: Figures]) {
        var differences = 0
        for key in Set(found.keys).union(expected.keys) where found[key] != expected[key] {
            differences += 1
            guard differences <= 3 else { continue }
            Issue.record(
                "\(key): \(String(describing: found[key])), not \(String(describing: expected[key]))")
        }
        #expect(differences == 0, "of \(expected.count)")
    }
}
