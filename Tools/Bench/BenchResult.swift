public import BSON

/// The figures of one benchmark. Rates of different runs compare only where their fsync probes do.
public struct BenchResult: Sendable {
    public let name: String
    public let events: Int
    public let seconds: Double
    /// Of single operations, in microseconds; empty where there are none.
    public var latencies: [Double] = []
    /// Median microseconds of writing 4 KiB and flushing it, in the same minute on the same disk.
    public var fsyncProbeMicroseconds: Double?
    /// What was measured needed; the whole process so far, where there is none.
    public var memory: MemoryUse?
    /// Bytes on disk for each event.
    public var bytesPerEvent: Double?
    /// What only this benchmark has, in the order to show.
    public var more: [(name: String, value: Value)] = []

    public init(name: String, events: Int, seconds: Double) {
        self.name = name
        self.events = events
        self.seconds = seconds
    }

    public var eventsPerSecond: Double { seconds > 0 ? Double(events) / seconds : 0 }

    /// The given part of the latencies is at most this, in microseconds.
    public func percentile(_ part: Double) -> Double? {
        guard !latencies.isEmpty else { return nil }
        let sorted = latencies.sorted()
        return sorted[min(sorted.count - 1, Int(Double(sorted.count) * part))]
    }

    public var document: Document {
        var document: Document = [
            "name": .string(name), "events": .int64(Int64(events)), "seconds": .double(rounded(seconds)),
            "eventsPerSecond": .double(eventsPerSecond.rounded()),
        ]
        func add(_ name: String, _ value: Double?) {
            document.append(name, value.map { .double(rounded($0)) } ?? .null)
        }
        add("p50", percentile(0.5))
        add("p99", percentile(0.99))
        document.append("peakRSS", .int64(memory?.peakResident ?? ProcessMemory.peakBytes))
        document.append("peakAnonymous", .int64(memory?.peakAnonymous ?? ProcessMemory.anonymousBytes))
        if let memory { document.append("anonymousBefore", .int64(memory.anonymousBefore)) }
        add("bytesPerEvent", bytesPerEvent)
        add("fsyncProbeMicroseconds", fsyncProbeMicroseconds)
        for (name, value) in more {
            if case .double(let number) = value { add(name, number) } else { document.append(name, value) }
        }
        return document
    }

    private func rounded(_ number: Double) -> Double {
        let scale = number.magnitude < 10 ? 1000.0 : 10
        return (number * scale).rounded() / scale
    }
}
