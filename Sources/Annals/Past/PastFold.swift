import Synchronization
import Views

/// A set of views on its way: who asks for it waits here, each for as long as they like.
final class PastFold: Sendable {
    struct Key: Hashable, Sendable {
        let position: UInt64
        /// By place in the catalogue.
        let places: Set<Int>
        /// What is supposed; `nil` for what was.
        var hypothesis: Hypothesis?
    }

    let key: Key
    private let reached = Atomic<UInt64>(0)
    private let result = Mutex<Result<PastSet, PastError>?>(nil)
    /// At 1 once it is done.
    private let signal = PositionSignal(at: 0)

    init(_ key: Key) { self.key = key }

    func reach(_ position: UInt64) { reached.store(position, ordering: .relaxed) }
    var reachedPosition: UInt64 { reached.load(ordering: .relaxed) }

    func finish(_ result: Result<PastSet, PastError>) {
        self.result.withLock { $0 = result }
        signal.advance(to: 1)
    }

    /// The set, where it is there within `limit`.
    func wait(within limit: Duration) async throws(PastError) -> PastSet {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.signal.wait(for: 1) }
            group.addTask { try? await Task.sleep(for: limit) }
            await group.next()
            group.cancelAll()
        }
        return try now()
    }

    /// - Throws: `folding` where it is not done.
    func now() throws(PastError) -> PastSet {
        guard let result = result.withLock({ $0 }) else {
            throw .folding(reached: reachedPosition, position: key.position)
        }
        return try result.get()
    }
}
