internal import Annals
internal import BSON
internal import EventLog
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import Proofs

/// What an auditor takes away: `GET /v1/log/checkpoint`, `/key`, `/proof/inclusion`, `/proof/consistency`, and `/v1/roots`.
struct LogRoutes: Sendable {
    let store: Store

    func add(to router: Router<CallContext>) {
        router.get("/v1/log/checkpoint") { request, context in
            try context.caller.require(.audit)
            try QueryParameters(request, known: []).check()
            return Self.text("\(try signed { () throws(CheckpointError) in try store.checkpoint() })")
        }
        router.get("/v1/log/key") { request, context in
            try context.caller.require(.audit)
            try QueryParameters(request, known: []).check()
            return Self.text("\(try signed { () throws(CheckpointError) in try store.signingKey() })\n")
        }
        router.get("/v1/log/export") { request, context in
            try context.caller.require(.admin)
            return try export(request, context.note)
        }
        router.get("/v1/log/proof/inclusion") { request, context in
            try context.caller.require(.audit)
            let proof = try inclusion(request)
            context.note?.add(returned: 1, examined: 1)
            return proof
        }
        router.get("/v1/log/proof/consistency") { request, context in
            try context.caller.require(.audit)
            return try consistency(request)
        }
        router.get("/v1/roots") { request, context in
            try context.caller.require(.audit)
            try QueryParameters(request, known: []).check()
            return Response.json(.ok, try store.roots().document)
        }
    }

    /// A chapter of the log, of records as they lie there, with what is secret in them.
    private func export(_ request: Request, _ note: ReadNote?) throws -> Response {
        var parameters = QueryParameters(request, known: ["fromPosition", "toPosition"])
        let (from, to) = (parameters.number("fromPosition") ?? 1, parameters.number("toPosition"))
        if from == 0 { parameters.refuse("fromPosition", "0", "must be a position, from 1") }
        try parameters.check()
        let end = try signed { () throws(CheckpointError) in try store.logHead().size }
        let through = min(to ?? end, end)
        guard from <= through + 1 else {
            throw Problem(.notFound, "no-event", "There is no such event", "the log ends at position \(end)")
        }
        var exporter = store.exporter
        let chapter: (text: [UInt8], next: UInt64)
        do throws(BackupError) { chapter = try exporter.chapter(from: from, through: through) } catch {
            guard case .log(let cause) = error else { throw error }
            throw Problem(reading: StoreError.log(cause))
        }
        note?.add(returned: Int(chapter.next - from), examined: Int(chapter.next - from))
        return Response(
            status: .ok,
            headers: [
                .contentType: "application/x-ndjson", .cacheControl: "no-store", .annalsPosition: "\(chapter.next - 1)",
            ],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: chapter.text)))
    }

    private func inclusion(_ request: Request) throws(Problem) -> Response {
        var parameters = QueryParameters(request, known: ["position", "size", "withholdData"])
        let (position, size) = (parameters.number("position"), parameters.number("size"))
        let withholds = parameters.word("withholdData", or: Word.false) == .true
        if position == nil, parameters.all("position").isEmpty { parameters.refuse("position", nil, "is missing") }
        try parameters.check()
        let proof = try signed { () throws(CheckpointError) in
            try store.proof(ofEventAt: position ?? 0, size: size, withholdsData: withholds)
        }
        return .json(.ok, proof.document)
    }

    private func consistency(_ request: Request) throws(Problem) -> Response {
        var parameters = QueryParameters(request, known: ["since", "size"])
        let (since, size) = (parameters.number("since"), parameters.number("size"))
        if since == nil, parameters.all("since").isEmpty { parameters.refuse("since", nil, "is missing") }
        try parameters.check()
        let proof = try signed { () throws(CheckpointError) in try store.proof(extending: since ?? 0, to: size) }
        return .json(.ok, proof.document)
    }

    private enum Word: String, CaseIterable { case `true`, `false` }

    static func text(_ text: String) -> Response {
        Response(
            status: .ok, headers: [.contentType: "text/plain; charset=utf-8", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }

    private func signed<R>(_ body: () throws(CheckpointError) -> R) throws(Problem) -> R { try Self.signed(body) }

    static func signed<R>(_ body: () throws(CheckpointError) -> R) throws(Problem) -> R {
        do throws(CheckpointError) { return try body() } catch {
            switch error {
            case .empty, .beyondEnd: throw Problem(.notFound, "no-event", "There is no such event", "\(error)")
            case .views(let cause):
                throw Problem(crowded: cause)
                    ?? Problem(.internalServerError, "internal", "The request failed", "see the server's log")
            default:
                throw Problem(
                    .internalServerError, "unsigned", "Nothing can be signed",
                    "see the server's log, or ask its operator")
            }
        }
    }
}
