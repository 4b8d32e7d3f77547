public import Schema
internal import BSON

/// The reference of collections and events as Markdown, from their declarations: what the READMEs under Projections show.
public struct Reference {
    let catalogue: Catalogue

    public init(_ catalogue: Catalogue) { self.catalogue = catalogue }

    /// All pages by the names of their files.
    public var pages: [(name: String, text: String)] {
        [("README.md", collections), ("EVENTS.md", events), ("events.schema.json", schemas)]
    }

    // MARK: Collections

    /// `Projections/README.md`.
    public var collections: String {
        var page = """
            # Collections

            The domain: one file per collection says what it stores, what may happen, and what follows. This page is made
            from those files (`annals reference`); change them, not it. Events are in [EVENTS.md](EVENTS.md).

            To add a collection: write its file after the example of `Lab/LabExperiments.swift` (a simple one) or
            `Chat/ChatSessions.swift` (fed by several areas), with a number that was never used, and add one line to
            `AllCollections.swift`. To add an index: one line in `indexes`; the view is rebuilt at the next start.

            | # | collection | fields | indexes | what it holds |
            |---|---|---|---|---|

            """
        for model in catalogue.collections {
            page += "| \(model.number) | [\(model.name)](#\(model.name)) | \(model.fields.count) "
            page += "| \(model.indexes.count) | \(model.summary) |\n"
        }
        page += erasure
        for model in catalogue.collections { page += "\n" + section(model) }
        return page
    }

    private func section(_ model: CollectionModel) -> String {
        var text = "## \(model.name)\n\(model.summary)\n\n| field | type | rules |\n|---|---|---|\n"
        for field in model.fields { text += rows(field, "") }
        text +=
            "\nIndexes: "
            + model.indexes.map { index in
                "`\(index.name)`" + (index.isUnique ? " unique" : "") + (index.isSparse ? " sparse" : "")
            }.joined(separator: ", ") + ".\n"
        let own = Set(model.events.map(\.name))
        text += "\nEvents: " + model.events.map { "[\($0.name)](EVENTS.md#\(anchor($0.name)))" }.joined(separator: ", ")
        let others = model.follows.filter { !own.contains($0) }
        if !others.isEmpty { text += "; follows also " + others.map(\.description).joined(separator: ", ") }
        return text + ".\n"
    }

    private func rows(_ field: FieldDescriptor, _ prefix: String) -> String {
        var text = "| `\(prefix)\(field.name)` | \(field.typeText) | \(field.rules.joined(separator: "; ")) |\n"
        for member in field.members { text += rows(member, prefix + field.name + ".") }
        return text
    }

    // MARK: Events

    /// `Projections/EVENTS.md`.
    public var events: String {
        var page = """
            # Events

            Every event type, by the collection that declares it; made from the code (`annals reference`). An event is a
            CloudEvents 1.0 object; `data` is described here. A **creation** carries a new document, a **patch** names one
            and carries `set`, `unset`, `push`, `pull`; a **fact** carries the fields listed. `subject` may be left out: it
            is then made as shown. What the guard adds to the record stands under *resolved*.


            """
        for model in catalogue.collections where !model.events.isEmpty {
            page += "## \(model.name)\n\n"
            for event in model.events { page += section(event, of: model) }
        }
        return page
    }

    private func section(_ event: Event, of model: CollectionModel) -> String {
        var text = "### \(event.name)\n\(event.summary)\n\n"
        text += "A \(kind(event)); subject `\(event.stream)/<\(event.key)>`; schema version \(event.schemaVersion).\n"
        let followers = catalogue.collections.filter { $0.follows.contains(event.name) }.map(\.name)
        if !followers.isEmpty { text += "Updates " + followers.joined(separator: ", ") + ".\n" }
        let documentFields = Set(model.fields.map(\.name))
        let shown = event.payload.filter { field in
            event.shape == .fact
                || (event.shape == .creation && !documentFields.contains(field.name) && field.name != "_id")
                || (event.shape == .patch && !["set", "unset", "push", "pull"].contains(field.name))
        }
        if event.shape == .creation { text += "\n`data`: the fields of [\(model.name)](README.md#\(model.name))" }
        if !shown.isEmpty {
            text += event.shape == .creation ? " and:\n" : "\n`data`:\n"
            for field in shown { text += item(field) }
        } else if event.shape == .creation {
            text += ".\n"
        }
        if !event.resolved.isEmpty {
            text += "\n*resolved*: " + event.resolved.map { "`\($0.name)`" }.joined(separator: ", ") + ".\n"
        }
        if !event.upcasts.isEmpty {
            let older = event.upcasts.map { step in
                "\(step.from)\(step.formerName.map { " (as `\($0)`)" } ?? ""): \(step.summary)"
            }
            text += "\nOlder versions, taken and read as the newest: " + older.joined(separator: " ") + "\n"
        }
        return text + "\n"
    }

    private func kind(_ event: Event) -> String {
        switch event.shape {
        case .creation: event.mayExist ? "creation (of a document that may exist)" : "creation"
        case .patch: "patch"
        case .fact: "fact"
        }
    }

    private func item(_ field: FieldDescriptor) -> String {
        let rules = field.rules.isEmpty ? "" : "; " + field.rules.joined(separator: "; ")
        return "- `\(field.name)`: \(field.typeText)\(rules)\n"
    }

    private func anchor(_ name: EventName) -> String {
        String(name.description.lowercased().filter { $0.isLetter || $0.isNumber || $0 == "-" })
    }
}
