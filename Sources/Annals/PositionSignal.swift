internal import Synchronization

/// How far the views are, and waiting until they are further. Any number of tasks wait; none holds anything meanwhile.
final class PositionSignal: Sendable {
    private struct State {
        var waiters: [UInt64: Waiter] = [:]
        var nextNumber: UInt64 = 0
        var isFinished = false
    }

    private struct Waiter {
        let target: UInt64
        let continuation: CheckedContinuation<Void, Never>
    }

    private let reached: Atomic<UInt64>
    private let state = Mutex(State())

    init(at position: UInt64) { reached = Atomic(position) }

    var position: UInt64 { reached.load(ordering: .acquiring) }

    /// The store closes: nobody waits any more.
    var isFinished: Bool { state.withLock { $0.isFinished } }

    /// Told after a batch is visible. O(waiters) where it moves, else O(1) without a lock.
    func advance(to position: UInt64) {
        guard reached.max(position, ordering: .acquiringAndReleasing).oldValue < position else { return }
        wake { $0.target <= position }
    }

    func finish() {
        state.withLock { $0.isFinished = true }
        wake { _ in true }
    }

    private func wake(_ isWoken: (Waiter) -> Bool) {
        let woken = state.withLock { state -> [Waiter] in
            let woken = state.waiters.filter { isWoken($0.value) }
            for number in woken.keys { state.waiters[number] = nil }
            return Array(woken.values)
        }
        for waiter in woken { waiter.continuation.resume() }
    }

    /// Returns once the views hold `target`, the store closes, or the task is cancelled.
    func wait(for target: UInt64) async {
        let number = state.withLock { state in
            state.nextNumber += 1
            return state.nextNumber
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
                let isOver = state.withLock { state in
                    // Under the lock: who advances after this sees the waiter.
                    if state.isFinished || position >= target || Task.isCancelled { return true }
                    state.waiters[number] = Waiter(target: target, continuation: continuation)
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: number) }?.continuation.resume()
        }
    }
}
