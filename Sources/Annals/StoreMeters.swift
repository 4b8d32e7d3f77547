internal import CoreMetrics
internal import Dispatch

/// What a store tells swift-metrics, on threads that nobody waits for: the sequencer itself counts in `SequencerMetrics`.
struct StoreMeters: Sendable {
    /// From a request's admission to its answer.
    private let append: CoreMetrics.Timer
    /// Writing a batch into the log and flushing it.
    private let commit: CoreMetrics.Timer
    private let batchEvents: Recorder
    /// Events that waited for the sequencer when a batch was committed.
    private let waitingEvents: Recorder

    init(_ factory: any MetricsFactory) {
        append = CoreMetrics.Timer(label: "annals_append_duration_seconds", factory: factory)
        commit = CoreMetrics.Timer(label: "annals_commit_duration_seconds", factory: factory)
        batchEvents = Recorder(label: "annals_batch_events", factory: factory)
        waitingEvents = Recorder(label: "annals_waiting_events", factory: factory)
    }

    /// A request that was admitted then is answered now.
    func answered(since start: DispatchTime) { append.recordNanoseconds(Self.nanoseconds(since: start)) }

    /// A batch that began to be written then is in the log now, or is not: `waiting` events came meanwhile.
    func committed(since start: DispatchTime, events: Int, waiting: Int) {
        commit.recordNanoseconds(Self.nanoseconds(since: start))
        batchEvents.record(events)
        waitingEvents.record(waiting)
    }

    private static func nanoseconds(since start: DispatchTime) -> Int64 {
        Int64(clamping: DispatchTime.now().uptimeNanoseconds - start.uptimeNanoseconds)
    }
}
