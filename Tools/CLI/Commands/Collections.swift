import Annals
import ArgumentParser
import BSON
import Reference
import Schema
import Views

struct CollectionsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "collections", abstract: "What each collection holds: fields, rules, indexes, documents.")

    @Argument(help: "Names of collections; all unless given.") var names: [String] = []
    @OptionGroup var store: StoreDirectory
    @OptionGroup var output: Output

    func run() throws {
        try store.withStore(isSilent: output.isJSON) { store in
            let models = names.isEmpty ? store.catalogue.collections : try names.map { try store.model($0) }
            let snapshot = try store.snapshot()
            var counted: [(model: CollectionModel, documents: Int)] = []
            for model in models { counted.append((model, try snapshot.documentCount(model))) }
            if output.isJSON {
                let all = counted.map { Value.document($0.model.described(documents: $0.documents)) }
                try Console.printJSON(["collections": .array(all)])
            } else if names.isEmpty {
                try printList(counted)
            } else {
                for (model, documents) in counted { try print(model, documents) }
            }
        }
    }

    private func printList(_ counted: [(model: CollectionModel, documents: Int)]) throws {
        var table = Table([
            ("#", .right), ("collection", .left), ("documents", .right), ("fields", .right), ("indexes", .right),
            ("what it holds", .left),
        ])
        for (model, documents) in counted {
            table.add(
                "\(model.number)", model.name, Figure.grouped(documents), "\(model.fields.count)",
                "\(model.indexes.count)", model.summary)
        }
        try table.print()
        Console.note(Console.dim("`annals collections NAME` shows fields and indexes", on: .error))
    }

    private func print(_ model: CollectionModel, _ documents: Int) throws {
        try Console.print(
            "\(Console.bold(model.name)) (\(model.number)), \(Figure.grouped(documents)) documents: \(model.summary)")
        var fields = Table([("field", .left), ("type", .left), ("rules", .left)])
        func add(_ field: FieldDescriptor, _ prefix: String) {
            fields.add(prefix + field.name, field.typeText, field.rules.joined(separator: "; "))
            for member in field.members { add(member, prefix + field.name + ".") }
        }
        for field in model.fields { add(field, "") }
        try fields.print()
        try Console.print("")
        var indexes = Table([("index", .left), ("options", .left)])
        for index in model.indexes {
            indexes.add(
                index.name,
                [index.isUnique ? "unique" : nil, index.isSparse ? "sparse" : nil].compactMap(\.self)
                    .joined(separator: ", "))
        }
        try indexes.print()
        try Console.print("")
    }
}
