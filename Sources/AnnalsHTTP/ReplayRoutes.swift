internal import Annals
internal import BSON
internal import HTTPTypes
internal import Hummingbird
internal import Query
internal import Schema
internal import Views

/// Looking back from outside: `GET …/NAME/ID/history`, `POST /v1/replay/diff`, `POST /v1/replay/what-if`.
struct ReplayRoutes: Sendable {
    let store: Store
    let departures: Departures
    /// How long one waits for views that are being folded.
    let waitLimit: Duration
    static let historyParameters: Set<String> = ["after", "limit", "format"]
    static let diffMembers = ["from", "to", "by", "collections", "limit"]
    static let whatIfMembers = ["without", "replace", "event", "collections", "asOf", "limit"]
    private static let standardLimit = 100
    private static let highestLimit = 1_000
    private static let largestBody = 1 << 20
    /// How long one diff may read.
    static let diffLimit = Duration.seconds(10)

    func add(to router: Router<CallContext>) {
        router.get("/v1/collections/{name}/{id}/history") { request, context in
            let model = try DocumentRoutes.model(
                try context.parameters.require("name"), context.caller, store)
            let id = try DocumentRoutes.objectID(try context.parameters.require("id"))
            return try history(model, id, request, context.note)
        }
        router.post("/v1/replay/diff") { request, context in
            try await diff(try await body(request, context), context)
        }
        router.post("/v1/replay/what-if") { request, context in
            try context.caller.require(.audit)
            return try await whatIf(try await body(request, context), context)
        }
    }

    private func body(_ request: Request, _ context: CallContext) async throws -> Document {
        let body = try await JSONBody.document(request, limit: Self.largestBody)
        context.note?.asks(body)
        return body
    }

    // MARK: One document

    private func history(
        _ model: CollectionModel, _ id: ObjectID, _ request: Request, _ note: ReadNote?
    ) throws -> Response {
        var parameters = QueryParameters(request, known: Self.historyParameters)
        let after = parameters.number("after") ?? 0
        let limit = parameters.number("limit", within: 1...Self.highestLimit, or: Self.standardLimit)
        let format = parameters.word("format", or: DocumentFormat.relaxed)
        try parameters.check()
        var versions: [Value] = []
        let isKnown: Bool
        var isComplete = true
        var examined = 0
        let position = try store.history.position()
        do throws(StoreError) {
            isKnown = try store.history.forEachChange(
                model, id: id, after: after, through: position, mostEvents: PastDocument.mostEvents
            ) {
                examined += 1
                guard versions.count < limit else {
                    isComplete = false
                    return false
                }
                versions.append(.document($0.document(model)))
                return true
            }
        } catch { throw Problem(refolding: error) }
        guard isKnown else {
            throw Problem(.notFound, "no-document", "No such document", "no event made \(model.name)/\(id)")
        }
        note?.add(returned: versions.count, examined: examined)
        return .json(
            .ok,
            [
                "versions": .array(versions), "complete": .bool(isComplete),
                "position": .int64(Int64(clamping: position)),
            ], style: format.style, position: position)
    }

    // MARK: Collections

    private func diff(_ body: Document, _ context: CallContext) async throws -> Response {
        var question = QueryRequest(body, known: Set(Self.diffMembers))
        let (from, to) = (question.moment("from"), question.moment("to"))
        let names = question.texts("collections")
        let limit = question.number("limit", within: 0...Self.highestLimit, or: Self.standardLimit)
        if from == nil { question.refuse("from", "must be a position, or an RFC 3339 time") }
        if to == nil { question.refuse("to", "must be a position, or an RFC 3339 time") }
        try question.check()
        guard let from, let to else { return Response(status: .badRequest) }
        let models = try models(names, store.catalogue.collections, context.caller)
        let (first, last) = (
            try await PastQuestion.position(from, store), try await PastQuestion.position(to, store)
        )
        let end = ContinuousClock.now + Self.diffLimit
        let found = try await departures.whileConnected(context.channel) { gone in
            do throws(StoreError) {
                return try await store.past.differences(of: models, from: first, to: last, keeping: limit) {
                    ContinuousClock.now < end && !gone.isCancelled
                }
            } catch { throw Self.problem(error, gone) }
        }
        context.note?.add(returned: found.reduce(0) { $0 + min($1.count, limit) })
        return .json(
            .ok,
            [
                "from": .int64(Int64(clamping: first)), "to": .int64(Int64(clamping: last)),
                "collections": .array(found.filter { $0.count > 0 }.map { .document($0.document) }),
            ], position: max(first, last))
    }

    private static func problem(_ error: StoreError, _ gone: QueryCancellation) -> Problem {
        guard case .replay(.stopped) = error else { return Problem(reading: error) }
        if gone.isCancelled { return Problem(gone: "\(error)") }
        return Problem(
            .unprocessableContent, "query-limit", "The question costs too much",
            "comparing them takes more than \(diffLimit); name fewer collections, or positions that are closer")
    }

    private func whatIf(_ body: Document, _ context: CallContext) async throws -> Response {
        var question = QueryRequest(body, known: Set(Self.whatIfMembers))
        let (without, replaced) = (question.position("without"), question.position("replace"))
        let event = question.document("event")
        let names = question.texts("collections")
        let moment = question.moment("asOf")
        let limit = question.number("limit", within: 0...Self.highestLimit, or: Self.standardLimit)
        if (without == 0) == (replaced == 0) {
            question.refuse("without", "or replace, one of them, must be the position of an event")
        }
        try question.check()
        var supposing: Supposing
        do throws(SupposingError) {
            supposing = try store.supposing(
                without: without, replacing: replaced == 0 ? nil : replaced, by: event)
        } catch { throw Problem(error) }
        let wanted = Set(try models(names, supposing.models, context.caller).map(\.number))
        supposing = supposing.only { wanted.contains($0.number) }
        let position = try await PastQuestion.position(moment ?? .position(store.visiblePosition), store)
        do throws(PastError) {
            let found = try await store.past.whatIf(supposing, asOf: position, keeping: limit, within: waitLimit)
            context.note?.add(returned: found.collections.reduce(0) { $0 + min($1.count, limit) })
            return .json(.ok, found.document(store.catalogue), position: position)
        } catch {
            var problem = Problem(error)
            // Who asks again for another position would wait anew.
            if problem.name == "folding" {
                problem.more =
                    problem.more.filter { $0.0 != "position" }
                    + [("position", .int64(Int64(clamping: position)))]
            }
            throw problem
        }
    }

    /// Those of these names, which the caller must be allowed to read; else all of `all` that they may.
    private func models(_ names: [String]?, _ all: [CollectionModel], _ caller: Caller) throws(Problem)
        -> [CollectionModel]
    {
        guard let names else { return all.filter { caller.may(.read($0.name)) } }
        var models: [CollectionModel] = []
        for name in names { models.append(try DocumentRoutes.model(name, caller, store)) }
        let known = Set(all.map(\.number))
        return models.filter { known.contains($0.number) }
    }
}

extension Problem {
    fileprivate init(_ error: SupposingError) {
        switch error {
        case .noEvent: self.init(.notFound, "no-event", "There is no such event", "\(error)")
        case .otherType: self.init(.unprocessableContent, "event-type", "The event is of another type", "\(error)")
        case .refused(let refusals): self.init([(0, refusals)])
        case .store(let cause): self.init(reading: cause)
        }
    }
}
