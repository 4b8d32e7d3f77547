public import Synchronization

/// What the sequencer has done since it started; read by anyone.
public final class SequencerMetrics: Sendable {
    public let events = Atomic<Int>(0)
    /// Those that were committed: with at least one event.
    public let batches = Atomic<Int>(0)
    public let bytes = Atomic<Int>(0)

    func recorded(events count: Int, bytes byteCount: Int) {
        events.add(count, ordering: .relaxed)
        batches.add(1, ordering: .relaxed)
        bytes.add(byteCount, ordering: .relaxed)
    }
}
