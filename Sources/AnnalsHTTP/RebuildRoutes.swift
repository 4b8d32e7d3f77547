internal import Annals
internal import BSON
internal import HTTPTypes
internal import Hummingbird
internal import Views

/// Views that are folded anew while the old ones serve: `POST /v1/rebuilds`, `GET /v1/rebuilds`, and of one
/// `POST …/NAME/serve`, `/discard`, `/rollback`.
struct RebuildRoutes: Sendable {
    let store: Store
    private static let largestBody = 64 << 10

    func add(to router: Router<CallContext>) {
        router.get("/v1/rebuilds") { request, context in
            try context.caller.require(.admin)
            try QueryParameters(request, known: []).check()
            return answer(.ok)
        }
        router.post("/v1/rebuilds") { request, context in
            try context.caller.require(.admin)
            let body = try await JSONBody.document(request, limit: Self.largestBody)
            var question = QueryRequest(body, known: Set(QuestionMember.rebuild))
            let names = question.texts("collections") ?? []
            let purpose = question.choice("purpose", RebuildStatus.purposes, or: .toServe)
            try question.check()
            try begun { () throws(StoreError) in try store.rebuilds.start(names, purpose) }
            return answer(.accepted)
        }
        for (name, step) in Self.steps {
            router.post("/v1/rebuilds/{name}/\(name)") { request, context in
                try context.caller.require(.admin)
                try QueryParameters(request, known: []).check()
                let collection = try context.parameters.require("name")
                try begun { () throws(StoreError) in try step(store.rebuilds, collection) }
                return answer(.accepted)
            }
        }
    }

    private typealias Step = @Sendable (Rebuilds, String) throws(StoreError) -> Void

    private static let steps: [(String, Step)] = [
        ("serve", { (rebuilds, name) throws(StoreError) in try rebuilds.serve(name) }),
        ("discard", { (rebuilds, name) throws(StoreError) in try rebuilds.discard(name) }),
        ("rollback", { (rebuilds, name) throws(StoreError) in try rebuilds.rollBack(name) }),
    ]

    private func begun(_ body: () throws(StoreError) -> Void) throws(Problem) {
        do throws(StoreError) { try body() } catch {
            switch error {
            case .rebuild(.underway): throw Problem(.conflict, "rebuild-underway", "It is under way", "\(error)")
            case .rebuild: throw Problem(.conflict, "rebuild", "There is nothing to let serve", "\(error)")
            case .notFound: throw Problem(.notFound, "no-collection", "No such collection", "\(error)")
            default: throw Problem(reading: error)
            }
        }
    }

    private func answer(_ status: HTTPResponse.Status) -> Response {
        .json(status, ["rebuilds": .array(store.rebuilds.statuses.map { .document($0.document) })])
    }
}
