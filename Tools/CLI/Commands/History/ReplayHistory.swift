import Annals
import ArgumentParser
import BSON

struct ReplayHistory: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history", abstract: "What each event made of a document, oldest first.",
        discussion: """
            The events that touched the document are folded anew, those alone, by the projectors of today. What was erased \
            stays erased, and secrets are in no version. With --json a line for each version.
            """)

    @Argument(help: ArgumentHelp("Such as users/6560f0a1c2d3e4f5a6b7c8d9.", valueName: "collection/key"))
    var place: String
    @OptionGroup var store: StorePlace
    @OptionGroup var output: Output

    func run() async throws {
        try await store.ask(isSilent: output.isJSON) { store in
            try show(try HistoryPlace(place, store).versions(store))
        } through: { client in
            try show(try await HistoryPlace(place, client).versions(client))
        }
    }

    private func show(_ versions: [DocumentVersion]) throws {
        for version in versions {
            if output.isJSON { try Console.printJSON(version.document) } else { try show(version) }
        }
    }

    private func show(_ version: DocumentVersion) throws {
        let author = version.author.isEmpty ? "" : "  by \(version.author)"
        try Console.print(
            "\(Console.bold(Figure.grouped(version.position)))  \(version.recordedTime)  "
                + "\(Console.cyan(version.type))\(author)")
        guard version.after != nil else { return try Console.print("    removed") }
        let width = version.changes.map(\.path.count).max() ?? 0
        for field in version.changes {
            let padding = String(repeating: " ", count: width - field.path.count)
            try Console.print("    \(field.path)\(padding)  \(field.arrow)")
        }
    }
}
