import Dispatch
import Synchronization

/// Runs a task from a thread that may stand still meanwhile: the program's first, on which no task runs.
enum Waiting {
    static func run<R: Sendable>(_ body: @escaping @Sendable () async throws -> R) throws -> R {
        let done = DispatchSemaphore(value: 0)
        let result = Outcome<R>()
        Task.detached {
            do { result.set(.success(try await body())) } catch { result.set(.failure(error)) }
            done.signal()
        }
        done.wait()
        return try result.get()
    }

    private final class Outcome<R: Sendable>: Sendable {
        private struct Missing: Error {}
        private let result = Mutex<Result<R, any Error>?>(nil)

        func set(_ result: Result<R, any Error>) { self.result.withLock { $0 = result } }

        func get() throws -> R {
            guard let result = result.withLock({ $0 }) else { throw Missing() }
            return try result.get()
        }
    }
}
