import BSON
import Platform
import Query
import Schema
import Testing
import Views

@Suite struct LimitTests {
    let store: ThingStore

    init() throws {
        var generator = ThingGenerator(seed: 31)
        store = try ThingStore(generator.documents(600))
    }

    private func exceeded(_ body: () throws -> Void) -> QueryError.Limit? {
        do {
            try body()
            return nil
        } catch {
            guard case .limitExceeded(let limit)? = (error as? QueryError)?.kind else { return nil }
            return limit
        }
    }

    @Test func documents() {
        #expect(
            exceeded { _ = try store.rows(Find(store.model), limits: .init(documentsExamined: 599)) }
                == .documentsExamined)
        #expect(exceeded { _ = try store.rows(Find(store.model), limits: .init(documentsExamined: 600)) } == nil)
        // Stopped by its own limit first.
        #expect(
            exceeded { _ = try store.rows(Find(store.model, limit: 3), limits: .init(documentsExamined: 3)) } == nil)
    }

    /// Told to stop, a query does so where it looks at its time: after 256 documents at the latest.
    @Test func cancelled() throws {
        func isCancelled(_ body: () throws -> Void) -> Bool {
            do {
                try body()
                return false
            } catch { return (error as? QueryError)?.kind == .cancelled }
        }
        let cancellation = QueryCancellation()
        let limits = QueryLimits(threads: 2, documentsForThreads: 50, cancellation: cancellation)
        let count = try Find(store.model, filter: ["missing": 1], hint: .collectionScan)
        let snapshot = try store.views.snapshot(store.target)
        #expect(try count.count(snapshot, limits: limits) == 0)
        var seen = 0
        let isStopped = isCancelled {
            _ = try Find(store.model).run(snapshot, limits: limits) { _ in
                seen += 1
                if seen == 10 { cancellation.cancel() }
                return true
            }
        }
        #expect(isStopped && (10...256).contains(seen), "\(seen)")
        #expect(isCancelled { _ = try count.count(snapshot, limits: limits) })
        #expect(isCancelled { _ = try count.distinct("rank", snapshot, limits: limits) })
        #expect(
            isCancelled {
                let pipeline = try Aggregate(
                    store.model, [["$group": ["_id": "$flag"]]], in: Catalogue([Things.self]), limits: limits)
                _ = try pipeline.run(snapshot, limits: limits) { _ in true }
            })
    }

    @Test func keys() {
        #expect(
            exceeded {
                let find = try Find(store.model, filter: ["tags": ["$gte": ""]])
                _ = try store.rows(find, limits: .init(keysExamined: 50))
            } == .keysExamined)
    }

    @Test func memoryOfASort() throws {
        let sort = try SortOrder(["flag": 1], model: store.model)
        #expect(
            exceeded { _ = try store.rows(Find(store.model, sort: sort), limits: .init(memoryBytes: 2000)) }
                == .memoryBytes)
        // The first few of them fit.
        let rows = try store.rows(Find(store.model, sort: sort, limit: 5), limits: .init(memoryBytes: 2000))
        #expect(rows.count == 5)
    }

    @Test func memoryOfAGroup() {
        let pipeline: [Document] = [["$group": ["_id": "$code"]]]
        #expect(exceeded { _ = try store.rows(pipeline, limits: .init(memoryBytes: 2000)) } == .memoryBytes)
    }

    @Test func time() throws {
        let clock = ManualClock()
        let snapshot = try store.views.snapshot(store.target)
        var given = 0
        #expect(throws: QueryError.self) {
            try Find(store.model).run(snapshot, limits: .init(milliseconds: 10), clock: clock.clock) { _ in
                given += 1
                clock.advance(milliseconds: 1)
                return true
            }
        }
        #expect(given > 10 && given < 600)
    }

    /// What may take long over one document asks for the time at each.
    @Test(arguments: [["title": ["$regex": "a+$"]], ["$expr": ["$eq": ["$rank", 1]]]] as [Document])
    func timeOfLongLooks(filter: Document) throws {
        let moments = ManualClock()
        let clock = Clock {
            moments.advance(milliseconds: 1)
            return moments.now
        }
        let find = try Find(store.model, filter: filter, hint: .collectionScan)
        let snapshot = try store.views.snapshot(store.target)
        #expect(throws: QueryError.self) {
            try find.run(snapshot, limits: .init(milliseconds: 10), clock: clock) { _ in true }
        }
    }

    /// And so does an expression that takes long over one document, in a filter and in a projection.
    @Test func timeOfOneDocument() throws {
        let long: Value = [
            "$reduce": ["input": ["$range": [0, 20_000]], "initialValue": 0, "in": ["$add": ["$$value", "$$this"]]]
        ]
        let snapshot = try store.views.snapshot(store.target)
        let filtered = try Find(store.model, filter: ["$expr": ["$gt": [long, 0]]], limit: 1)
        let projected = try Find(store.model, filter: [:], limit: 1, projection: ["sum": long] as Document)
        for find in [filtered, projected] {
            var looks = 0
            let moments = ManualClock()
            let clock = Clock {
                moments.advance(milliseconds: 1)
                return moments.now
            }
            #expect(throws: QueryError.self) {
                try find.run(snapshot, limits: .init(milliseconds: 10), clock: clock) { _ in
                    looks += 1
                    return true
                }
            }
            #expect(looks == 0)
        }
    }

    @Test func stages() {
        let pipeline = [Document](repeating: ["$skip": 0], count: 101)
        #expect(exceeded { _ = try store.rows(pipeline) } == .stages)
    }

    @Test func negativeCounts() {
        #expect(throws: QueryError.self) { try store.rows(Find(store.model, skip: -1)) }
        #expect(throws: QueryError.self) { try store.rows(Find(store.model, limit: -1)) }
    }

    @Test func counting() throws {
        #expect(try store.count(Find(store.model)) == 600)
        #expect(try store.count(Find(store.model, skip: 590)) == 10)
        #expect(try store.count(Find(store.model, limit: 7)) == 7)
        #expect(try store.count(Find(store.model, filter: ["flag": true], limit: 7)) == 7)
    }
}
