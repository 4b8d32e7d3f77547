internal import Annals
internal import BSON
internal import HTTPTypes
internal import Hummingbird
internal import Proofs

/// The audit trail of reads: `GET /v1/reads`, and what an auditor takes away of it, `…/checkpoint`, `…/key` and
/// `…/proof/consistency`.
struct ReadRoutes: Sendable {
    /// `nil` where reads are not audited.
    let trail: ReadTrail?
    static let standardLimit = 100

    func add(to router: Router<CallContext>) {
        router.get("/v1/reads") { request, context in
            try context.caller.require(.audit)
            var parameters = QueryParameters(request, known: ["after", "limit", "principal"])
            let after = parameters.number("after") ?? 0
            let limit = parameters.number("limit", within: 1...ReadTrail.longestPage, or: Self.standardLimit)
            let principal = parameters.text("principal")
            try parameters.check()
            let trail = try existing()
            let page: ReadPage
            do throws(ReadTrailError) {
                page = try await trail.pageNow(after: after, limit: limit, principal: principal)
            } catch { throw Problem(error) }
            context.note?.add(returned: page.entries.count)
            return Response.json(.ok, page.document)
        }
        router.get("/v1/reads/checkpoint") { request, context in
            try context.caller.require(.audit)
            try QueryParameters(request, known: []).check()
            let trail = try existing()
            return LogRoutes.text(
                "\(try LogRoutes.signed { () throws(CheckpointError) in try trail.checkpoint() })")
        }
        router.get("/v1/reads/key") { request, context in
            try context.caller.require(.audit)
            try QueryParameters(request, known: []).check()
            let trail = try existing()
            return LogRoutes.text(
                "\(try LogRoutes.signed { () throws(CheckpointError) in try trail.signingKey() })\n")
        }
        router.get("/v1/reads/proof/consistency") { request, context in
            try context.caller.require(.audit)
            var parameters = QueryParameters(request, known: ["since"])
            let since = parameters.number("since")
            if since == nil, parameters.all("since").isEmpty { parameters.refuse("since", nil, "is missing") }
            try parameters.check()
            let trail = try existing()
            let proof = try LogRoutes.signed { () throws(CheckpointError) in try trail.proof(extending: since ?? 0) }
            return Response.json(.ok, proof.document)
        }
    }

    private func existing() throws(Problem) -> ReadTrail {
        guard let trail else {
            throw Problem(
                .notFound, "audit-off", "Reads are not audited",
                "start the server with --audit-reads; what was written down before, `annals reads --data` shows without a server"
            )
        }
        return trail
    }
}
