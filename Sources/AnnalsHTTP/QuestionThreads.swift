internal import Dispatch
internal import HTTPTypes
internal import Synchronization

/// Where questions that look at much are answered: not on the threads that all requests share, which would keep appends and
/// health checks waiting. As many run at a time as there are cores, some more wait, others are turned away.
package final class QuestionThreads: Sendable {
    private let mostWaiting: Int

    // Of a class of its own, so that answers to appends, which are `userInitiated`, never stand behind questions.
    private let queue = DispatchQueue(label: "annals.questions", qos: .utility, attributes: .concurrent)
    private let pending = Atomic<Int>(0)

    package init(mostWaiting: Int = 256) { self.mostWaiting = mostWaiting }

    package func run<R: Sendable>(_ body: @escaping @Sendable () throws -> R) async throws -> R {
        defer { pending.wrappingSubtract(1, ordering: .relaxed) }
        guard pending.wrappingAdd(1, ordering: .relaxed).newValue <= mostWaiting else {
            throw Problem(
                .serviceUnavailable, "busy", "There are too many questions",
                "\(mostWaiting) that look at much wait or run; try again later, or filter by an indexed field")
        }
        return try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Result(catching: body)) }
        }
    }
}
