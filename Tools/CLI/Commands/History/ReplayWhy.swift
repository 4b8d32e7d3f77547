import Annals
import ArgumentParser
import BSON
import Views

struct ReplayWhy: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "why", abstract: "The events that made a field's value, each with what it added.",
        discussion: """
            For numbers the difference that each event made; for other values what it put in place of what. A field with \
            fields below it has the changes of all of them.
            """)

    @Argument(help: ArgumentHelp("Such as users/6560f0a1c2d3e4f5a6b7c8d9.", valueName: "collection/key"))
    var place: String
    @Argument(help: "Dotted, such as stats.totalMessages.") var field: String
    @OptionGroup var store: StoreDirectory
    @OptionGroup var output: Output

    func run() throws {
        try store.withStore(isSilent: output.isJSON) { store in
            let place = try HistoryPlace(place, store)
            let changes = try place.changes(store)
            var rows: [(event: EventMark, change: FieldChange)] = []
            for change in changes {
                let fields = FieldChange.between(place.visible(change.before), place.visible(change.after))
                rows += fields.filter { $0.path == field || $0.path.hasPrefix(field + ".") }.map { (change.event, $0) }
            }
            guard !rows.isEmpty else {
                throw Failure(.noInput, "no event changed \(field) of \(place.model.name)/\(place.id)")
            }
            let newest = place.visible(changes.last?.after)
            let value = newest.flatMap { $0[FieldPath(field)] }
            if output.isJSON {
                try Console.printJSON([
                    "collection": .string(place.model.name), "_id": .objectID(place.id), "field": .string(field),
                    "value": value ?? .null,
                    "contributions": .array(rows.map { .document(contribution($0.event, $0.change)) }),
                ])
            } else {
                try show(rows, value)
            }
        }
    }

    private func contribution(_ event: EventMark, _ change: FieldChange) -> Document {
        var members = event.members + change.document.pairs.map { ($0.name, $0.value) }
        if let difference = change.difference { members.append(("difference", .double(difference))) }
        return Document(members)
    }

    private func show(_ rows: [(event: EventMark, change: FieldChange)], _ value: Value?) throws {
        var table = Table([
            ("position", .right), ("recorded", .left), ("event", .left), ("by", .left), ("added", .right),
            ("value", .left),
        ])
        for (event, change) in rows {
            let name = change.path == field ? "" : "\(change.path.dropFirst(field.count + 1)): "
            table.add(
                Figure.grouped(event.position), "\(event.recordedTime)", event.type, event.author,
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
