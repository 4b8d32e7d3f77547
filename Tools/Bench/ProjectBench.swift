public import Annals
internal import BSON
internal import LMDB
internal import Dispatch
internal import Platform
internal import Synchronization
internal import Views

/// Events through the whole store, all projections live, from many emitters at once.
///
/// The emitters take events from one list in its order, since later ones build on earlier ones, and each has so many
/// unanswered at most.
public struct ProjectBench {
    public var store: Store
    public var events: [NewEvent]
    public var emitters: Int
    /// Unanswered events of one emitter: 1 for a service that waits for each answer.
    public var inFlight: Int
    public var directory: String

    public init(store: Store, events: [NewEvent], emitters: Int, inFlight: Int, directory: String) {
        self.store = store
        self.events = events
        self.emitters = emitters
        self.inFlight = inFlight
        self.directory = directory
    }

    public func run() throws -> BenchResult {
        let probe = try FlushProbe.microseconds(in: directory)
        let tally = Tally(emitters: emitters, window: inFlight)
        let before = store.position
        let start = nanoseconds()
        emit(tally)
        let seconds = secondsSince(start)
        var result = BenchResult(name: "project", events: events.count, seconds: seconds)
        result.latencies = tally.latencies
        result.fsyncProbeMicroseconds = probe
        let written = Double(max(1, store.position - before))
        let logBytes = diskBytes(store.directory + "/log/data.mdb")
        let viewBytes = Double((try? store.views.statistics().usedBytes) ?? 0)
        result.bytesPerEvent = (logBytes + viewBytes) / Double(max(1, store.position))
        let batches = store.metrics.batches.load(ordering: .relaxed)
        result.more = [
            ("emitters", .int32(Int32(clamping: emitters))), ("inFlight", .int32(Int32(clamping: inFlight))),
            ("accepted", .int64(Int64(written))), ("refused", .int64(Int64(tally.refused))),
            ("eventsPerCommit", .double(written / Double(max(1, batches)))),
            ("logBytesPerEvent", .double(logBytes / Double(max(1, store.position)))),
            ("viewBytesPerEvent", .double(viewBytes / Double(max(1, store.position)))),
        ]
        return result
    }

    /// All emitters share few threads, as the tasks of a service do: what an answer frees, the next event takes.
    private func emit(_ tally: Tally) {
        for event in events {
            tally.window.wait()
            let sent = nanoseconds()
            store.submit([event]) { answer in
                tally.answered(answer, Double(nanoseconds() - sent) / 1000)
            }
        }
        for _ in 0..<tally.size { tally.window.wait() }
    }

    /// What came of the events. The answers come on one thread.
    private final class Tally: Sendable {
        let size: Int
        let window: DispatchSemaphore
        private let state = Mutex((latencies: [Double](), refused: 0))

        init(emitters: Int, window: Int) {
            size = emitters * window
            self.window = DispatchSemaphore(value: 0)
            for _ in 0..<size { self.window.signal() }
        }

        func answered(_ answer: Result<[Receipt], AppendError>, _ microseconds: Double) {
            state.withLock { state in
                if case .failure = answer { state.refused += 1 }
                state.latencies.append(microseconds)
            }
            window.signal()
        }

        var latencies: [Double] { state.withLock { $0.latencies } }
        var refused: Int { state.withLock { $0.refused } }
    }
}
