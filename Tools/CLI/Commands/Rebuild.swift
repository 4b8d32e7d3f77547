import Annals
import AnnalsClient
import ArgumentParser
import BSON
import Foundation
import Schema
import Views

struct RebuildCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rebuild", abstract: "Fold the log anew into views, which then serve in place of the old ones.",
        discussion: """
            On a directory that a server has open, the server does it while the old views serve and writers go on; on one \
            that nobody has open, this program does, as fast as it can. What served before is kept until the next rebuild or \
            erasure: --rollback returns to it. Exit code 1 where --require-equal finds a difference.

            --prepare is for a program of other declarations than the one that serves: it makes all views of its own beside, \
            in DIR/next, and takes them when it is started in the other's place. Those that served then lie there, for the \
            other to return to.
            """)

    @Argument(help: "Names of collections; all unless given.") var names: [String] = []
    @Flag(help: "Let them serve only where every document, index entry and posting equals those that serve.")
    var requireEqual = false
    @Flag(help: "Build them beside, say what differs, and let them not serve yet.") var review = false
    @Flag(help: "Let those serve that were built with --review.") var serve = false
    @Flag(help: "Throw away what was built with --review, or what served before.") var discard = false
    @Flag(help: "Let those serve again that served before, brought up to date.") var rollback = false
    @Flag(help: "Make this program's views beside the server that has the directory open, for when it takes its place.")
    var prepare = false
    @Option(help: ArgumentHelp("What documents being folded may take of memory.", valueName: "mib")) var memory = 256
    @OptionGroup var place: StorePlace
    @OptionGroup var output: Output

    /// What a step on one collection is called.
    private var step: String? { serve ? "serve" : discard ? "discard" : rollback ? "rollback" : nil }
    private var purpose: (name: String, purpose: SlotProgress.Purpose) {
        RebuildStatus.purposes[requireEqual ? 1 : review ? 2 : 0]
    }

    func validate() throws {
        if !(1...1_048_576).contains(memory) { throw ValidationError("--memory must be from 1 to 1048576") }
        if [requireEqual, review, serve, discard, rollback, prepare].count(where: { $0 }) > 1 {
            throw ValidationError(
                "one of --require-equal, --review, --serve, --discard, --rollback and --prepare at a time")
        }
        if prepare, !names.isEmpty || place.url != nil {
            throw ValidationError("--prepare makes all views of a directory on this machine")
        }
        if step != nil, names.isEmpty { throw ValidationError("name the collections") }
    }

    func run() async throws {
        if prepare { return try await PrepareCommand(place: place, isJSON: output.isJSON).run() }
        var differ = false
        try await place.ask(isSilent: output.isJSON) { store in
            guard step == nil, !requireEqual, !review else {
                differ = try beside(RebuildWatch(isSilent: output.isJSON, names: try known(store)), store)
                return
            }
            try atOnce(store)
        } through: { client in
            let watch = RebuildWatch(isSilent: output.isJSON, names: names)
            if let step {
                for name in names { _ = try await client.rebuild(name, step: step) }
            } else {
                _ = try await client.rebuild(names, purpose: purpose.name)
            }
            while !watch.isOver(try await client.rebuilds()) { try await Task.sleep(for: .milliseconds(200)) }
            differ = try watch.say(try await client.rebuilds(), output)
        }
        if differ { throw ExitCode(1) }
    }

    private func known(_ store: Store) throws -> [String] {
        for name in names { _ = try store.model(name) }
        return names
    }

    /// Beside what serves, as a server does.
    private func beside(_ watch: RebuildWatch, _ store: Store) throws -> Bool {
        for name in step == nil ? [] : names {
            switch step {
            case "serve": try store.rebuilds.serve(name)
            case "discard": try store.rebuilds.discard(name)
            default: try store.rebuilds.rollBack(name)
            }
        }
        if step == nil { try store.rebuilds.start(names, purpose.purpose) }
        while !watch.isOver(store.rebuilds.statuses.map(\.document)) { usleep(50_000) }
        return try watch.say(store.rebuilds.statuses.map(\.document), output)
    }

    /// With nobody to be kept waiting.
    private func atOnce(_ store: Store) throws {
        let progress = Progress(isSilent: output.isJSON)
        let start = Date()
        let all = store.catalogue.collections
        let chosen = names.isEmpty ? all : try names.map { try store.model($0) }
        let places = Set(all.indices.filter { place in chosen.contains { $0.number == all[place].number } })
        var replay = Replay(store: store.views, log: store.log) {
            progress.show("replayed \(Figure.grouped($0.position)) of \(Figure.grouped($0.through)) events")
        }
        replay.memoryBytes = memory << 20
        try replay.rebuild(places, through: store.position)
        progress.end()
        let seconds = Date().timeIntervalSince(start)
        let rate = Double(store.position) / max(seconds, 0.001)
        if output.isJSON {
            try Console.printJSON([
                "collections": .int32(Int32(clamping: places.count)),
                "events": .int64(Int64(clamping: store.position)),
                "seconds": .double((seconds * 1000).rounded() / 1000), "eventsPerSecond": .double(rate.rounded()),
            ])
        } else {
            try Console.print(
                "\(places.count) collections rebuilt from \(Figure.grouped(store.position)) events in "
                    + "\(Figure.seconds(seconds)) (\(Figure.grouped(Int(rate))) events/s)")
        }
    }
}
