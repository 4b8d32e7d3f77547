import Foundation
import Testing

/// Import and rebuild need no more memory for more events.
///
/// Both hold a bounded part of their work, which these few events would not fill: the bounds are set low.
@Suite(.serialized) struct MemoryTests {
    static let events = 3_000

    private func peaks(events: Int) throws -> (importing: MemoryPeak, rebuilding: MemoryPeak) {
        let scratch = TemporaryDirectory()
        let made = try Program.run("generate", "--events", "\(events)", "--users", "100", "--seed", "11")
        try made.output.write(toFile: scratch.path("events"), atomically: true, encoding: .utf8)
        let data = scratch.path("data")
        let importing = try Program.memoryPeak(
            "import", scratch.path("events"), "--data", data, "--in-flight", "500", "--json")
        let rebuilding = try Program.memoryPeak("rebuild", "--data", data, "--memory", "2", "--json")
        return (importing, rebuilding)
    }

    @Test func fourTimesTheEventsNeedNoMoreMemory() throws {
        let some = try peaks(events: Self.events)
        let more = try peaks(events: 4 * Self.events)
        for (name, some, more) in [
            ("import", some.importing, more.importing), ("rebuild", some.rebuilding, more.rebuilding),
        ] {
            print("memory: \(name) \(some.bytes >> 10) KiB, of four times the events \(more.bytes >> 10) KiB")
            #expect(some.samples > 50 && more.samples > some.samples, "\(name): looked too seldom")
            #expect(Double(more.bytes) < 1.3 * Double(some.bytes), "\(name): \(some.bytes) bytes, then \(more.bytes)")
        }
    }
}
