import Annals
import ArgumentParser
import BSON
import Query

struct AggregateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "aggregate", abstract: "Sums, averages and counts over a collection.",
        discussion: """
            PIPELINE is an array of stages as for MongoDB, $lookup and its kin included; $merge and $out are not: views are
            written by events alone.

              annals aggregate transactions '[{"$group":{"_id":"$currency","total":{"$sum":"$amount"}}}]'
            """)

    @Argument(help: "Name of the collection.") var collection: String
    @Argument(help: "The stages, as a JSON array.") var pipeline: String
    @Flag(help: "Show the plan in place of the result.") var explain = false
    @OptionGroup var store: StoreDirectory
    @OptionGroup var output: Output

    func run() throws {
        let stages = try stages()
        try store.withStore(isSilent: output.isJSON) { store in
            let aggregate = try Aggregate(
                try store.model(collection), stages, in: store.catalogue, limits: .operators)
            if explain {
                try aggregate.explain().withRaw { try Row.print($0, output) }
                return
            }
            try aggregate.run(try store.snapshot(), limits: .operators) { row throws(QueryError) in
                try Row.give(row, output)
            }
        }
    }

    private func stages() throws -> [Document] {
        let value: Value
        do throws(JSONError) { value = try JSON.parseValue(pipeline, extended: true) } catch {
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
}
