import Annals
import ArgumentParser
import BSON
import Bench
import EventGenerator
import Foundation
import Platform
import Projections
import Schema

struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Measure this machine: figures compare within one run.",
        discussion: """
            append   the log alone, against bare LMDB puts of the same records in the same batches (ratio)
            project  events through the whole store, all views live, from many threads at once, each waiting for its answer
            rebuild  the log folded into fresh views; its memory is what it took itself, above anonymousBefore
            rebuilding  appends beside a rebuild of all views, against the same before and after it (p99Ratio)
            get      documents by _id, in process
            history  10,000 single documents as of random positions, in process
            long-history  one document that so many events touch, as of random positions, against folding all of its events (ratios)
            seal     sealing personal values of events and opening them again
            scan     every document of the largest collection, and a group over it
            timers   appends beside so many pending timers against appends beside none (ratios); firing those that are due

            Works in a new directory below --directory and removes it. --file takes the events of a file in place \
            of made ones. get, history and scan ask the store in --data where it is given, which stays as it is.
            """)

    enum Name: String, ExpressibleByArgument, CaseIterable {
        case append, project, rebuild, rebuilding, get, history, seal, scan, timers
        case longHistory = "long-history"
    }

    @Argument(help: "What to measure.") var name: Name
    @Option(help: "How many events (append: records; get: gets; long-history: of the document; timers: pending ones).")
    var events: Int?
    @Option(help: "append: records of a commit.") var batch = 1_000
    @Option(help: "project, rebuilding: emitters at once.") var emitters = 64
    @Option(help: "project: unanswered events of one emitter.") var inFlight = 1
    @Option(help: "Events of this file (NDJSON, .gz too).") var file: String?
    @Option(help: "Where to work.") var directory = "."
    @OptionGroup var store: StoreDirectory
    @OptionGroup var output: Output

    func validate() throws {
        if let events, events < 1 { throw ValidationError("--events must be 1 or more") }
        if batch < 1 || emitters < 1 || inFlight < 1 {
            throw ValidationError("--batch, --emitters and --in-flight must be 1 or more")
        }
        if store.data != nil, ![.get, .history, .scan].contains(name) {
            throw ValidationError("\(name.rawValue) appends events, in a store of its own: it takes no --data")
        }
    }

    func run() throws {
        let scratch = directory + "/annals-bench-\(ProcessInfo.processInfo.processIdentifier)"
        try FileSystem.system.makeDirectories(scratch)
        defer { try? FileSystem.system.removeTree(scratch) }
        let result = try measure(scratch)
        if output.isJSON { try Console.printJSON(result.document) } else { try print(result) }
    }

    private func measure(_ scratch: String) throws -> BenchResult {
        switch name {
        case .append: return try AppendBench(directory: scratch, events: events ?? 1_000_000, batch: batch).run()
        case .project:
            return try withStore(scratch) { store in
                try ProjectBench(
                    store: store, events: try sampleEvents(), emitters: emitters, inFlight: inFlight, directory: scratch
                ).run()
            }
        case .rebuild:
            return try withFilledStore(scratch) { try RebuildBench(store: $0, scratch: scratch + "/rebuilt").run() }
        case .rebuilding:
            return try withStore(scratch) { store in
                try RebuildingBench(
                    store: store, events: try sampleEvents(), emitters: emitters, directory: scratch
                ).run()
            }
        case .get: return try withFilledStore(scratch) { try GetBench(store: $0, gets: events ?? 1_000_000).run() }
        case .history: return try withFilledStore(scratch) { try HistoryBench(store: $0).run() }
        case .longHistory:
            return try withStore(scratch) { try LongHistoryBench(store: $0, touches: events ?? 100_000).run() }
        case .seal:
            return try withStore(scratch) { try SealBench(store: $0, events: try sampleEvents()).run() }
        case .scan: return try withFilledStore(scratch) { try ScanBench(store: $0).run() }
        case .timers:
            return try TimersBench(
                catalogue: try Catalogue(allCollections), directory: scratch, timers: events ?? 1_000_000
            ).run()
        }
    }

    private func withStore<R>(_ scratch: String, _ body: (Store) throws -> R) throws -> R {
        var options = StoreOptions()
        options.firesTimers = false
        let store = try Store(directory: scratch + "/store", collections: allCollections, options: options)
        defer { try? store.close() }
        return try body(store)
    }

    private func withFilledStore<R>(_ scratch: String, _ body: (Store) throws -> R) throws -> R {
        if store.data != nil { return try store.withStore(isSilent: output.isJSON, body) }
        return try withStore(scratch) { store in
            // The events are let go before anything is measured.
            ProjectBench(store: store, events: try sampleEvents(), emitters: 64, inFlight: 200, directory: scratch)
                .fill()
            return try body(store)
        }
    }

    private func sampleEvents() throws -> [NewEvent] {
        var made: [NewEvent] = []
        var parser = JSON.Parser()
        let count = name == .get ? 100_000 : events ?? (file == nil ? 100_000 : .max)
        if let file {
            try LineReader(file).forEachLine { line, _, _ in
                made.append(try parser.parse(line, extended: true).withRaw { try CloudEvent.parse($0) })
                return made.count < count
            }
            return made
        }
        var generator = EventGenerator(seed: 1, users: 2_000, mix: .real)
        var line: [UInt8] = []
        for _ in 0..<count {
            line.removeAll(keepingCapacity: true)
            generator.next(into: &line)
            made.append(
                try line.withUnsafeBytes { line in
                    try parser.parse(line, extended: true).withRaw { try CloudEvent.parse($0) }
                })
        }
        return made
    }

    private func print(_ result: BenchResult) throws {
        for (name, value) in result.document.pairs {
            let shown: String
            switch value {
            case .string(let text): shown = text
            case .int64(let number): shown = Figure.grouped(number)
            case .null: continue
            default: shown = JSON.string(value, style: .relaxed)
            }
            let padding = String(repeating: " ", count: max(1, 26 - name.count))
            try Console.print(Console.dim(name) + padding + shown)
        }
    }
}
