import Annals
import ArgumentParser
import BSON
import Views

struct ReplayDiff: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff", abstract: "In which fields a document differs between two positions, or two moments.")

    @Argument(help: ArgumentHelp("A position, or a time (2026-01-31T12:00:00Z).", valueName: "a")) var first: String
    @Argument(help: ArgumentHelp("Another.", valueName: "b")) var second: String
    @Argument(help: ArgumentHelp("Such as users/6560f0a1c2d3e4f5a6b7c8d9.", valueName: "collection/key"))
    var place: String
    @OptionGroup var store: StoreDirectory
    @OptionGroup var output: Output

    func run() throws {
        try store.withStore(isSilent: output.isJSON) { store in
            let place = try HistoryPlace(place, store)
            let (a, b) = (try Moment.position(first, store), try Moment.position(second, store))
            let before = place.visible(try store.history.document(place.model, id: place.id, asOf: a))
            let after = place.visible(try store.history.document(place.model, id: place.id, asOf: b))
            let fields = FieldChange.between(before, after)
            if output.isJSON {
                return try Console.printJSON([
                    "collection": .string(place.model.name), "_id": .objectID(place.id),
                    "from": .int64(Int64(clamping: a)), "to": .int64(Int64(clamping: b)),
                    "changes": .array(fields.map { .document($0.document) }),
                ])
            }
            let (old, new) = (Figure.grouped(a), Figure.grouped(b))
            guard !fields.isEmpty else { return try Console.print("the same at \(old) and \(new)") }
            var table = Table([("field", .left), (old, .left), (new, .left)])
            for field in fields { table.add(field.path, FieldChange.text(field.before), FieldChange.text(field.after)) }
            try table.print()
        }
    }
}
