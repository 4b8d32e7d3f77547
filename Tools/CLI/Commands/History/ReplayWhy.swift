import Annals
import ArgumentParser
import BSON

struct ReplayWhy: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "why", abstract: "The events that made a field's value, each with what it added.",
        discussion: """
            For numbers the difference that each event made; for other values what it put in place of what. A field with \
            fields below it has the changes of all of them.
            """)

    @Argument(help: ArgumentHelp("Such as users/6560f0a1c2d3e4f5a6b7c8d9.", valueName: "collection/key"))
    var place: String
    @Argument(help: "Dotted, such as stats.totalMessages.") var field: String
    @OptionGroup var store: StorePlace
    @OptionGroup var output: Output

    private typealias Row = (version: DocumentVersion, change: FieldChange)

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
        let rows = versions.flatMap { version -> [Row] in
            version.changes.filter { $0.path == field || $0.path.hasPrefix(field + ".") }.map { (version, $0) }
        }
        guard !rows.isEmpty else {
            throw Failure(.noInput, "no event changed \(field) of \(place.collection)/\(place.id)")
        }
        let value = versions.last?.after.flatMap { $0[FieldPath(field)] }
        guard output.isJSON else { return try show(rows, value) }
        try Console.printJSON([
            "collection": .string(place.collection), "_id": .objectID(place.id), "field": .string(field),
            "value": value ?? .null,
            "contributions": .array(rows.map { .document(contribution($0.version, $0.change)) }),
        ])
    }

    private func contribution(_ version: DocumentVersion, _ change: FieldChange) -> Document {
        var members = version.event + change.document.pairs.map { ($0.name, $0.value) }
        if let difference = change.difference { members.append(("difference", .double(difference))) }
        return Document(members)
    }

    private func show(_ rows: [Row], _ value: Value?) throws {
        var table = Table([
            ("position", .right), ("recorded", .left), ("event", .left), ("by", .left), ("added", .right),
            ("value", .left),
        ])
        for (version, change) in rows {
            let name = change.path == field ? "" : "\(change.path.dropFirst(field.count + 1)): "
            table.add(
                Figure.grouped(version.position), version.recordedTime, version.type, version.author,
                change.difference.map { Self.signed($0) } ?? "", name + FieldChange.text(change.after))
        }
        try table.print()
        try Console.print("\(field) is \(Console.bold(FieldChange.text(value)))")
    }

    private static func signed(_ number: Double) -> String {
        let text = FieldChange.text(number == number.rounded() ? .int64(Int64(number)) : .double(number))
        return number > 0 ? "+" + text : text
    }
}
