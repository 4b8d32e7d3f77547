import Annals
import BSON
import Foundation
import Schema
import Synchronization

/// The stream given to a store in order, and what became of each line.
struct Import: Sendable {
    enum Outcome: Sendable {
        case accepted(Receipt)
        case refused([Refusal])
        case failed(String)
        case unanswered
    }

    let outcomes: [Outcome]
    let seconds: Double

    /// Parsed by the product's own parser: what is imported is what the command line would import.
    static func parse(_ events: RealEvents) throws -> [NewEvent] {
        var parser = JSON.Parser()
        var parsed: [NewEvent] = []
        parsed.reserveCapacity(events.count)
        try events.forEach { _, json in
            let object = try parser.parse(json, extended: true)
            parsed.append(try object.withRaw { object throws(Refusals) in try CloudEvent.parse(object) })
        }
        return parsed
    }

    /// One event a request, in order, at most `window` of them waiting: a refused one takes no other with it.
    static func run(_ events: [NewEvent], into store: Store, window: Int = 4_000) async -> Import {
        let started = Date()
        let outcomes = Outcomes(events.count)
        await withCheckedContinuation { (done: CheckedContinuation<Void, Never>) in
            Thread.detachNewThread {
                let inFlight = DispatchSemaphore(value: window)
                let all = DispatchGroup()
                for (line, event) in events.enumerated() {
                    inFlight.wait()
                    all.enter()
                    store.submit([event]) { result in
                        outcomes.set(line, Self.outcome(result))
                        inFlight.signal()
                        all.leave()
                    }
                }
                all.wait()
                done.resume()
            }
        }
        return Import(outcomes: outcomes.all, seconds: Date().timeIntervalSince(started))
    }

    private static func outcome(_ result: Result<[Receipt], AppendError>) -> Outcome {
        switch result {
        case .success(let receipts): receipts.first.map { .accepted($0) } ?? .unanswered
        case .failure(.refused(let refused)): .refused(refused.flatMap(\.refusals.reasons))
        case .failure(let error): .failed("\(error)")
        }
    }

    /// Refused requests are answered on the submitting thread, the others on the thread of answers.
    private final class Outcomes: Sendable {
        private let stored: Mutex<[Outcome]>
        init(_ count: Int) { stored = Mutex(Array(repeating: .unanswered, count: count)) }
        func set(_ line: Int, _ outcome: Outcome) { stored.withLock { $0[line] = outcome } }
        var all: [Outcome] { stored.withLock { $0 } }
    }
}
