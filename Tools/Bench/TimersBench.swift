internal import Annals
internal import BSON
internal import Dispatch
internal import Platform
public import Schema
internal import Synchronization

/// What many pending timers cost: an append beside them against one beside none, opening, firing those that are due.
public struct TimersBench {
    public var catalogue: Catalogue
    public var directory: String
    /// How many are pending; in whole people.
    public var timers: Int
    public var rounds = 9
    /// Appends one after the other, and of one request, in each round.
    public var appends = 100
    public var requestSize = 1_000

    public init(catalogue: Catalogue, directory: String, timers: Int) {
        self.catalogue = catalogue
        self.directory = directory
        self.timers = timers
    }

    public func run() throws -> BenchResult {
        let people = max(1, timers / PendingTimers.kinds)
        let probe = try FlushProbe.microseconds(in: directory)
        let clock = ManualClock(milliseconds: PendingTimers.start)
        // The same people in both.
        let none = try open("none", clock)
        let start = nanoseconds()
        try fill(none, people, pending: false)
        try makePending(people, clock)
        let filling = secondsSince(start)
        let opening = nanoseconds()
        let pending = try open("pending", clock)
        let openSeconds = secondsSince(opening)
        let (count, bytes) = try PendingTimers.count(pending.snapshot())
        let memory = MemorySampler()
        let alone = try compare(none, pending, people, "alone") { store, events in
            var times: [Double] = []
            for event in events {
                let start = nanoseconds()
                try Self.append([event], to: store)
                times.append(Double(nanoseconds() - start) / 1000)
            }
            return times.sorted()[times.count / 2]
        }
        let together = try compare(none, pending, people, "together") { store, events in
            let start = nanoseconds()
            try Self.append(events, to: store)
            return Double(nanoseconds() - start) / 1000 / Double(events.count)
        }
        let fired = try fire(pending, clock, people)
        var result = BenchResult(name: "timers", events: Int(none.position + pending.position), seconds: filling)
        result.memory = memory.finish()
        result.fsyncProbeMicroseconds = probe
        result.more = [
            ("timers", .int64(Int64(count))),
            ("appendMicrosecondsBesideNone", .double(alone.none)), ("appendMicroseconds", .double(alone.pending)),
            ("appendRatio", .double(alone.ratio)),
            ("batchedMicrosecondsBesideNone", .double(together.none)),
            ("batchedMicroseconds", .double(together.pending)), ("batchedRatio", .double(together.ratio)),
            ("fired", .int64(Int64(fired.count))), ("fireSeconds", .double(fired.seconds)),
            ("firedPerSecond", .double(Double(fired.count) / max(fired.seconds, 1e-6))),
            ("openSeconds", .double(openSeconds)),
            ("dueBytesPerTimer", .double(Double(bytes) / Double(max(1, count)))),
        ]
        try none.close()
        try pending.close()
        return result
    }

    private func open(_ name: String, _ clock: ManualClock) throws -> Store {
        var options = StoreOptions()
        options.firesTimers = false
        options.clock = clock.clock
        return try Store(directory: directory + "/" + name, catalogue: catalogue, options: options)
    }

    // MARK: Filling

    /// Its environments close when the last reference goes, before it is opened anew.
    private func makePending(_ people: Int, _ clock: ManualClock) throws {
        let store = try open("pending", clock)
        try fill(store, people, pending: true)
        try store.close()
    }

    private func fill(_ store: Store, _ people: Int, pending: Bool) throws {
        try Self.append([PendingTimers.agent], to: store)
        let failure = Mutex<AppendError?>(nil)
        let window = DispatchSemaphore(value: 0)
        let size = 40
        for _ in 0..<size { window.signal() }
        for first in stride(from: 0, to: people, by: 100) {
            var request: [NewEvent] = []
            for number in first..<min(first + 100, people) {
                request.append(PendingTimers.person(number))
                if pending { request += PendingTimers.pending(number) }
            }
            window.wait()
            store.submit(request) { answer in
                if case .failure(let error) = answer { failure.withLock { $0 = $0 ?? error } }
                window.signal()
            }
        }
        for _ in 0..<size { window.wait() }
        if let failure = failure.withLock({ $0 }) { throw failure }
    }

    /// As history, so that each looks for what is due by its own time, which is before all that is pending.
    private static func append(_ events: [NewEvent], to store: Store) throws {
        let answer = Mutex<Result<[Receipt], AppendError>?>(nil)
        let done = DispatchSemaphore(value: 0)
        store.submit(events, isHistory: true) { result in
            answer.withLock { $0 = result }
            done.signal()
        }
        done.wait()
        _ = try answer.withLock { $0 }?.get()
    }

    // MARK: Measuring

    /// Medians of the rounds, both stores in turn, and of their ratios. The first round is not counted.
    private func compare(
        _ none: Store, _ pending: Store, _ people: Int, _ name: String,
        _ measure: (Store, [NewEvent]) throws -> Double
    ) throws -> (none: Double, pending: Double, ratio: Double) {
        var times: [(none: Double, pending: Double)] = []
        for round in 0...rounds {
            let events = probes("\(name)-\(round)", people, name == "alone" ? appends : requestSize)
            // In turn the first, so that neither always finds what the other has warmed.
            let first = round % 2 == 0 ? try measure(none, events) : nil
            let beside = try measure(pending, events)
            let time = (none: try first ?? measure(none, events), pending: beside)
            if round > 0 { times.append(time) }
        }
        func median(_ of: ((none: Double, pending: Double)) -> Double) -> Double {
            times.map(of).sorted()[times.count / 2]
        }
        return (median(\.none), median(\.pending), median { $0.pending / $0.none })
    }

    /// Half of them let a timer begin or move, half have nothing to do with any; of people all over.
    private func probes(_ name: String, _ people: Int, _ count: Int) -> [NewEvent] {
        (0..<count).map { index in
            let number = Int((UInt64(index) &* 0x9E37_79B9_7F4A_7C15 >> 20) % UInt64(people))
            let id = "\(name)-\(index)"
            if index % 2 == 0 { return PendingTimers.reset(number, id) }
            return NewEvent(
                id: id, source: "/bench", type: "user.loggedIn",
                time: DateTime(milliseconds: PendingTimers.start),
                data: ["userId": .objectID(PendingTimers.id(number))])
        }
    }

    /// Lets the clock reach the moment when a hundredth is due, and at least one person's.
    private func fire(_ store: Store, _ clock: ManualClock, _ people: Int) throws -> (count: UInt64, seconds: Double) {
        let before = store.position
        clock.set(milliseconds: PendingTimers.due(people: max(1, people / 100)))
        let failure = Mutex<(any Error)?>(nil)
        let done = DispatchSemaphore(value: 0)
        let start = nanoseconds()
        Task.detached {
            do { try await store.fireDueTimers() } catch { failure.withLock { $0 = error } }
            done.signal()
        }
        done.wait()
        let seconds = secondsSince(start)
        if let failure = failure.withLock({ $0 }) { throw failure }
        return (store.position - before, seconds)
    }
}
