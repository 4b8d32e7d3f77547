import Annals
import BSON
import CFlushProbe
import EventLog
import Glibc
import Platform
import Projections
import Views

/// The process that crash tests kill: opens the store in a directory and appends the lines of a file, telling each
/// answer as it comes.
///
/// Each says "open" first, then "opening DECISION" for each line of the opening report.
///
///     CrashVictim load DIRECTORY FILE FIRST-LINE   "ack LINE POSITION" or "no LINE REASON" for each; the
///                                                  file holds lines from the first on
///     CrashVictim rebuild DIRECTORY FILE FIRST-LINE  the same, all views folded anew meanwhile: see `rebuild`
///     CrashVictim flush DIRECTORY FILE             "waited LINE MILLISECONDS": one event at a time, slow flushes
///     CrashVictim fail DIRECTORY FILE              "ack", "no" as above: a flush fails on the way; then "flushes N"
@main struct Victim {
    static func main() throws {
        let arguments = CommandLine.arguments
        guard arguments.count >= 4 else { exit(64) }
        let lines = try FileSystem.system.readWhole(arguments[3]).split(separator: UInt8(ascii: "\n"))
        var options = StoreOptions()
        options.log.mapBytes = 4 << 30
        options.log.freeSpaceFloorBytes = 0
        options.views.mapBytes = 4 << 30
        options.passwordRounds = 2
        options.firesTimers = false
        let store = try Store(directory: arguments[2], collections: allCollections, options: options)
        tell("open")
        for line in store.openingReport { tell("opening " + line) }
        switch arguments[1] {
        case "load": try load(store, lines, from: arguments.count > 4 ? Int(arguments[4]) ?? 0 : 0)
        case "rebuild": try rebuild(store, lines, from: arguments.count > 4 ? Int(arguments[4]) ?? 0 : 0)
        case "flush": try timeFlushes(store, lines)
        case "fail": try failOnTheWay(store, lines)
        default: exit(64)
        }
    }

    static let delayMilliseconds = 40

    /// A pipe takes so short a text whole or not at all.
    static func tell(_ text: String) {
        var line = text + "\n"
        line.withUTF8 { _ = write(1, $0.baseAddress, $0.count) }
    }

    static func tell(_ line: Int, _ answer: Result<[Receipt], AppendError>) {
        switch answer {
        case .success(let receipts): tell("ack \(line) \(receipts[0].position)")
        case .failure(let error): tell("no \(line) \(error)")
        }
    }

    static func event(_ line: ArraySlice<UInt8>) throws -> NewEvent {
        let object = try JSON.parse(Array(line), extended: false)
        return try object.withRaw { try CloudEvent.parse($0) }
    }

    static func load(_ store: Store, _ lines: [ArraySlice<UInt8>], from first: Int) throws {
        for (index, line) in lines.enumerated() {
            store.submit([try event(line)]) { tell(first + index, $0) }
            while store.queueDepth > 500 { usleep(100) }
        }
        try store.close()
        tell("done")
    }

    static func appendAndWait(_ store: Store, _ event: NewEvent) -> Result<[Receipt], AppendError> {
        let answered = DispatchGate()
        store.submit([event]) { answered.open($0) }
        return answered.wait()
    }

    static func timeFlushes(_ store: Store, _ lines: [ArraySlice<UInt8>]) throws {
        flush_probe_set_delay(Int32(delayMilliseconds))
        for (index, line) in lines.enumerated() {
            let event = try event(line)
            let clock = ContinuousClock()
            let waited = clock.measure { _ = appendAndWait(store, event) }
            tell("waited \(index) \(Int(waited / .milliseconds(1)))")
        }
    }

    static func failOnTheWay(_ store: Store, _ lines: [ArraySlice<UInt8>]) throws {
        let before = flush_probe_count()
        flush_probe_set_failure(Int32(lines.count / 2))
        for (index, line) in lines.enumerated() { tell(index, appendAndWait(store, try event(line))) }
        tell("flushes \(flush_probe_count() - before)")
    }
}
