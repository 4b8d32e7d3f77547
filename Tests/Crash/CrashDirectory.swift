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

    /// Writes generated events, one a line; returns their ids.
    func writeStream(seed: UInt64, events: Int) throws -> [String] {
        var generator = EventGenerator(
            seed: seed, users: 50, start: CrashTests.start, mix: .everything, errorRate: 0)
        var text: [UInt8] = []
        var ids: [String] = []
        for _ in 0..<events {
            let start = text.count
            generator.next(into: &text)
            if text.last != UInt8(ascii: "\n") { text.append(UInt8(ascii: "\n")) }
            let object = try JSONSerialization.jsonObject(with: Data(text[start...])) as? [String: Any]
            ids.append(object?["id"] as? String ?? "")
        }
        try Data(text).write(to: URL(fileURLWithPath: path("events")))
        return ids
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
