import Annals
import ArgumentParser
import BSON
import Views

struct ReplayBlame: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "blame", abstract: "For each field of a document the event that last changed it.")

    @Argument(help: ArgumentHelp("Such as users/6560f0a1c2d3e4f5a6b7c8d9.", valueName: "collection/key"))
    var place: String
    @OptionGroup var store: StoreDirectory
    @OptionGroup var output: Output

    func run() throws {
        try store.withStore(isSilent: output.isJSON) { store in
            let place = try HistoryPlace(place, store)
            let changes = try place.changes(store)
            var last: [String: EventMark] = [:]
            for change in changes {
                for field in FieldChange.between(place.visible(change.before), place.visible(change.after)) {
                    last[field.path] = change.event
                }
            }
            guard let document = place.visible(changes.last?.after) else {
                throw Failure(
                    .noInput, "\(place.model.name)/\(place.id) is not there any more; `replay history` tells more")
            }
            var table = Table([
                ("field", .left), ("value", .left), ("position", .right), ("recorded", .left), ("event", .left),
                ("by", .left),
            ])
            for leaf in document.leaves {
                guard let event = last[leaf.path] else { continue }
                if output.isJSON {
                    try Console.printJSON(
                        Document([("field", .string(leaf.path)), ("value", leaf.after ?? .null)] + event.members))
                } else {
                    table.add(
                        leaf.path, FieldChange.text(leaf.after), Figure.grouped(event.position),
                        "\(event.recordedTime)",
                        event.type, event.author)
                }
            }
            if !output.isJSON { try table.print() }
        }
    }
}
