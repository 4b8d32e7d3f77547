internal import Synchronization

/// What the door has done since it started: requests by route and answer, how long they took, streams.
final class Measurements: Sendable {
    /// Seconds; the upper bounds of the histogram's buckets.
    static let bounds = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

    struct Series: Hashable {
        let method: String
        /// The route as it is declared, so that there are few of them.
        let route: String
    }

    struct Timing {
        var buckets = [Int](repeating: 0, count: Measurements.bounds.count + 1)
        var seconds = 0.0
        var statuses: [Int: Int] = [:]
        var count: Int { buckets.reduce(0, +) }

        mutating func add(_ status: Int, _ taken: Double) {
            buckets[Measurements.bounds.firstIndex { taken <= $0 } ?? Measurements.bounds.count] += 1
            seconds += taken
            statuses[status, default: 0] += 1
        }
    }

    private let timings = Mutex<[Series: Timing]>([:])
    let openStreams = Atomic<Int>(0)
    /// Clients that took nothing and were let go.
    let droppedStreams = Atomic<Int>(0)

    func add(_ series: Series, status: Int, seconds: Double) {
        timings.withLock { $0[series, default: Timing()].add(status, seconds) }
    }

    var all: [(series: Series, timing: Timing)] {
        timings.withLock { Array($0) }
            .sorted { ($0.key.route, $0.key.method) < ($1.key.route, $1.key.method) }
            .map { ($0.key, $0.value) }
    }
}
