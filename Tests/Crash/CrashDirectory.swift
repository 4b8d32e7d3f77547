import Annals
import EventGenerator
import EventLog
import Foundation
import Platform
import Projections
import Views

/// A temporary directory with a file of events and the victim's store; gone when the object is.
final class CrashDirectory {
    private let root: String

    init() {
        root = NSTemporaryDirectory() + "annals-crash-" + UUID().uuidString
        try? FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: root) }

    func path(_ name: String) -> String { root + "/" + name }

    /// Generated events, one a line, and their ids.
    struct Stream {
        var lines: [Data] = []
        var ids: [String] = []
    }

    /// Writes generated events, one a line; returns their ids.
    func writeStream(seed: UInt64, events: Int) throws -> [String] {
        let stream = try makeStream(seed: seed, events: events)
        try write(stream, from: 0)
        return stream.ids
    }

    /// Most lines that one life of the victim is given: more than it can append.
    static let linesOfALife = 4_000

    /// Writes so many lines as one life may need.
    func write(_ stream: Stream, from first: Int) throws {
        let lines = stream.lines[min(first, stream.lines.count)...].prefix(Self.linesOfALife)
        try Data(lines.joined()).write(to: URL(fileURLWithPath: path("events")))
    }

    func makeStream(seed: UInt64, events: Int) throws -> Stream {
        var generator = EventGenerator(
            seed: seed, users: 50, start: CrashTests.start, mix: .everything, errorRate: 0)
        var stream = Stream()
        var text: [UInt8] = []
        for _ in 0..<events {
            text.removeAll(keepingCapacity: true)
            generator.next(into: &text)
            if text.last != UInt8(ascii: "\n") { text.append(UInt8(ascii: "\n")) }
            let object = try JSONSerialization.jsonObject(with: Data(text)) as? [String: Any]
            stream.lines.append(Data(text))
            stream.ids.append(object?["id"] as? String ?? "")
        }
        return stream
    }

    var options: StoreOptions {
        var options = StoreOptions()
        options.log.mapBytes = 4 << 30
        options.log.freeSpaceFloorBytes = 0
        options.views.mapBytes = 4 << 30
        options.passwordRounds = 2
        options.firesTimers = false
        return options
    }

    func openStore() throws -> Store {
        try Store(directory: path("store"), collections: allCollections, options: options)
    }

    func openLog() throws -> EventLog {
        try EventLog(
            directory: path("store/log"), highWaterPath: path("store/high-water"), options: options.log,
            fileSystem: .system, clock: .system, randomness: .system)
    }
}
