import Annals
import ArgumentParser
import BSON
import Views

struct ReplayHistory: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history", abstract: "What each event made of a document, oldest first.",
        discussion: """
            The events that touched the document are folded anew, those alone, by the projectors of today. What was erased \
            stays erased, and secrets are in no version. With --json a line for each version.
            """)

    @Argument(help: ArgumentHelp("Such as users/6560f0a1c2d3e4f5a6b7c8d9.", valueName: "collection/key"))
    var place: String
    @OptionGroup var store: StoreDirectory
    @OptionGroup var output: Output

    func run() throws {
        try store.withStore(isSilent: output.isJSON) { store in
            let place = try HistoryPlace(place, store)
            for change in try place.changes(store) {
                let (before, after) = (place.visible(change.before), place.visible(change.after))
                let fields = FieldChange.between(before, after)
                if output.isJSON {
                    try Console.printJSON(
                        Document(
                            change.event.members + [
                                ("changes", .array(fields.map { .document($0.document) })),
                                ("after", after.map { .document($0) } ?? .null),
                            ]))
                } else {
                    try show(change.event, fields, isGone: after == nil)
                }
            }
        }
    }

    private func show(_ event: EventMark, _ fields: [FieldChange], isGone: Bool) throws {
        let author = event.author.isEmpty ? "" : "  by \(event.author)"
        try Console.print(
            "\(Console.bold(Figure.grouped(event.position)))  \(event.recordedTime)  \(Console.cyan(event.type))\(author)"
        )
        guard !isGone else { return try Console.print("    removed") }
        let width = fields.map(\.path.count).max() ?? 0
        for field in fields {
            let padding = String(repeating: " ", count: width - field.path.count)
            try Console.print("    \(field.path)\(padding)  \(field.arrow)")
        }
    }
}
