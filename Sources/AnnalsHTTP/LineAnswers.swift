internal import Synchronization

/// The answers to some lines, set in any order from any thread and awaited all together, by one task.
final class LineAnswers: Sendable {
    private struct State {
        var answers: [[UInt8]]
        var missing: Int
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state: Mutex<State>

    init(count: Int) {
        state = Mutex(State(answers: Array(repeating: [], count: count), missing: count))
    }

    func set(_ place: Int, _ answer: [UInt8]) {
        let waiter = state.withLock { state in
            state.answers[place] = answer
            state.missing -= 1
            return state.missing == 0 ? state.waiter.take() : nil
        }
        waiter?.resume()
    }

    /// All answers, one after the other, once the last is there.
    func all() async -> [UInt8] {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let isComplete = state.withLock { state in
                if state.missing > 0 { state.waiter = continuation }
                return state.missing == 0
            }
            if isComplete { continuation.resume() }
        }
        return state.withLock { Array($0.answers.joined()) }
    }
}
