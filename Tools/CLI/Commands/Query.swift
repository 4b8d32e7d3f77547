import Annals
import AnnalsClient
import ArgumentParser
import BSON
import Query
import Schema
import Views

struct QueryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "query", abstract: "Documents of a collection.",
        discussion: """
            FILTER, --sort and --project are written as for MongoDB, as JSON or Extended JSON:

              annals query communityposts '{"status":"published"}' --sort '{"stats.likes":-1}' --limit 10
              annals query users '{"_id":{"$oid":"6560f0a1c2d3e4f5a6b7c8d9"}}' --explain
            """)

    @Argument(help: "Name of the collection.") var collection: String
    @Argument(help: "Which documents; all unless given.") var filter = "{}"
    @OptionGroup var shape: FindShape
    @OptionGroup var asOf: AsOf
    @Flag(help: "Show the plan and what it costs in place of the documents: `annals explain` for people.")
    var explain = false
    @OptionGroup var store: StorePlace
    @OptionGroup var output: Output

    /// Documents of one request to a server.
    private static let page = 1_000

    func run() async throws {
        let filter = try commandLineJSON(filter, "the filter")
        let (sort, projection) = (try shape.order(), try shape.projection())
        try await store.ask(isSilent: output.isJSON) { store in
            let model = try store.model(collection)
            let find = try Find(
                model, filter: filter, sort: sort, skip: shape.skip, limit: shape.limit, projection: projection)
            try asOf.read(store, [model], isSilent: output.isJSON) { snapshot in
                if explain {
                    try show(try find.explain(snapshot, limits: .operators))
                    return
                }
                let statistics = try find.run(snapshot, limits: .operators) { row throws(QueryError) in
                    try Row.give(row, output)
                }
                if !output.isJSON { note(statistics) }
            }
        } through: { client in
            if explain {
                try asOf.refuse("--explain on a server")
                return try show(
                    try await client.explain(
                        collection, filter: filter, sort: sort, projection: projection, skip: shape.skip,
                        limit: shape.limit))
            }
            try await read(client, filter, sort, projection)
        }
    }

    /// Page after page, by cursor where the order has one.
    private func read(
        _ client: AnnalsClient, _ filter: Document, _ sort: Document, _ projection: Document
    ) async throws {
        var (shown, cursor) = (0, String?.none)
        while shown < shape.limit ?? .max {
            let wanted = min(Self.page, (shape.limit ?? .max) - shown)
            let found = try await client.find(
                collection, filter: filter, sort: sort, projection: projection,
                skip: cursor == nil ? shape.skip + shown : 0, limit: wanted, cursor: cursor, asOf: asOf.asked())
            for document in found.documents { try show(document) }
            shown += found.documents.count
            cursor = found.cursor
            if found.documents.count < wanted { break }
        }
        if !output.isJSON { Console.note(Console.dim("\(Figure.grouped(shown)) documents", on: .error)) }
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

/// Order, fields and number of what a find gives.
struct FindShape: ParsableArguments {
    @Option(help: ArgumentHelp("Order, such as '{\"createdAt\":-1}'.", valueName: "json")) var sort = "{}"
    @Option(help: ArgumentHelp("Fields to show or leave out, such as '{\"email\":1}'.", valueName: "json"))
    var project = "{}"
    @Option(help: ArgumentHelp("The most documents to show.", valueName: "n")) var limit: Int?
    @Option(help: ArgumentHelp("Documents to pass over first.", valueName: "n")) var skip = 0

    func order() throws -> Document { try commandLineJSON(sort, "--sort") }
    func projection() throws -> Document { try commandLineJSON(project, "--project") }
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

/// Reads a pipeline of the command line: an array of stages.
func commandLinePipeline(_ text: String) throws -> [Document] {
    let value: Value
    do throws(JSONError) { value = try JSON.parseValue(text, extended: true) } catch {
        throw Failure(.usage, "the pipeline is not JSON: \(error)")
    }
    guard case .array(let elements) = value else {
        throw Failure(.usage, "the pipeline must be an array of stages, such as [{\"$count\":\"n\"}]")
    }
    return try elements.enumerated().map { index, element in
        guard case .document(let stage) = element else {
            throw Failure(.usage, "stage \(index) of the pipeline must be an object")
        }
        return stage
    }
}
