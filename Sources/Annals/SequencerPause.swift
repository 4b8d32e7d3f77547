import Dispatch

/// The sequencer rests between two batches while somebody else looks at the views, or writes them.
final class SequencerPause: Sendable {
    private let reached = DispatchSemaphore(value: 0)
    private let over = DispatchSemaphore(value: 0)

    /// On the sequencer's thread.
    func rest() {
        reached.signal()
        over.wait()
    }

    fileprivate func begin() { reached.wait() }
    fileprivate func end() { over.signal() }
}

extension Sequencer {
    /// Runs `body` on this thread while the sequencer rests: the views are where the log is, and nobody writes either.
    /// Everyone who appends waits meanwhile, so it must be short.
    ///
    /// - Throws: `stopped`, where the store is closing; or what `body` throws.
    func whilePaused<R>(_ body: () throws -> R) throws -> R {
        let pause = SequencerPause()
        switch queue.add(PendingRequest([], pause: pause) { _ in }) {
        case .accepted: break
        case .full: throw AppendError.overloaded
        case .closed: throw AppendError.stopped("the store is closing")
        }
        pause.begin()
        defer { pause.end() }
        return try body()
    }
}
