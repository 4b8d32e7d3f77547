import BSON
import EventLog
import Platform
import Schema
import Testing

@testable import Annals

/// Reading the log through filters, page by page, against a naive reading of all of it; waiting for positions.
@Suite struct EventReadTests {
    /// What a test knows of each record.
    private struct Known {
        let position: UInt64
        let type: String
        let subject: String
        let recorded: DateTime
    }

    private func filled(_ directory: TestDirectory, _ clock: ManualClock) async throws -> Store {
        var options = StreamFixture.options()
        options.clock = clock.clock
        options.log.synchronous = false
        let store = try StreamFixture.store(directory.path, options)
        for event in try StreamFixture.events(seed: 5, count: 1_500, users: 20) {
            clock.advance(milliseconds: 7)
            _ = try? await store.append(event)
        }
        return store
    }

    private func all(_ store: Store) throws -> [Known] {
        var all: [Known] = []
        try store.log.read { (record) throws(LogError) in
            all.append(
                Known(
                    position: record.position, type: record.type, subject: record.subject,
                    recorded: record.recordedTime))
            return true
        }
        return all
    }

    private func positions(touching entity: EventFilter.Entity, _ store: Store) throws -> Set<UInt64> {
        var key: [UInt8] = []
        KeyEncoder.encode(entity.id, into: &key)
        var positions: Set<UInt64> = []
        let model = try #require(store.catalogue[entity.collection])
        try store.snapshot().forEachPosition(ofDocument: key, in: model) {
            positions.insert($0)
            return true
        }
        return positions
    }

    /// Random questions, with bounds so small that each takes many pages.
    @Test func pagesTogetherAreWhatANaiveReadingFinds() async throws {
        let directory = TestDirectory()
        let clock = ManualClock(milliseconds: StreamFixture.start)
        let store = try await filled(directory, clock)
        let all = try all(store)
        #expect(all.count > 1_000)
        let randomness = Randomness.seeded(11)
        func pick(_ count: Int) -> Int { Int(randomness.number() % UInt64(count)) }
        var (given, pages) = (0, 0)
        for round in 0..<300 {
            var query = EventQuery()
            let sample = all[pick(all.count)]
            if pick(3) == 0 { query.filter.subject = sample.subject }
            if pick(3) == 0 {
                let area = String(sample.type.prefix { $0 != "." }) + ".*"
                query.filter.types = [sample.type, area].prefix(1 + pick(2)).compactMap { EventTypePattern($0) }
            }
            if pick(4) == 0 { query.filter.from = all[pick(all.count)].recorded }
            if pick(4) == 0 { query.filter.to = all[pick(all.count)].recorded }
            if pick(3) == 0 { query.after = UInt64(pick(all.count)) }
            if pick(3) == 0 { query.before = UInt64(pick(all.count + 5)) }
            if pick(5) == 0, let user = all.first(where: { $0.type == "user.registered" }) {
                let record = try #require(try store.log.get(user.position))
                let id = record.withRecord { $0.data.value(named: "_id")?.objectID }
                query.filter.entity = EventFilter.Entity(collection: "users", id: try #require(id))
            }
            if pick(2) == 0 { query.order = .backward }
            let limits = EventReadLimits(recordsExamined: 1 + pick(400), bytes: 1 + pick(20_000))
            query.limit = 1 + pick(50)

            let touching = try query.filter.entity.map { try positions(touching: $0, store) }
            var expected: [UInt64] = []
            for known in all where known.position > query.after && known.position < query.before {
                if let subject = query.filter.subject, subject != known.subject { continue }
                if let touching, !touching.contains(known.position) { continue }
                if let from = query.filter.from, known.recorded < from { continue }
                if let to = query.filter.to, known.recorded >= to { continue }
                let types = query.filter.types
                if types.isEmpty || types.contains(where: { $0.matches(known.type) }) {
                    expected.append(known.position)
                }
            }
            if query.order == .backward { expected.reverse() }

            var found: [UInt64] = []
            while true {
                var count = 0
                let page = try store.readEvents(query, limits: limits) { (record) throws(StoreError) in
                    found.append(record.position)
                    count += 1
                    return true
                }
                pages += 1
                #expect(count <= query.limit)
                if page.isComplete { break }
                if query.order == .forward { query.after = page.next } else { query.before = page.next }
            }
            #expect(found == expected, "round \(round): \(query)")
            given += found.count
        }
        #expect(given > 1_000 && pages > 1_000, "the questions found too little: \(given) in \(pages) pages")
        try store.close()
    }

    @Test func whoStopsGoesOnWhereItStopped() async throws {
        let directory = TestDirectory()
        let store = try await filled(directory, ManualClock(milliseconds: StreamFixture.start))
        var query = EventQuery()
        query.limit = 100
        var seen: [UInt64] = []
        for _ in 0..<4 {
            let page = try store.readEvents(query) { (record) throws(StoreError) in
                seen.append(record.position)
                return seen.count % 3 != 0
            }
            #expect(!page.isComplete)
            query.after = page.next
        }
        #expect(seen == Array(1...12))
        try store.close()
    }

    @Test func waitingForAPosition() async throws {
        let directory = TestDirectory()
        let store = try StreamFixture.store(directory.path)
        #expect(store.visiblePosition == 0)
        #expect(await !store.waitUntilVisible(1, within: .milliseconds(20)))
        let waiting = (1...50).map { number in
            Task { await store.waitUntilVisible(UInt64(number % 5 + 1), within: .seconds(60)) }
        }
        for number in 1...5 { try await store.append(FailureTests.user(number)) }
        for task in waiting { #expect(await task.value) }
        #expect(store.visiblePosition == 5)
        // Neither a task that is cancelled nor one of a store that closes waits for ever.
        let cancelled = Task { await store.waitUntilVisible(9, within: .seconds(600)) }
        cancelled.cancel()
        #expect(await !cancelled.value)
        let closing = Task { await store.waitUntilVisible(9, within: .seconds(600)) }
        try await Task.sleep(for: .milliseconds(50))
        try store.close()
        #expect(await !closing.value)
    }

    @Test func patternsOfTypes() {
        let cases: [(String, String, Bool)] = [
            ("user.registered", "user.registered", true), ("user.registered", "user.registeredAgain", false),
            ("user.*", "user.registered", true), ("user.*", "users.x", false), ("*", "anything", true),
        ]
        for (pattern, type, isMatch) in cases {
            #expect(EventTypePattern(pattern)?.matches(type) == isMatch, "\(pattern) \(type)")
        }
        for bad in ["", "us*", "*.x", "user.**", "a.*.b", "*.*"] { #expect(EventTypePattern(bad) == nil, "\(bad)") }
    }
}
