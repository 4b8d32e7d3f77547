import Annals
import AnnalsClient
import ArgumentParser
import BSON
import Views

struct ReplayDiff: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "What differs between two positions, or two moments: all documents, or the fields of one.",
        discussion: """
            Only documents that an event in between touched are folded, each alone. Without COLLECTION/KEY the documents of every \
            collection are told, the first --limit of each with their fields.

              annals replay diff 2026-01-01T00:00:00Z 2026-02-01T00:00:00Z --collection users
              annals replay diff 4000 4100 users/6560f0a1c2d3e4f5a6b7c8d9
            """)

    @Argument(help: ArgumentHelp("A position, or a time (2026-01-31T12:00:00Z).", valueName: "a")) var first: String
    @Argument(help: ArgumentHelp("Another.", valueName: "b")) var second: String
    @Argument(help: ArgumentHelp("Such as users/6560f0a1c2d3e4f5a6b7c8d9.", valueName: "collection/key"))
    var place: String?
    @OptionGroup var choice: DifferenceChoice
    @OptionGroup var store: StorePlace
    @OptionGroup var output: Output

    func validate() throws {
        if place != nil, choice.names != nil { throw ValidationError("--collection goes without COLLECTION/KEY") }
    }

    func run() async throws {
        try await store.ask(isSilent: output.isJSON) { store in
            let (a, b) = (try Moment.position(first, store), try Moment.position(second, store))
            if let text = place {
                let place = try HistoryPlace(text, store)
                let (before, after) = (try place.document(store, asOf: a), try place.document(store, asOf: b))
                return try show(place.collection, place.id, a, b, FieldChange.between(before, after))
            }
            let models =
                try choice.names == nil ? store.catalogue.collections : choice.collections.map { try store.model($0) }
            let found = try models.map { model in
                try store.history.difference(of: model, from: a, to: b, keeping: choice.limit).document
            }
            try show([
                "from": .int64(Int64(clamping: a)), "to": .int64(Int64(clamping: b)),
                "collections": .array(found.filter { !DifferenceText.isNone($0) }.map { .document($0) }),
            ])
        } through: { client in
            guard let place else {
                return try show(
                    try await client.diff(
                        from: first, to: second, collections: choice.names, limit: choice.limit))
            }
            let document = try await HistoryPlace(place, client)
            let (name, id) = (document.collection, document.id.description)
            // Positions of both, and what a moment means.
            let whole = try await client.diff(from: first, to: second, collections: [name], limit: 0)
            guard let a = whole["from"]?.position, let b = whole["to"]?.position else {
                throw Failure(.unavailable, "the server says no positions")
            }
            let before = try await client.document(name, id: id, asOf: .position(a))
            let after = try await client.document(name, id: id, asOf: .position(b))
            try show(name, document.id, a, b, FieldChange.between(before, after))
        }
    }

    // MARK: One document

    private func show(_ collection: String, _ id: ObjectID, _ a: UInt64, _ b: UInt64, _ fields: [FieldChange]) throws {
        if output.isJSON {
            return try Console.printJSON([
                "collection": .string(collection), "_id": .objectID(id), "from": .int64(Int64(clamping: a)),
                "to": .int64(Int64(clamping: b)), "changes": .array(fields.map { .document($0.document) }),
            ])
        }
        let (old, new) = (Figure.grouped(a), Figure.grouped(b))
        guard !fields.isEmpty else { return try Console.print("the same at \(old) and \(new)") }
        var table = Table([("field", .left), (old, .left), (new, .left)])
        for field in fields { table.add(field.path, FieldChange.text(field.before), FieldChange.text(field.after)) }
        try table.print()
    }

    // MARK: Collections

    private func show(_ found: Document) throws {
        if output.isJSON { return try Console.printJSON(found) }
        let (a, b) = (Figure.grouped(found["from"]?.position ?? 0), Figure.grouped(found["to"]?.position ?? 0))
        guard case .array(let collections)? = found["collections"], !collections.isEmpty else {
            return try Console.print("the same at \(a) and \(b)")
        }
        try Console.print(Console.dim("from position \(a) to \(b)"))
        for case .document(let collection) in collections { try DifferenceText.print(collection) }
    }
}

/// How a collection differs, for people.
enum DifferenceText {
    private static func count(_ difference: Document, _ kind: String) -> UInt64 {
        difference[FieldPath(kind)]?.position ?? 0
    }

    static func isNone(_ difference: Document) -> Bool {
        ["added", "changed", "removed"].allSatisfy { count(difference, $0) == 0 }
    }

    static func print(_ difference: Document) throws {
        guard case .string(let name)? = difference["collection"] else { return }
        let counts = ["added", "changed", "removed"].filter { count(difference, $0) > 0 }
            .map { "\(Figure.grouped(count(difference, $0))) \($0)" }.joined(separator: ", ")
        try Console.print("\(Console.bold(name))  \(counts)")
        guard case .array(let documents)? = difference["documents"] else { return }
        for case .document(let document) in documents { try printDocument(document) }
        let all = ["added", "changed", "removed"].reduce(0) { $0 + count(difference, $1) }
        if all > documents.count, !documents.isEmpty {
            try Console.print(Console.dim("  … and \(Figure.grouped(all - UInt64(documents.count))) more"))
        }
    }

    private static func printDocument(_ document: Document) throws {
        guard case .objectID(let id)? = document["_id"], case .string(let kind)? = document["kind"],
            case .array(let changes)? = document["changes"]
        else { return }
        let sign = ["added": Console.green("+"), "removed": Console.red("-")][kind] ?? Console.cyan("~")
        try Console.print("  \(sign) \(id)")
        guard kind == "changed" else { return }
        for case .document(let change) in changes {
            guard case .string(let field)? = change["field"] else { continue }
            func value(_ name: FieldPath) -> Value? { change[name] == .null ? nil : change[name] }
            let arrow = FieldChange(path: field, before: value("before"), after: value("after")).arrow
            try Console.print("      \(field)  \(arrow)")
        }
    }
}
