internal import BSON
internal import Dispatch
internal import Synchronization
internal import Views

/// Counting what every document of a collection must be looked at for, on several threads.
extension Find {
    private static let partsPerThread = 16

    /// How many fit; `nil` where one thread should count them.
    func countInParallel(_ snapshot: borrowing ViewSnapshot, _ plan: Plan, _ budget: QueryBudget)
        throws(QueryError) -> Int?
    {
        let threads = budget.limits.threads
        guard threads > 1, wanted == nil, case .collection(let interval) = plan.access, plan.after == nil else {
            return nil
        }
        guard try documentCount(snapshot) >= budget.limits.documentsForThreads,
            let (first, last) = try ends(snapshot, interval)
        else { return nil }
        let parts = interval.parts(threads * Self.partsPerThread, from: first, through: last)
        let shared = SharedCount()
        let (anotherBudget, twin) = (budget.another, snapshot.twin)
        for _ in 1..<threads {
            DispatchQueue.global(qos: .utility).async {
                // Where every thread has a question of its own, this one may find none free until all is counted.
                guard shared.join() else { return }
                defer { shared.leave() }
                do throws(QueryError) {
                    // A snapshot of its own, since one cannot be read by two at a time, and only one that is the same.
                    guard let snapshot = try Self.open(twin) else { return }
                    try count(parts, snapshot, plan, anotherBudget(), shared)
                } catch { shared.fail(error) }
            }
        }
        do throws(QueryError) { try count(parts, snapshot, plan, budget, shared) } catch { shared.fail(error) }
        shared.close()
        budget.adopt(documentsExamined: shared.examined.load(ordering: .relaxed))
        return try shared.result()
    }

    private func documentCount(_ snapshot: borrowing ViewSnapshot) throws(QueryError) -> Int {
        do { return try snapshot.documentCount(model) } catch { throw QueryError(error) }
    }

    private static func open(_ twin: SnapshotTwin) throws(QueryError) -> ViewSnapshot? {
        do { return try twin.open() } catch { throw QueryError(error) }
    }

    private func ends(_ snapshot: borrowing ViewSnapshot, _ interval: KeyInterval) throws(QueryError)
        -> (first: [UInt8], last: [UInt8])?
    {
        var ends: [[UInt8]] = []
        for backward in [false, true] {
            try snapshot.forEachDocument(model, in: interval, backward: backward) { key, _ throws(QueryError) in
                ends.append(Array(key))
                return false
            }
        }
        return ends.count == 2 ? (ends[0], ends[1]) : nil
    }

    /// Takes part after part, until all are taken or one failed.
    private func count(
        _ parts: [KeyInterval], _ snapshot: borrowing ViewSnapshot, _ plan: Plan, _ budget: QueryBudget,
        _ shared: SharedCount
    ) throws(QueryError) {
        while let part = shared.take(of: parts.count) {
            var count = 0
            let before = budget.documentsExamined
            try snapshot.forEachDocument(model, in: parts[part], backward: false) { _, document throws(QueryError) in
                try budget.examineDocument(filter.steps)
                if try fits(document, plan, budget) { count += 1 }
                return true
            }
            try shared.add(count, examined: budget.documentsExamined - before, budget)
        }
    }
}

/// What threads that count together know of each other.
private final class SharedCount: Sendable {
    private let next = Atomic<Int>(0)
    private let count = Atomic<Int>(0)
    let examined = Atomic<Int>(0)
    private let failure = Mutex<QueryError?>(nil)
    /// Threads that help, and whether one may still begin to.
    private let helpers = Mutex((count: 0, isClosed: false))
    private let lastLeft = DispatchSemaphore(value: 0)

    /// False: all is counted.
    func join() -> Bool {
        helpers.withLock { helpers in
            if !helpers.isClosed { helpers.count += 1 }
            return !helpers.isClosed
        }
    }

    func leave() {
        let isLast = helpers.withLock { helpers in
            helpers.count -= 1
            return helpers.isClosed && helpers.count == 0
        }
        if isLast { lastLeft.signal() }
    }

    /// Waits for those that help; nobody begins to any more.
    func close() {
        let isAlone = helpers.withLock { helpers in
            helpers.isClosed = true
            return helpers.count == 0
        }
        if !isAlone { lastLeft.wait() }
    }

    func take(of parts: Int) -> Int? {
        let part = next.wrappingAdd(1, ordering: .relaxed).oldValue
        return part < parts ? part : nil
    }

    func add(_ fitting: Int, examined more: Int, _ budget: QueryBudget) throws(QueryError) {
        count.wrappingAdd(fitting, ordering: .relaxed)
        try budget.check(documentsExamined: examined.wrappingAdd(more, ordering: .relaxed).newValue)
    }

    func fail(_ error: QueryError) {
        next.store(.max / 2, ordering: .relaxed)
        failure.withLock { $0 = $0 ?? error }
    }

    func result() throws(QueryError) -> Int {
        if let error = failure.withLock({ $0 }) { throw error }
        return count.load(ordering: .relaxed)
    }
}
