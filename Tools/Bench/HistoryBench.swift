public import Annals
internal import BSON
internal import LMDB
internal import Schema
internal import Views

/// Single documents as of random positions, in process: folded from the events that touched each.
public struct HistoryBench {
    public var store: Store
    public var looks: Int

    public init(store: Store, looks: Int = 10_000) {
        self.store = store
        self.looks = looks
    }

    public func run() throws -> BenchResult {
        var keys: [(model: CollectionModel, id: ObjectID)] = []
        do {
            let snapshot = try store.snapshot()
            for model in store.catalogue.collections {
                try snapshot.forEachDocument(model) { _, document in
                    if let id = document.value(named: "_id")?.objectID { keys.append((model, id)) }
                    return true
                }
            }
        }
        guard !keys.isEmpty else { return BenchResult(name: "history", events: 0, seconds: 0) }
        let end = try store.history.position()
        var generator = SystemRandomNumberGenerator()
        var times: [Double] = []
        var found = 0
        let all = nanoseconds()
        for _ in 0..<looks {
            let key = keys[Int.random(in: keys.indices, using: &generator)]
            let position = UInt64.random(in: 1...max(1, end), using: &generator)
            let start = nanoseconds()
            if try store.history.document(key.model, id: key.id, asOf: position) != nil { found += 1 }
            times.append(Double(nanoseconds() - start) / 1000)
        }
        var result = BenchResult(name: "history", events: looks, seconds: secondsSince(all))
        result.latencies = times
        result.more = [
            ("positions", .int64(Int64(clamping: end))), ("documents", .int64(Int64(keys.count))),
            ("found", .int64(Int64(found))), ("longest", .double(times.max() ?? 0)),
        ]
        return result
    }
}
