import Annals
import AnnalsClient
import ArgumentParser
import BSON
import Schema
import Views

struct CollectionsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "collections", abstract: "What each collection holds: fields, rules, indexes, documents.")

    @Argument(help: "Names of collections; all unless given.") var names: [String] = []
    @OptionGroup var store: StorePlace
    @OptionGroup var output: Output

    func run() async throws {
        try await store.ask(isSilent: output.isJSON) { store in
            let models = names.isEmpty ? store.catalogue.collections : try names.map { try store.model($0) }
            let snapshot = try store.snapshot()
            var described: [Document] = []
            for model in models { described.append(model.described(documents: try snapshot.documentCount(model))) }
            try show(described)
        } through: { client in
            var described: [Document] = []
            for name in names.isEmpty ? try await client.collections() : names {
                described.append(try await client.collection(name))
            }
            try show(described)
        }
    }

    private func show(_ collections: [Document]) throws {
        if output.isJSON {
            try Console.printJSON(["collections": .array(collections.map { .document($0) })])
        } else if names.isEmpty {
            try printList(collections)
        } else {
            for collection in collections { try print(collection) }
        }
    }

    private func printList(_ collections: [Document]) throws {
        var table = Table([
            ("#", .right), ("collection", .left), ("documents", .right), ("fields", .right), ("indexes", .right),
            ("what it holds", .left),
        ])
        for collection in collections {
            table.add(
                "\(collection["number"]?.integer ?? 0)", collection["name"]?.text ?? "",
                Figure.grouped(collection["documents"]?.integer ?? 0), "\(collection.members("fields").count)",
                "\(collection.members("indexes").count)", collection["summary"]?.text ?? "")
        }
        try table.print()
        Console.note(Console.dim("`annals collections NAME` shows fields and indexes", on: .error))
    }

    private func print(_ collection: Document) throws {
        let documents = Figure.grouped(collection["documents"]?.integer ?? 0)
        try Console.print(
            "\(Console.bold(collection["name"]?.text ?? "")) (\(collection["number"]?.integer ?? 0)), "
                + "\(documents) documents: \(collection["summary"]?.text ?? "")")
        var fields = Table([("field", .left), ("type", .left), ("rules", .left)])
        func add(_ list: [Document], _ prefix: String) {
            for field in list {
                let description = FieldText(field)
                fields.add(prefix + description.path, description.type, description.rules)
                add(description.members, prefix + description.path + ".")
            }
        }
        add(collection.members("fields"), "")
        try fields.print()
        try Console.print("")
        var indexes = Table([("index", .left), ("options", .left)])
        for index in collection.members("indexes") {
            let options = ["unique", "sparse"].filter { index[FieldPath($0)] == true }
            indexes.add(index["name"]?.text ?? "", options.joined(separator: ", "))
        }
        try indexes.print()
        try Console.print("")
    }
}

/// A field in words, from its description as data.
private struct FieldText {
    let path: String
    let type: String
    let rules: String
    /// The fields of an array's documents.
    let members: [Document]

    init(_ field: Document) {
        path = field["path"]?.text ?? ""
        var element: Document?
        if case .document(let of)? = field["of"] { element = of }
        members = element?.members("fields") ?? []
        let name = field["type"]?.text ?? ""
        if let element {
            type = "array of \(element["type"]?.text ?? "")s"
        } else {
            type = field["ref"]?.text.map { "\(name) → \($0)" } ?? name
        }
        rules = (Self.rules(field) + (element.map { Self.rules($0).map { "each " + $0 } } ?? [])).joined(
            separator: "; ")
    }

    private static func rules(_ field: Document) -> [String] {
        field.pairs.compactMap { name, value in
            switch (name, value) {
            case ("path", _), ("type", _), ("of", _), ("ref", _), ("fields", _): nil
            case ("enum", .array(let words)): words.compactMap(\.text).map { "`\($0)`" }.joined(separator: " ")
            case ("min", .double(let number)): "at least \(plain(number))"
            case ("max", .double(let number)): "at most \(plain(number))"
            case ("minlength", _): "at least \(value.integer ?? 0) characters"
            case ("maxlength", _): "at most \(value.integer ?? 0) characters"
            case ("trim", _): "trimmed"
            case ("lowercase", _): "lower case"
            case ("requiredWhen", .document(let condition)):
                condition.pairs.first.map { "required when `\($0.name)` is `\($0.value.text ?? "")`" }
            case ("maintained", _): "kept \(value.text ?? "")"
            case ("changedBy", _): "changed by \(value.text ?? "")"
            case (_, .bool(true)): name
            case ("default", .document(let rule)): "default " + chosen(rule)
            case (_, .string(let text)): name == "default" ? "default `\(text)`" : text
            default: "\(name) \(JSON.string(value, style: .relaxed))"
            }
        }
    }

    /// A default that is made: of a time, or anew each time.
    private static func chosen(_ rule: Document) -> String {
        if let prefix = rule["$generated"]?.text { return "`\(prefix)…`" }
        if let prefix = rule["$numbered"]?.text { return "`\(prefix)yyyymmdd-001`, counting within the day" }
        return rule["$now"] == true ? "the event's time" : JSON.string(rule, style: .relaxed)
    }

    private static func plain(_ number: Double) -> String {
        Int64(exactly: number).map { String($0) } ?? String(number)
    }
}

extension Document {
    /// The documents in an array; none where there is no such member.
    fileprivate func members(_ name: String) -> [Document] {
        guard case .array(let elements)? = self[FieldPath(name)] else { return [] }
        return elements.compactMap { if case .document(let member) = $0 { member } else { nil } }
    }
}
