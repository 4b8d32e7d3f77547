import Annals
import BSON
import EventGenerator

/// The events of a seed, all types and erasures among them, made one by one: the same however often they are asked for.
struct EventStream: ~Copyable {
    static let start: Int64 = 1_704_067_200_000

    let events: Int
    private var generator: EventGenerator
    private var parser = JSON.Parser()
    private var line: [UInt8] = []
    private var made = 0

    init(seed: UInt64, events: Int) {
        self.events = events
        generator = EventGenerator(
            seed: seed, users: min(max(50, events / 200), 20_000), start: Self.start, mix: .everything)
    }

    var typeCounts: [String: Int] { generator.typeCounts }

    /// At most so many of the next events; empty at the end.
    mutating func next(_ count: Int) throws -> [NewEvent] {
        var next: [NewEvent] = []
        for _ in 0..<min(count, events - made) {
            line.removeAll(keepingCapacity: true)
            generator.next(into: &line)
            next.append(
                try line.withUnsafeBytes { line in
                    try parser.parse(line, extended: false).withRaw { try CloudEvent.parse($0) }
                })
            made += 1
        }
        return next
    }
}
