import BSON
import Dispatch
import Query
import Synchronization
import Testing
import Views

/// Several threads count what one counts.
@Suite struct ParallelCountTests {
    private let threads = QueryLimits(threads: 3, documentsForThreads: 50)

    @Test(arguments: [11, 12] as [UInt64]) func asOneThreadCounts(seed: UInt64) throws {
        var generator = ThingGenerator(seed: seed)
        let documents = generator.documents(900)
        let store = try ThingStore(documents)
        var filters = FilterGenerator(seed: seed &* 79)
        var found = 0
        for _ in 0..<120 {
            let filter = filters.filter(documents)
            let expected = documents.count(where: filter.fits)
            found += expected
            let find = try Find(store.model, filter: filter.document, hint: .collectionScan)
            let snapshot = try store.views.snapshot(store.target)
            #expect(try find.count(snapshot, limits: threads) == expected, "\(filter.document.pairs)")
        }
        #expect(found > 3_000)
    }

    /// Ids of one moment differ in their last bytes alone; of one document there are no parts.
    @Test(arguments: [1, 2, 300]) func idsCloseTogether(count: Int) throws {
        let ids = (0..<count).map { ObjectID(seconds: 1_700_000_000, rest: UInt64($0)) }
        let store = try ThingStore(ids.map { ["_id": .objectID($0), "missing": 1] })
        let find = try Find(store.model, filter: ["missing": ["$gt": 0]], hint: .collectionScan)
        let snapshot = try store.views.snapshot(store.target)
        let limits = QueryLimits(threads: 4, documentsForThreads: 0)
        #expect(try find.count(snapshot, limits: limits) == count)
    }

    /// More at once than there are threads: none waits for one that another holds.
    @Test func manyAtOnce() throws {
        var generator = ThingGenerator(seed: 14)
        let store = try ThingStore(generator.documents(900))
        let find = try Find(store.model, filter: ["missing": ["$exists": false]], hint: .collectionScan)
        let (views, target, limits) = (store.views, store.target, threads)
        let counts = Mutex<[Int]>([])
        let all = DispatchGroup()
        for _ in 0..<64 {
            DispatchQueue.global(qos: .utility).async(group: all) {
                guard let snapshot = try? views.snapshot(target), let count = try? find.count(snapshot, limits: limits)
                else { return }
                counts.withLock { $0.append(count) }
            }
        }
        #expect(all.wait(timeout: .now() + 60) == .success)
        #expect(counts.withLock { $0 } == Array(repeating: 900, count: 64))
    }

    @Test func theLimitHoldsForAllTogether() throws {
        var generator = ThingGenerator(seed: 13)
        let store = try ThingStore(generator.documents(900))
        let find = try Find(store.model, filter: ["missing": ["$exists": false]], hint: .collectionScan)
        let snapshot = try store.views.snapshot(store.target)
        var limits = threads
        limits.documentsExamined = 899
        #expect { try find.count(snapshot, limits: limits) } throws: { error in
            (error as? QueryError)?.kind == .limitExceeded(.documentsExamined)
        }
        limits.documentsExamined = 900
        #expect(try find.count(snapshot, limits: limits) == 900)
    }
}
