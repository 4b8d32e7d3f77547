import Dispatch
import EventLog

/// Appends a batch to the log on a thread of its own, while the sequencer writes the views' pages.
///
/// @unchecked Sendable: `batch` and `failure` are touched by the sequencer before `begin` and after `wait`, and by the
/// flushing thread in between; the queue and the semaphore order the two.
final class LogFlusher: @unchecked Sendable {
    private let log: EventLog
    private let queue = DispatchQueue(label: "annals.log", qos: .userInitiated)
    private let done = DispatchSemaphore(value: 0)
    private var batch: LogBatch?
    private var failure: LogError?

    init(_ log: EventLog) { self.log = log }

    func begin(_ batch: LogBatch) {
        self.batch = batch
        failure = nil
        queue.async { [self] in
            do throws(LogError) {
                if let batch = self.batch { try log.append(batch) }
            } catch {
                failure = error
            }
            // Before the sequencer goes on, so that it finds its buffer unshared.
            self.batch = nil
            done.signal()
        }
    }

    /// Waits until the batch is durable, or not.
    func wait() throws(LogError) {
        done.wait()
        if let failure { throw failure }
    }
}
