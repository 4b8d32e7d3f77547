import Proofs
import Synchronization

/// Sends checkpoints outside, and knows who has taken which. A sink that fails costs nothing but a word.
final class CheckpointSinks: Sendable {
    private struct Status {
        var takenAt: Int64?
        var problem: String?
        var isSending = false
    }

    private let options: StoreOptions
    private let states: Mutex<[Status]>
    private let openedAt: Int64
    private let isLate = Atomic<Bool>(false)

    init(_ options: StoreOptions) {
        self.options = options
        states = Mutex(options.checkpoints.sinks.map { _ in Status() })
        openedAt = options.clock.now()
    }

    /// Each is sent one at a time; one that is still busy with the one before gets the next.
    func send(_ note: SignedNote, _ now: Int64) {
        for (place, sink) in options.checkpoints.sinks.enumerated() {
            let isFree = states.withLock { states in
                defer { states[place].isSending = true }
                return !states[place].isSending
            }
            guard isFree else { continue }
            Task { [self] in
                var problem: String?
                do { try await sink.send(note) } catch { problem = "\(error)" }
                ended(place, sink.name, problem)
            }
        }
    }

    private func ended(_ place: Int, _ name: String, _ problem: String?) {
        let now = options.clock.now()
        let before = states.withLock { states -> String? in
            let before = states[place].problem
            states[place].isSending = false
            states[place].problem = problem
            if problem == nil { states[place].takenAt = now }
            return before
        }
        if let problem, before == nil { options.report("warning: \(name) did not take a checkpoint: \(problem)") }
        if problem == nil, before != nil { options.report("\(name) takes checkpoints again") }
    }

    /// Warns once, where for long nobody has taken one.
    func look(_ now: Int64) {
        guard let last = lastTaken() else { return }
        let late = now - last >= Int64(options.checkpoints.patienceSeconds) * 1_000
        guard late, !isLate.exchange(true, ordering: .relaxed) else {
            if !late { isLate.store(false, ordering: .relaxed) }
            return
        }
        options.report(
            "warning: for \(options.checkpoints.patienceSeconds) s nobody outside has taken a checkpoint; a rollback of "
                + "this directory could not be seen since")
    }

    /// When anybody took one, or the store was opened; `nil` where there is nobody.
    private func lastTaken() -> Int64? {
        states.withLock { states in
            states.isEmpty ? nil : states.compactMap(\.takenAt).max() ?? openedAt
        }
    }

    /// How long ago each took one, in milliseconds; since opening where none was.
    func ages() -> [(name: String, milliseconds: Int64)] {
        let now = options.clock.now()
        return states.withLock { states in
            zip(options.checkpoints.sinks, states).map { ($0.name, now - ($1.takenAt ?? openedAt)) }
        }
    }
}
