public import Annals
internal import BSON
internal import Dispatch
internal import Foundation
internal import LMDB
internal import Platform
internal import Synchronization
internal import Views

/// Events through the whole store, all projections live, from many emitters at once.
///
/// Each emitter is a thread that waits for its answers before it goes on, as a service does. What an event builds on is
/// answered before it is sent.
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
        let schedule = EmitterSchedule(events, emitters: emitters)
        let tally = Tally(events.count)
        let before = store.position
        let memory = MemorySampler()
        let start = nanoseconds()
        emit(schedule, tally)
        let seconds = secondsSince(start)
        var result = BenchResult(name: "project", events: events.count, seconds: seconds)
        result.memory = memory.finish()
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

    /// Without measuring: one thread submits all in their order, with a bound on what is unanswered.
    public func fill() {
        let size = emitters * inFlight
        let window = DispatchSemaphore(value: 0)
        for _ in 0..<size { window.signal() }
        for event in events {
            window.wait()
            store.submit([event]) { _ in window.signal() }
        }
        for _ in 0..<size { window.wait() }
    }

    private func emit(_ schedule: EmitterSchedule, _ tally: Tally) {
        let all = DispatchGroup()
        let (store, events, inFlight) = (store, events, inFlight)
        for _ in 0..<emitters {
            all.enter()
            Thread {
                Self.work(store, events, inFlight, schedule, tally)
                all.leave()
            }.start()
        }
        all.wait()
    }

    private static func work(
        _ store: Store, _ events: [NewEvent], _ inFlight: Int, _ schedule: EmitterSchedule, _ tally: Tally
    ) {
        let answered = DispatchSemaphore(value: 0)
        while let first = schedule.next() {
            var sent = [first]
            while sent.count < inFlight, let more = schedule.nextIfReady() { sent.append(more) }
            let start = nanoseconds()
            for place in sent {
                store.submit([events[place]]) { answer in
                    if case .failure = answer { tally.refuse() }
                    answered.signal()
                }
            }
            for _ in sent {
                answered.wait()
                tally.add(Double(nanoseconds() - start) / 1000)
            }
            for place in sent { schedule.answered(place) }
        }
    }

    /// What came of the events.
    private final class Tally: Sendable {
        private let state: Mutex<(latencies: [Double], refused: Int)>

        init(_ count: Int) {
            var latencies: [Double] = []
            // Grown ahead, so that its growing is not measured as the store's memory.
            latencies.reserveCapacity(count)
            state = Mutex((latencies, 0))
        }

        func add(_ microseconds: Double) { state.withLock { $0.latencies.append(microseconds) } }
        func refuse() { state.withLock { $0.refused += 1 } }

        var latencies: [Double] { state.withLock { $0.latencies } }
        var refused: Int { state.withLock { $0.refused } }
    }
}
