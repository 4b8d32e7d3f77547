import Annals
import ArgumentParser
import BSON
import Foundation
import Schema
import Views

struct RebuildCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rebuild", abstract: "Fold the log anew into views, which then serve in place of the old ones.")

    @Argument(help: "Names of collections; all unless given.") var names: [String] = []
    @Option(help: ArgumentHelp("What documents being folded may take of memory.", valueName: "mib")) var memory = 256
    @OptionGroup var store: StoreDirectory
    @OptionGroup var output: Output

    func validate() throws {
        if !(1...1_048_576).contains(memory) { throw ValidationError("--memory must be from 1 to 1048576") }
    }

    func run() throws {
        let progress = Progress(isSilent: output.isJSON)
        let start = Date()
        let (collections, events) = try store.withStore(isSilent: output.isJSON) { store in
            let all = store.catalogue.collections
            let chosen = names.isEmpty ? all : try names.map { try store.model($0) }
            let places = Set(all.indices.filter { place in chosen.contains { $0.number == all[place].number } })
            var replay = Replay(store: store.views, log: store.log) {
                progress.show("replayed \(Figure.grouped($0.position)) of \(Figure.grouped($0.through)) events")
            }
            replay.memoryBytes = memory << 20
            try replay.rebuild(places, through: store.position)
            return (places.count, store.position)
        }
        progress.end()
        let seconds = Date().timeIntervalSince(start)
        let rate = Double(events) / max(seconds, 0.001)
        if output.isJSON {
            try Console.printJSON([
                "collections": .int32(Int32(clamping: collections)), "events": .int64(Int64(clamping: events)),
                "seconds": .double((seconds * 1000).rounded() / 1000), "eventsPerSecond": .double(rate.rounded()),
            ])
        } else {
            try Console.print(
                "\(collections) collections rebuilt from \(Figure.grouped(events)) events in "
                    + "\(Figure.seconds(seconds)) (\(Figure.grouped(Int(rate))) events/s)")
        }
    }
}
