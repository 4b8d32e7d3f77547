import Annals
import ArgumentParser
import BSON
import Query
import Schema
import Views

struct QueryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "query", abstract: "Documents of a collection.",
        discussion: """
            FILTER, --sort and --project are written as for MongoDB, as JSON or Extended JSON:

              annals query communityposts '{"status":"published"}' --sort '{"stats.likes":-1}' --limit 10
              annals query users '{"_id":{"$oid":"6560f0a1c2d3e4f5a6b7c8d9"}}' --explain
            """)

    @Argument(help: "Name of the collection.") var collection: String
    @Argument(help: "Which documents; all unless given.") var filter = "{}"
    @Option(help: ArgumentHelp("Order, such as '{\"createdAt\":-1}'.", valueName: "json")) var sort = "{}"
    @Option(help: ArgumentHelp("Fields to show or leave out, such as '{\"email\":1}'.", valueName: "json"))
    var project = "{}"
    @Option(help: ArgumentHelp("The most documents to show.", valueName: "n")) var limit: Int?
    @Option(help: ArgumentHelp("Documents to pass over first.", valueName: "n")) var skip = 0
    @Flag(help: "Show the plan and what it costs in place of the documents.") var explain = false
    @OptionGroup var store: StoreDirectory
    @OptionGroup var output: Output

    func run() throws {
        let filter = try commandLineJSON(filter, "the filter")
        let sort = try commandLineJSON(sort, "--sort")
        let projection = try commandLineJSON(project, "--project")
        try store.withStore(isSilent: output.isJSON) { store in
            let find = try Find(
                try store.model(collection), filter: filter, sort: sort, skip: skip, limit: limit,
                projection: projection)
            let snapshot = try store.snapshot()
            if explain {
                try show(try find.explain(snapshot, limits: .operators))
                return
            }
            let statistics = try find.run(snapshot, limits: .operators) { row throws(QueryError) in
                try Row.give(row, output)
            }
            if !output.isJSON { note(statistics) }
        }
    }

    private func show(_ document: Document) throws { try document.withRaw { try Row.print($0, output) } }

    private func note(_ statistics: QueryStatistics) {
        Console.note(
            Console.dim(
                "\(Figure.grouped(statistics.documentsReturned)) documents; examined "
                    + "\(Figure.grouped(statistics.keysExamined)) keys, "
                    + "\(Figure.grouped(statistics.documentsExamined)) documents in \(statistics.milliseconds) ms",
                on: .error))
    }
}

/// Printing a document of a result.
enum Row {
    static func print(_ document: RawDocument, _ output: Output) throws {
        if output.isJSON {
            var line: [UInt8] = []
            JSON.write(document, style: .relaxed, into: &line)
            line.append(0x0A)
            try Console.write(line)
        } else {
            try Console.print(PrettyJSON.text(document))
        }
    }

    /// The same inside a query, which stops when nobody reads any more.
    static func give(_ document: RawDocument, _ output: Output) throws(QueryError) -> Bool {
        do {
            try print(document, output)
            return true
        } catch {
            return false
        }
    }
}

extension QueryLimits {
    /// For somebody at a terminal: no limit of time.
    static let operators = QueryLimits(
        documentsExamined: .max, keysExamined: .max, milliseconds: nil, memoryBytes: 1 << 30)
}

extension Store {
    func model(_ name: String) throws -> CollectionModel {
        guard let model = catalogue[name] else {
            let names = catalogue.collections.map(\.name).joined(separator: ", ")
            throw Failure(.usage, "there is no collection \(name); there are \(names)")
        }
        return model
    }
}

/// Reads JSON of the command line.
func commandLineJSON(_ text: String, _ what: String) throws -> Document {
    do throws(JSONError) {
        return try JSON.parse(text, extended: true)
    } catch {
        throw Failure(.usage, "\(what) is not a JSON object: \(error)")
    }
}
