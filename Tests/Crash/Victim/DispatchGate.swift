import Annals
import Dispatch
import Synchronization

/// Hands one answer from the sequencer's thread to the one that waits.
final class DispatchGate: Sendable {
    private let answer = Mutex<Result<[Receipt], AppendError>?>(nil)
    private let semaphore = DispatchSemaphore(value: 0)

    func open(_ value: Result<[Receipt], AppendError>) {
        answer.withLock { $0 = value }
        semaphore.signal()
    }

    func wait() -> Result<[Receipt], AppendError> {
        semaphore.wait()
        return answer.withLock { $0 } ?? .failure(.stopped("no answer"))
    }
}
