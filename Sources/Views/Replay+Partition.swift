internal import EventLog
internal import Glibc
internal import Schema
internal import Synchronization

/// The processors this process may use.
public let availableCores = max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))

extension Replay {
    /// Groups of collections with about the same number of events to fold, by a sample of the log.
    func partition(_ places: Set<Int>, _ count: Int) throws(ReplayError) -> [Set<Int>] {
        guard count > 1, places.count > 1 else { return [places] }
        var weights: [Int: Int] = [:]
        do throws(LogError) {
            let snapshot = try log.snapshot()
            let step = max(1, log.head.position / 2_000)
            var position: UInt64 = 1
            while let record = try snapshot.record(at: position) {
                for place in store.catalogue.type(record.type)?.followers ?? [] { weights[place, default: 1] += 1 }
                position += step
            }
        } catch { throw .log(error) }
        // The heaviest first, each to the group that has least.
        var groups = [(weight: Int, places: Set<Int>)](repeating: (0, []), count: min(count, places.count))
        for place in places.sorted(by: { (weights[$0] ?? 1, $0) > (weights[$1] ?? 1, $1) }) {
            let lightest = groups.indices.min { groups[$0].weight < groups[$1].weight } ?? 0
            groups[lightest].weight += weights[place] ?? 1
            groups[lightest].places.insert(place)
        }
        return groups.map(\.places)
    }
}

/// How far the parts of a replay have come: the slowest is what counts.
final class ReplayReport: Sendable {
    let through: UInt64
    private let positions: Mutex<[UInt64]>
    private let onProgress: (@Sendable (Replay.Progress) -> Void)?

    init(_ parts: Int, through: UInt64, _ onProgress: (@Sendable (Replay.Progress) -> Void)?) {
        self.through = through
        self.onProgress = onProgress
        positions = Mutex([UInt64](repeating: 0, count: parts))
    }

    func reached(_ position: UInt64, _ part: Int) {
        let slowest = positions.withLock { positions in
            positions[part] = position
            return positions.min() ?? position
        }
        onProgress?(Replay.Progress(position: slowest, through: through))
    }
}
