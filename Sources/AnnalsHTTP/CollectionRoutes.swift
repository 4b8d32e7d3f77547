internal import Annals
internal import BSON
internal import HTTPTypes
internal import Hummingbird
internal import LMDB
internal import NIOCore
internal import Query
internal import Schema
internal import Synchronization
internal import Tracing
internal import Views

/// What collections there are and what they hold: `GET /v1/collections`, `GET …/NAME`, `POST …/NAME/find` and its like.
struct CollectionRoutes: Sendable {
    let store: Store
    let readLimit: Duration
    /// How long a question waits for the views to hold the position it names.
    let waitLimit: Duration
    let streams: StreamOptions
    let measurements: Measurements
    let departures: Departures
    let threads = QuestionThreads()
    /// Documents that are looked at where a question arrives; what looks at more is answered by threads for such.
    static let mostAtOnce = 1_000
    private static let largestBody = 1 << 20

    func add(to router: Router<CallContext>) {
        router.get("/v1/collections") { _, context in try list(context) }
        router.get("/v1/collections/{name}") { _, context in
            let model = try model(context)
            let snapshot = try store.snapshot()
            return Response.json(
                .ok, model.described(documents: try snapshot.documentCount(model)), position: snapshot.position)
        }
        router.post("/v1/collections/{name}/find") { request, context in
            let (model, body) = (try model(context), try await body(request, context))
            return try await CollectionFind(model, body, request).run(self, context)
        }
        router.post("/v1/collections/{name}/aggregate") { request, context in
            let (model, body) = (try model(context), try await body(request, context))
            return try await aggregate(model, body, request, context)
        }
        router.post("/v1/collections/{name}/count") { request, context in
            let (model, body) = (try model(context), try await body(request, context))
            return try await count(model, body, context)
        }
        router.post("/v1/collections/{name}/distinct") { request, context in
            let (model, body) = (try model(context), try await body(request, context))
            return try await distinct(model, body, context)
        }
        router.post("/v1/collections/{name}/explain") { request, context in
            let (model, body) = (try model(context), try await body(request, context))
            return try await explain(model, body, context)
        }
    }

    // MARK: Which collection, which position

    private func model(_ context: CallContext) throws -> CollectionModel {
        let name = try context.parameters.require("name")
        guard let model = store.catalogue[name] else {
            throw Problem(.notFound, "no-collection", "No such collection", "there is no collection \(name)")
        }
        try context.caller.require(.read(name))
        return model
    }

    private func body(_ request: Request, _ context: CallContext) async throws -> Document {
        let body = try await JSONBody.document(request, limit: Self.largestBody)
        context.note?.asks(body)
        return body
    }

    // MARK: Questions

    private func list(_ context: CallContext) throws -> Response {
        let snapshot = try store.snapshot()
        var all: [Value] = []
        for model in store.catalogue.collections where context.caller.may(.read(model.name)) {
            context.note?.add(returned: 1)
            all.append([
                "name": .string(model.name), "number": .int32(Int32(model.number.rawValue)),
                "documents": .int64(Int64(try snapshot.documentCount(model))), "summary": .string(model.summary),
                "anomalies": .int64(Int64(try snapshot.anomalyCount(model).anomalies)),
            ])
        }
        return .json(.ok, ["collections": .array(all)], position: snapshot.position)
    }

    /// Its stages reach the collections that the caller may read.
    private func aggregate(
        _ model: CollectionModel, _ body: Document, _ request: Request, _ context: CallContext
    ) async throws -> Response {
        let caller = context.caller
        var question = QueryRequest(body, known: Set(QuestionMember.aggregate))
        let (stages, hint) = (question.documents("pipeline"), question.hint())
        let after = question.position("afterPosition")
        let (moment, terms) = (question.moment(), question.terms())
        try question.check()
        let form = try AnswerForm.chosen(request, from: QueryAnswer.forms)
        let format = try DocumentFormat(request)
        let past = try moment.map { try PastQuestion(moment: $0, models: reached(model, stages, hint, caller)) }
        return try await read("aggregate", model, terms, context, after: after, asOf: past) {
            snapshot, limits, examined in
            var answer = QueryAnswer(form, format)
            var problem: Problem?
            let pipeline = try self.pipeline(model, stages, hint, limits, caller)
            let cost = try pipeline.run(snapshot, limits: limits) { document throws(QueryError) in
                do throws(Problem) { try answer.add(document) } catch { problem = error }
                return problem == nil
            }
            examined = cost.documentsExamined
            if let problem { throw problem }
            context.note?.add(returned: answer.count)
            return answer.response(
                position: snapshot.position, members: past?.members(snapshot.position, store) ?? [:])
        }
    }

    /// All collections that a pipeline reads.
    private func reached(
        _ model: CollectionModel, _ stages: [Document], _ hint: PlanHint?, _ caller: Caller
    ) throws(Problem) -> [CollectionModel] {
        let others = Mutex<[CollectionModel]>([])
        do throws(QueryError) {
            _ = try Aggregate(
                model, stages, in: store.catalogue,
                mayRead: { other in
                    others.withLock { $0.append(other) }
                    return caller.may(.read(other.name))
                }, hint: hint)
        } catch { throw Problem(error) }
        return [model] + others.withLock { $0 }
    }

    private func pipeline(
        _ model: CollectionModel, _ stages: [Document], _ hint: PlanHint?, _ limits: QueryLimits, _ caller: Caller
    ) throws(QueryError) -> Aggregate {
        try Aggregate(
            model, stages, in: store.catalogue, mayRead: { caller.may(.read($0.name)) }, hint: hint, limits: limits)
    }

    private func count(_ model: CollectionModel, _ body: Document, _ context: CallContext) async throws -> Response {
        var question = QueryRequest(body, known: Set(QuestionMember.count))
        let (filter, hint, after) = (
            question.document("filter"), question.hint(), question.position("afterPosition")
        )
        let past = question.moment().map { PastQuestion(moment: $0, models: [model]) }
        let skip = question.number("skip", within: 0...Int(Int32.max), or: 0)
        let limit = question.number("limit", within: 0...Int(Int32.max), or: -1)
        let terms = question.terms()
        try question.check()
        return try await read("count", model, terms, context, after: after, asOf: past) { snapshot, limits, examined in
            let find = try Find(
                model, filter: filter, skip: skip, limit: limit < 0 ? nil : limit, hint: hint, limits: limits)
            let count = try find.count(snapshot, limits: limits) { examined = $0.documentsExamined }
            return .json(
                .ok,
                [
                    "count": .int64(Int64(count)),
                    "position": .int64(Int64(clamping: snapshot.position)),
                ] + (past?.members(snapshot.position, store) ?? [:]), position: snapshot.position)
        }
    }

    /// The values of a field, each once, in order; those of an array one by one.
    private func distinct(_ model: CollectionModel, _ body: Document, _ context: CallContext) async throws -> Response {
        var question = QueryRequest(body, known: Set(QuestionMember.distinct))
        let (field, filter, after) = (
            question.text("field"), question.document("filter"), question.position("afterPosition")
        )
        let hint = question.hint()
        let past = question.moment().map { PastQuestion(moment: $0, models: [model]) }
        let terms = question.terms()
        try question.check()
        guard let field, !field.isEmpty else {
            throw Problem(.badRequest, "question", "The question is not clear", "name a field")
        }
        return try await read("distinct", model, terms, context, after: after, asOf: past) {
            snapshot, limits, examined in
            var limits = limits
            // What is held is what is answered.
            limits.memoryBytes = QueryAnswer.largest
            let find = try Find(model, filter: filter, hint: hint, limits: limits)
            let values = try find.distinct(field, snapshot, limits: limits) { examined = $0.documentsExamined }
            context.note?.add(returned: values.count)
            return .json(
                .ok,
                ["values": .array(values), "position": .int64(Int64(clamping: snapshot.position))]
                    + (past?.members(snapshot.position, store) ?? [:]),
                position: snapshot.position)
        }
    }

    private func explain(_ model: CollectionModel, _ body: Document, _ context: CallContext) async throws -> Response {
        let caller = context.caller
        let isPipeline = body.keys.contains("pipeline")
        var question = QueryRequest(
            body, known: Set(isPipeline ? QuestionMember.explainedPipeline : QuestionMember.explainedFind))
        let hint = question.hint()
        let stages = isPipeline ? question.documents("pipeline") : []
        let (filter, sort) = (question.document("filter"), question.document("sort"))
        let projection = question.document("projection")
        let skip = question.number("skip", within: 0...Int(Int32.max), or: 0)
        let limit = question.number("limit", within: 0...Int(Int32.max), or: -1)
        let terms = question.terms()
        try question.check()
        return try await read("explain", model, terms, context, after: 0, looksAtMuch: true) { snapshot, limits, _ in
            if isPipeline {
                let pipeline = try self.pipeline(model, stages, hint, limits, caller)
                return .json(.ok, try pipeline.explain(snapshot, limits: limits), position: snapshot.position)
            }
            let find = try Find(
                model, filter: filter, sort: sort, skip: skip, limit: limit < 0 ? nil : limit,
                projection: projection, hint: hint, limits: limits)
            return .json(.ok, try find.explain(snapshot, limits: limits), position: snapshot.position)
        }
    }
}

extension DocumentFormat {
    /// `?format=`, where it is all that the URL may say.
    init(_ request: Request) throws(Problem) {
        var parameters = QueryParameters(request, known: ["format"])
        self = parameters.word("format", or: .relaxed)
        try parameters.check()
    }
}
