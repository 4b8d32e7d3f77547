import Annals
import AnnalsClient
import ArgumentParser
import BSON
import Query

struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "How a query or a pipeline is run: its plan, step by step, and what it costs.",
        discussion: """
            It is run for that, and what it finds is thrown away. Inner steps come first and stand further right.

              annals explain chatmessages '{"sessionId":"ses_1"}' --sort '{"createdAt":-1}' --limit 20
              annals explain transactions '[{"$group":{"_id":"$currency","total":{"$sum":"$amount"}}}]'
            """)

    @Argument(help: "Name of the collection.") var collection: String
    @Argument(help: "A filter (a JSON object), or a pipeline (an array); all documents unless given.")
    var question = "{}"
    @OptionGroup var shape: FindShape
    @OptionGroup var store: StorePlace
    @OptionGroup var output: Output

    private var isPipeline: Bool { question.first { !$0.isWhitespace } == "[" }

    func validate() throws {
        if isPipeline, shape.sort != "{}" || shape.project != "{}" || shape.limit != nil || shape.skip != 0 {
            throw ValidationError("a pipeline has $sort, $project, $limit and $skip of its own")
        }
    }

    func run() async throws {
        let stages = isPipeline ? try commandLinePipeline(question) : []
        let filter = isPipeline ? [:] : try commandLineJSON(question, "the filter")
        let (sort, projection) = (try shape.order(), try shape.projection())
        try await store.ask(isSilent: output.isJSON) { store in
            let model = try store.model(collection)
            let snapshot = try store.snapshot()
            if isPipeline {
                let pipeline = try Aggregate(model, stages, in: store.catalogue, limits: .operators)
                return try show(try pipeline.explain(snapshot, limits: .operators))
            }
            let find = try Find(
                model, filter: filter, sort: sort, skip: shape.skip, limit: shape.limit, projection: projection)
            try show(try find.explain(snapshot, limits: .operators))
        } through: { client in
            try show(
                isPipeline
                    ? try await client.explain(collection, stages)
                    : try await client.explain(
                        collection, filter: filter, sort: sort, projection: projection, skip: shape.skip,
                        limit: shape.limit))
        }
    }

    private func show(_ explained: Document) throws {
        if output.isJSON { try Console.printJSON(explained) } else { try PlanText(explained).print() }
    }
}
