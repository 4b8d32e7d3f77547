public import Annals
internal import BSON
internal import Foundation
internal import Views

/// Appends beside a rebuild of all views, against appends of the same emitters before and after it.
public struct RebuildingBench {
    public var store: Store
    public var events: [NewEvent]
    public var emitters: Int
    public var directory: String
    /// Events between two looks at whether the rebuild goes on.
    private static let stretch = 500

    public init(store: Store, events: [NewEvent], emitters: Int, directory: String) {
        self.store = store
        self.events = events
        self.emitters = emitters
        self.directory = directory
    }

    /// A half of the events is there before, an eighth is sent before and after each, the rest while views are rebuilt.
    public func run() throws -> BenchResult {
        let (half, eighth) = (events.count / 2, events.count / 8)
        bench(events[..<half], inFlight: 200).fill()
        let probe = try FlushProbe.microseconds(in: directory)
        var quiet = try bench(events[half..<(half + eighth)]).run().latencies
        let start = nanoseconds()
        try store.rebuilds.start([])
        var beside: [Double] = []
        var next = half + eighth
        while isRebuilding, next < events.count - eighth {
            let end = min(next + Self.stretch, events.count - eighth)
            beside += try bench(events[next..<end]).run().latencies
            next = end
        }
        let seconds = secondsSince(start)
        // What is left of it, if anything, has nobody to be measured beside.
        while isRebuilding { Thread.sleep(forTimeInterval: 0.05) }
        let whole = secondsSince(start)
        quiet += try bench(events[(events.count - eighth)...]).run().latencies
        var result = BenchResult(name: "rebuilding", events: beside.count, seconds: seconds)
        result.latencies = beside
        result.fsyncProbeMicroseconds = probe
        var before = BenchResult(name: "quiet", events: quiet.count, seconds: 0)
        before.latencies = quiet
        let served = store.rebuilds.statuses.count { $0.state == .serves }
        result.more = [
            ("emitters", .int32(Int32(clamping: emitters))), ("rebuilt", .int32(Int32(clamping: served))),
            ("rebuildSeconds", .double(whole)), ("quietP50", .double(before.percentile(0.5) ?? 0)),
            ("quietP99", .double(before.percentile(0.99) ?? 0)),
            ("p99Ratio", .double((result.percentile(0.99) ?? 0) / max(before.percentile(0.99) ?? 0, 0.001))),
        ]
        return result
    }

    private var isRebuilding: Bool { store.rebuilds.statuses.contains { !$0.state.isOver } }

    private func bench(_ events: ArraySlice<NewEvent>, inFlight: Int = 1) -> ProjectBench {
        ProjectBench(
            store: store, events: Array(events), emitters: emitters, inFlight: inFlight, directory: directory)
    }
}
