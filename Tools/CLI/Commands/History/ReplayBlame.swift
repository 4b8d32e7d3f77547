import Annals
import ArgumentParser
import BSON

struct ReplayBlame: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "blame", abstract: "For each field of a document the event that last changed it.")

    @Argument(help: ArgumentHelp("Such as users/6560f0a1c2d3e4f5a6b7c8d9.", valueName: "collection/key"))
    var place: String
    @OptionGroup var store: StorePlace
    @OptionGroup var output: Output

    func run() async throws {
        try await store.ask(isSilent: output.isJSON) { store in
            let place = try HistoryPlace(place, store)
            try show(place, try place.versions(store))
        } through: { client in
            let place = try await HistoryPlace(place, client)
            try show(place, try await place.versions(client))
        }
    }

    private func show(_ place: HistoryPlace, _ versions: [DocumentVersion]) throws {
        var last: [String: DocumentVersion] = [:]
        for version in versions {
            for field in version.changes { last[field.path] = version }
        }
        guard let document = versions.last?.after else {
            throw Failure(
                .noInput, "\(place.collection)/\(place.id) is not there any more; `replay history` tells more")
        }
        var table = Table([
            ("field", .left), ("value", .left), ("position", .right), ("recorded", .left), ("event", .left),
            ("by", .left),
        ])
        for leaf in document.leaves {
            guard let version = last[leaf.path] else { continue }
            if output.isJSON {
                try Console.printJSON(
                    Document([("field", .string(leaf.path)), ("value", leaf.after ?? .null)] + version.event))
            } else {
                table.add(
                    leaf.path, FieldChange.text(leaf.after), Figure.grouped(version.position), version.recordedTime,
                    version.type, version.author)
            }
        }
        if !output.isJSON { try table.print() }
    }
}
