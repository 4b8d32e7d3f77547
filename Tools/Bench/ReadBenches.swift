public import Annals
internal import BSON
internal import LMDB
internal import Platform
internal import Query
internal import Schema
internal import Views

/// Folding the whole log into fresh views, as after their loss.
public struct RebuildBench {
    public var store: Store
    public var scratch: String

    public init(store: Store, scratch: String) {
        self.store = store
        self.scratch = scratch
    }

    public func run() throws -> BenchResult {
        try FileSystem.system.removeTree(scratch)
        let views = try ViewStore(directory: scratch, catalogue: store.catalogue, options: store.options.views)
        let memory = MemorySampler()
        let start = nanoseconds()
        try Replay(store: views, log: store.log).rebuildAll()
        var result = BenchResult(name: "rebuild", events: Int(store.position), seconds: secondsSince(start))
        result.memory = memory.finish()
        result.bytesPerEvent = Double(try views.statistics().usedBytes) / Double(max(1, store.position))
        result.more = [("threads", .int32(Int32(clamping: availableCores)))]
        try FileSystem.system.removeTree(scratch)
        return result
    }
}

/// Documents by `_id`, in process, in random order.
public struct GetBench {
    public var store: Store
    public var gets: Int

    public init(store: Store, gets: Int) {
        self.store = store
        self.gets = gets
    }

    public func run() throws -> BenchResult {
        var keys: [(model: CollectionModel, id: ObjectID)] = []
        let snapshot = try store.snapshot()
        for model in store.catalogue.collections {
            try snapshot.forEachDocument(model) { _, document in
                if let id = document.value(named: "_id")?.objectID { keys.append((model, id)) }
                return true
            }
        }
        var generator = SystemRandomNumberGenerator()
        keys.shuffle(using: &generator)
        guard !keys.isEmpty else { return BenchResult(name: "get", events: 0, seconds: 0) }
        var bytes = 0
        var times: [Double] = []
        let start = nanoseconds()
        for index in 0..<gets {
            let key = keys[index % keys.count]
            bytes += try snapshot.document(key.model, id: key.id)?.byteCount ?? 0
        }
        let seconds = secondsSince(start)
        // Timed one by one apart from the rate: the clock costs a tenth of what it measures.
        for index in 0..<min(gets, 100_000) {
            let key = keys[(index &* 7919) % keys.count]
            let start = nanoseconds()
            bytes += try snapshot.document(key.model, id: key.id)?.byteCount ?? 0
            times.append(Double(nanoseconds() - start) / 1000)
        }
        var result = BenchResult(name: "get", events: gets, seconds: seconds)
        result.latencies = times
        result.more = [
            ("documents", .int64(Int64(keys.count))),
            ("nanosecondsPerGet", .double(seconds * 1e9 / Double(max(1, gets)))),
            ("bytesRead", .int64(Int64(bytes))),
        ]
        return result
    }
}

/// Every document of the largest collection, with a filter on a field without index, and a group over it.
public struct ScanBench {
    public var store: Store

    public init(store: Store) { self.store = store }

    public func run() throws -> BenchResult {
        let snapshot = try store.snapshot()
        var largest: (model: CollectionModel, count: Int)?
        for model in store.catalogue.collections {
            let count = try snapshot.documentCount(model)
            if count > largest?.count ?? 0 { largest = (model, count) }
        }
        guard let (model, count) = largest else { return BenchResult(name: "scan", events: 0, seconds: 0) }
        let limits = QueryLimits(milliseconds: nil)
        let start = nanoseconds()
        let find = try Find(model, filter: ["noSuchField": ["$exists": true]])
        _ = try find.run(snapshot, limits: limits) { _ in true }
        let seconds = secondsSince(start)
        let groupStart = nanoseconds()
        let pipeline: [Document] = [["$group": ["_id": nil, "n": ["$sum": 1]]]]
        let group = try Aggregate(model, pipeline)
        _ = try group.run(snapshot, limits: limits) { _ in true }
        var result = BenchResult(name: "scan", events: count, seconds: seconds)
        result.more = [
            ("collection", .string(model.name)),
            ("groupDocumentsPerSecond", .double(Double(count) / secondsSince(groupStart))),
        ]
        return result
    }
}
