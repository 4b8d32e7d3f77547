import Annals
import Dispatch
import EventLog
import Foundation
import Glibc
import Platform
import Projections
import Synchronization

/// An import of the stream into a store, in batches of many sizes. One that was cut short is run again from the first
/// event: those that are there are answered and not appended.
struct Importing {
    let directory: String
    let seed: UInt64
    let events: Int
    /// In a process that will be killed.
    let dies: Bool

    struct Report {
        let batches: Int
        let typeCounts: [String: Int]
    }

    /// Fast: cheap passwords, a clock that stands still, floors that a small disk does not touch.
    static func options(_ randomness: Randomness = .system) -> StoreOptions {
        var options = StoreOptions()
        options.log.freeSpaceFloorBytes = 0
        options.passwordRounds = 2
        options.firesTimers = false
        options.randomness = randomness
        options.clock = .fixed(EventStream.start)
        return options
    }

    /// Events queued at once before the next are made, drawn anew each time: many batches of whatever stream.
    private var bursts: [Int] { [1, 2, 16, 150, 1_200, 5_000].filter { $0 <= max(16, events / 20) } }

    /// `opened` hears what opening decided, `reached` the store's position after each burst.
    func run(opened: ([String]) -> Void = { _ in }, reached: (UInt64) -> Void = { _ in }) throws -> Report {
        let random = RepeatableRandomness(seed: seed)
        let store = try Store(
            directory: directory, collections: allCollections, options: Self.options(random.randomness))
        random.begin()
        opened(store.openingReport)
        // Otherwise in every life and every store: that is what is compared.
        var sizes = SplitMix64(state: seed &+ store.position &+ (dies ? 1 << 32 : 0))
        let bursts = bursts
        var stream = EventStream(seed: seed, events: events)
        let refusal = Mutex<String?>(nil)
        while true {
            let burst = try stream.next(bursts[Int(sizes.next() % UInt64(bursts.count))])
            if burst.isEmpty { break }
            let answers = DispatchGroup()
            for event in burst {
                answers.enter()
                store.submit([event]) { result in
                    if case .failure(let error) = result {
                        refusal.withLock { $0 = $0 ?? "\(event.type) \(event.id): \(error)" }
                    }
                    answers.leave()
                }
            }
            answers.wait()
            if let refusal = refusal.withLock({ $0 }) { throw Failed("an event was refused: \(refusal)") }
            reached(store.position)
        }
        let report = Report(
            batches: Int(store.metrics.batches.load(ordering: .relaxed)), typeCounts: stream.typeCounts)
        guard store.position == UInt64(events) else { throw Failed("\(store.position) events are there of \(events)") }
        try store.close()
        return report
    }
}

/// What the check found.
struct Failed: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
