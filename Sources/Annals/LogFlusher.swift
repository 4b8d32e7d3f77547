import Dispatch
import EventLog

/// Appends a batch to the log on a thread of its own, while the sequencer writes the views' pages.
///
/// @unchecked Sendable: `batch` and `failure` are touched by the sequencer before `begin` and after `wait`, and by the
/// flushing thread in between; the thread and the semaphore order the two.
final class LogFlusher: @unchecked Sendable {
    private let log: EventLog
    private let queue: RequestQueue
    private let meters: StoreMeters
    private let thread = DispatchQueue(label: "annals.log", qos: .userInitiated)
    private let done = DispatchSemaphore(value: 0)
    private var batch: LogBatch?
    private var failure: LogError?

    init(_ log: EventLog, _ queue: RequestQueue, _ meters: StoreMeters) {
        self.log = log
        self.queue = queue
        self.meters = meters
    }

    func begin(_ batch: LogBatch) {
        self.batch = batch
        failure = nil
        thread.async { [self] in
            let start = DispatchTime.now()
            let count = self.batch?.count ?? 0
            do throws(LogError) {
                if let batch = self.batch { try log.append(batch) }
            } catch {
                failure = error
            }
            // Before the sequencer goes on, so that it finds its buffer unshared.
            self.batch = nil
            done.signal()
            meters.committed(since: start, events: count, waiting: queue.depth)
        }
    }

    /// Waits until the batch is durable, or not.
    func wait() throws(LogError) {
        done.wait()
        if let failure { throw failure }
    }
}
