import Foundation
import Glibc

/// Equality at any size: one generated stream, all types and erasures among it, imported in batches of many sizes; again
/// by a process that is killed and restarted; replayed from nothing; each collection rebuilt alone. The views must be the
/// same bytes, table by table.
///
///     swift run -c release EqualityCheck EVENTS [SEED] [KILLS] [DIRECTORY]
///
/// Exit code 1 and a sentence where they are not.
@main struct EqualityCheck {
    static func main() {
        let arguments = CommandLine.arguments
        do {
            if arguments.count == 5, arguments[1] == "import" {
                return try importAndTell(arguments[2], arguments[3], arguments[4])
            }
            guard arguments.count > 1, let events = Int(arguments[1]), events > 0 else {
                throw Failed("usage: EqualityCheck EVENTS [SEED] [KILLS] [DIRECTORY]")
            }
            try EqualityCheck(
                events: events, seed: arguments.count > 2 ? UInt64(arguments[2]) ?? 1 : 1,
                kills: arguments.count > 3 ? Int(arguments[3]) ?? 8 : 8,
                parent: arguments.count > 4 ? arguments[4] : NSTemporaryDirectory()
            ).run()
        } catch {
            say("FAILED: \(error)")
            exit(1)
        }
    }

    /// A life that may be killed.
    private static func importAndTell(_ directory: String, _ seed: String, _ events: String) throws {
        guard let seed = UInt64(seed), let events = Int(events) else { throw Failed("not numbers: \(seed), \(events)") }
        let report = try Importing(directory: directory, seed: seed, events: events, dies: true).run(
            opened: { for line in $0 { say("opening \(line)") } }, reached: { say("at \($0)") })
        say("done \(report.batches)")
    }

    /// At once, also into a pipe.
    private static func say(_ text: String) {
        var line = text + "\n"
        line.withUTF8 { _ = write(1, $0.baseAddress, $0.count) }
    }

    let events: Int
    let seed: UInt64
    let kills: Int
    let parent: String

    private func run() throws {
        let start = Date()
        func tell(_ text: String) { Self.say("\(Int(Date().timeIntervalSince(start))) s: \(text)") }
        let directory = parent + "/annals-equality-\(getpid())"
        defer { try? FileManager.default.removeItem(atPath: directory) }
        Self.say("\(events) events, seed \(seed), \(kills) kills")

        let live = Importing(directory: directory + "/live", seed: seed, events: events, dies: false)
        let report = try live.run()
        let erasures = report.typeCounts.filter { $0.key.hasSuffix(".erased") }.values.reduce(0, +)
        tell("imported in \(report.batches) commits: \(report.typeCounts.count) types, \(erasures) erasures")
        guard erasures > 0 else { throw Failed("the stream has no erasures: more events are needed") }

        let killed = Importing(directory: directory + "/killed", seed: seed, events: events, dies: true)
        let deaths = try KilledImport(importing: killed, kills: killMoments()).run()
        tell("imported again, killed \(deaths) times")
        let names = try KeyNames(of: live.directory, in: killed.directory)
        let digests = try TableDigests(live.directory, names)
        let differences = try digests.differences(TableDigests(killed.directory, KeyNames()))
        guard differences.isEmpty else { throw Failed("the killed store differs: \(differences)") }
        tell("the killed store: the same bytes in \(digests.tables.count) tables, \(digests.entries) entries")

        try Refolding(directory: killed.directory, scratch: directory + "/killed-replayed").run {
            tell("the killed store, \($0)")
        }
        try Refolding(directory: live.directory, scratch: directory + "/replayed").run { tell("the live store, \($0)") }
        tell("equal")
    }

    /// Spread over the log by the seed, and over what a process does between two bursts.
    private func killMoments() -> [(position: UInt64, microseconds: UInt32)] {
        var generator = SplitMix64(state: seed)
        let positions = (0..<kills).map { _ in generator.next() % UInt64(max(1, events * 9 / 10)) }
        return positions.sorted().map { ($0, UInt32(generator.next() % 60_000)) }
    }
}
