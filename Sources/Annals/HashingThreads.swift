import Dispatch
import Synchronization

/// Slow hashes, on threads of their own: each takes milliseconds and megabytes, which neither the sequencer nor the threads
/// that all tasks share have to give. A few run at a time, some more wait, others are turned away.
final class HashingThreads: Sendable {
    static let width = 2
    static let mostWaiting = 64

    private let queues = (0..<HashingThreads.width).map { DispatchQueue(label: "annals.hashing.\($0)") }
    private let next = Atomic<UInt>(0)
    private let pending = Atomic<Int>(0)

    func run(_ work: @escaping @Sendable () throws(SecretError) -> Bool) async throws(SecretError) -> Bool {
        defer { pending.wrappingSubtract(1, ordering: .relaxed) }
        guard pending.wrappingAdd(1, ordering: .relaxed).newValue <= Self.mostWaiting else { throw .busy }
        let turn = next.wrappingAdd(1, ordering: .relaxed).oldValue
        let queue = queues[Int(turn % UInt(queues.count))]
        let result = await withCheckedContinuation {
            (continuation: CheckedContinuation<Result<Bool, SecretError>, Never>) in
            queue.async {
                do throws(SecretError) {
                    continuation.resume(returning: .success(try work()))
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
        }
        return try result.get()
    }
}
