internal import Annals
internal import BSON
internal import HTTPTypes
internal import Hummingbird
internal import Views

/// Events that a view could not apply: `GET /v1/anomalies`, `POST …/skip`, `POST …/retry`.
struct AnomalyRoutes: Sendable {
    let store: Store
    private let threads = QuestionThreads(mostWaiting: 4)
    static let parameters: Set<String> = ["collection", "most", "duplicates"]
    private static let largestBody = 64 << 10
    private static let mostListed = 10_000
    private enum Duplicates: String, CaseIterable { case yes = "true", no = "false" }

    func add(to router: Router<CallContext>) {
        router.get("/v1/anomalies") { request, context in
            try context.caller.require(.admin)
            return try await list(request, context.note)
        }
        router.post("/v1/anomalies/skip") { request, context in
            try context.caller.require(.admin)
            let anomaly = try anomaly(try await JSONBody.document(request, limit: Self.largestBody))
            return try await skip(anomaly, context.caller)
        }
        router.post("/v1/anomalies/retry") { request, context in
            try context.caller.require(.admin)
            return try retry(try await JSONBody.document(request, limit: Self.largestBody))
        }
    }

    private func list(_ request: Request, _ note: ReadNote?) async throws -> Response {
        var parameters = QueryParameters(request, known: Self.parameters)
        let collection = parameters.text("collection")
        let most = parameters.number("most", within: 1...Self.mostListed, or: 100)
        let duplicates = parameters.word("duplicates", or: Duplicates.no)
        try parameters.check()
        let (anomalies, count) = try found { () throws(StoreError) in try store.anomalies(collection, limit: most) }
        var answer: Document = [
            "anomalies": .array(anomalies.map { .document($0.described) }),
            "count": .int64(Int64(count.anomalies)), "held": .int64(Int64(count.held)),
        ]
        if duplicates == .yes {
            // It reads all unique indexes.
            let all = try await threads.run {
                try found { () throws(StoreError) in try store.duplicates(collection, limit: most) }
            }
            answer.append("duplicates", .array(all.map { .document($0.described) }))
        }
        note?.add(returned: anomalies.count)
        return .json(.ok, answer)
    }

    private func skip(_ anomaly: ViewAnomaly, _ caller: Caller) async throws(Problem) -> Response {
        do throws(AppendError) {
            let receipt = try await store.skip(anomaly, principal: caller.principal)
            return .json(.created, receipt.document, position: receipt.position)
        } catch { throw Problem(error) }
    }

    private func retry(_ body: Document) throws -> Response {
        var question = QueryRequest(body, known: Set(QuestionMember.retryAnomalies))
        let names = question.texts("collections") ?? []
        try question.check()
        let retried = try found { () throws(StoreError) in try store.retryAnomalies(names) }
        return .json(.accepted, ["collections": .array(retried.map { .string($0) })])
    }

    /// Which one a body names.
    private func anomaly(_ body: Document) throws -> ViewAnomaly {
        var question = QueryRequest(body, known: Set(QuestionMember.skipAnomaly))
        let collection = question.text("collection") ?? ""
        if collection.isEmpty { question.refuse("collection", "is required") }
        let text = question.text("document")
        let document = text.flatMap { ObjectID(hex: $0) }
        if text != nil, document == nil { question.refuse("document", "must be 24 hex digits") }
        let position = question.value("position").flatMap(\.position)
        if position == nil, question.value("position") != nil || document == nil {
            question.refuse(
                "position", document == nil ? "is required where no document is named" : "must be a position")
        }
        try question.check()
        return try found { () throws(StoreError) in try store.anomaly(collection, document, at: position) }
    }

    private func found<R>(_ body: () throws(StoreError) -> R) throws(Problem) -> R {
        do throws(StoreError) { return try body() } catch {
            switch error {
            case .rebuild(.underway): throw Problem(.conflict, "rebuild-underway", "It is under way", "\(error)")
            case .notFound: throw Problem(.notFound, "no-anomaly", "There is no such anomaly", "\(error)")
            default: throw Problem(reading: error)
            }
        }
    }
}
