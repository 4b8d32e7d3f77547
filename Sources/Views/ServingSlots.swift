internal import Synchronization

/// Which slots serve, and since which commit: who reads an older one reads what served then.
final class ServingSlots: Sendable {
    private struct State {
        var now: ViewStore.Target
        /// The first commit that it serves in.
        var since: Int
        var before: ViewStore.Target
    }

    private let state: Mutex<State>

    init(_ target: ViewStore.Target) { state = Mutex(State(now: target, since: 0, before: target)) }

    var now: ViewStore.Target { state.withLock { $0.now } }

    /// Those of a snapshot.
    func target(at commit: Int) -> ViewStore.Target { state.withLock { commit >= $0.since ? $0.now : $0.before } }

    /// Before the commit: nobody may see it without knowing.
    func serve(_ target: ViewStore.Target, from commit: Int) {
        state.withLock { $0 = State(now: target, since: commit, before: $0.now) }
    }

    /// The commit did not come about.
    func takeBack() { state.withLock { $0 = State(now: $0.before, since: 0, before: $0.before) } }
}
