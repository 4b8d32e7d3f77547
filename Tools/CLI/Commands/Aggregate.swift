import Annals
import AnnalsClient
import ArgumentParser
import BSON
import Query

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
    @Flag(help: "Show the plan and what it costs in place of the result: `annals explain` for people.")
    var explain = false
    @OptionGroup var store: StorePlace
    @OptionGroup var output: Output

    func run() async throws {
        let stages = try commandLinePipeline(pipeline)
        try await store.ask(isSilent: output.isJSON) { store in
            let aggregate = try Aggregate(
                try store.model(collection), stages, in: store.catalogue, limits: .operators)
            if explain {
                try aggregate.explain(try store.snapshot(), limits: .operators).withRaw { try Row.print($0, output) }
                return
            }
            try aggregate.run(try store.snapshot(), limits: .operators) { row throws(QueryError) in
                try Row.give(row, output)
            }
        } through: { client in
            let found =
                explain
                ? [try await client.explain(collection, stages)]
                : try await client.aggregate(collection, stages).documents
            for document in found { try document.withRaw { try Row.print($0, output) } }
        }
    }
}
