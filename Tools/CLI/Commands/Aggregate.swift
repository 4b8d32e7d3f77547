import Annals
import AnnalsClient
import ArgumentParser
import BSON
import Query
import Synchronization

struct AggregateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "aggregate", abstract: "Sums, averages and counts over a collection.",
        discussion: """
            PIPELINE is an array of stages as for MongoDB, $lookup and its kin included; $merge and $out are not: views are
            written by events alone.

              annals aggregate transactions '[{"$group":{"_id":"$currency","total":{"$sum":"$amount"}}}]'
            """)

    @Argument(help: "Name of the collection.") var collection: String
    @Argument(help: "The stages, as a JSON array.") var pipeline: String
    @OptionGroup var asOf: AsOf
    @Flag(help: "Show the plan and what it costs in place of the result: `annals explain` for people.")
    var explain = false
    @OptionGroup var store: StorePlace
    @OptionGroup var output: Output

    func run() async throws {
        let stages = try commandLinePipeline(pipeline)
        try await store.ask(isSilent: output.isJSON) { store in
            let model = try store.model(collection)
            let reached = Mutex([model])
            let aggregate = try Aggregate(
                model, stages, in: store.catalogue,
                mayRead: { other in
                    reached.withLock { $0.append(other) }
                    return true
                }, limits: .operators)
            try asOf.read(store, reached.withLock { $0 }, isSilent: output.isJSON) { snapshot in
                if explain {
                    try aggregate.explain(snapshot, limits: .operators).withRaw { try Row.print($0, output) }
                    return
                }
                try aggregate.run(snapshot, limits: .operators) { row throws(QueryError) in
                    try Row.give(row, output)
                }
            }
        } through: { client in
            if explain { try asOf.refuse("--explain on a server") }
            let found =
                explain
                ? [try await client.explain(collection, stages)]
                : try await client.aggregate(collection, stages, asOf: asOf.asked()).documents
            for document in found { try document.withRaw { try Row.print($0, output) } }
        }
    }
}
