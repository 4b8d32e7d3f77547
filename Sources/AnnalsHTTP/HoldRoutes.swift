internal import Annals
internal import BSON
internal import HTTPTypes
internal import Hummingbird

/// Snapshots held for a process beside this one that reads the files: `POST /v1/holds`, `POST …/ID/renew`, `DELETE …/ID`.
struct HoldRoutes: Sendable {
    let store: Store
    private static let largestBody = 4 << 10

    func add(to router: Router<CallContext>) {
        router.post("/v1/holds") { request, context in
            try context.caller.require(.admin)
            let body = try await JSONBody.document(request, limit: Self.largestBody)
            var question = QueryRequest(body, known: Set(QuestionMember.hold))
            let subject = question.choice("of", Self.subjects, or: .log)
            try question.check()
            return try hold(subject)
        }
        router.post("/v1/holds/{id}/renew") { _, context in
            try context.caller.require(.admin)
            return try answer(store.holds.renew(try context.parameters.require("id")))
        }
        router.delete("/v1/holds/{id}") { _, context in
            try context.caller.require(.admin)
            return try answer(store.holds.release(try context.parameters.require("id")))
        }
    }

    static let subjects = SnapshotHolds.Subject.allCases.map { ($0.rawValue, $0) }

    private func hold(_ subject: SnapshotHolds.Subject) throws(Problem) -> Response {
        do throws(SnapshotHolds.Failure) {
            let id = try store.holds.hold(subject)
            return .json(
                .created, ["hold": .string(id), "seconds": .int32(Int32(clamping: SnapshotHolds.seconds))])
        } catch {
            switch error {
            case .tooMany: throw Problem(.serviceUnavailable, "busy", "Too many snapshots are held", "\(error)")
            case .storage(let cause): throw Problem(reading: cause)
            }
        }
    }

    private func answer(_ isHeld: Bool) throws(Problem) -> Response {
        guard isHeld else {
            throw Problem(.notFound, "no-hold", "No such snapshot is held", "it was let go, or was not renewed in time")
        }
        return Response(status: .noContent)
    }
}
