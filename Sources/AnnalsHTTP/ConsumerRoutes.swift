internal import Annals
internal import BSON
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore

/// Readers whose places the store keeps: `GET /v1/consumers/NAME/events` goes on after what `POST …/ack` has told. At least
/// once: what is not acknowledged comes again.
struct ConsumerRoutes: Sendable {
    let store: Store
    let readLimit: Duration
    let streams: StreamOptions
    let measurements: Measurements

    func add(to router: Router<CallContext>) {
        router.get("/v1/consumers") { _, context in
            try context.caller.require(.audit)
            let all = try await kept { () throws(ConsumerError) in try await store.consumers.all() }
            context.note?.add(returned: all.count)
            return Response.json(.ok, ["consumers": .array(all.map { .document(answer($0)) })])
        }
        router.get("/v1/consumers/{name}") { _, context in
            let name = try self.name(context)
            let consumer = try await kept { () throws(ConsumerError) in try await store.consumers.get(name) }
            context.note?.add(returned: 1)
            return Response.json(.ok, answer(consumer))
        }
        router.get("/v1/consumers/{name}/events") { request, context in
            try await events(try name(context), request, context)
        }
        router.post("/v1/consumers/{name}/ack") { request, context in
            let (name, position) = (try self.name(context), try await position(request))
            let consumer = try await kept { () throws(ConsumerError) in
                try await store.consumers.acknowledge(name, position)
            }
            return Response.json(.ok, answer(consumer))
        }
        router.delete("/v1/consumers/{name}") { _, context in
            let name = try self.name(context)
            try await kept { () throws(ConsumerError) in try await store.consumers.delete(name) }
            return Response(status: .noContent)
        }
    }

    /// Which consumer, for who may read the log.
    private func name(_ context: CallContext) throws -> String {
        try context.caller.require(.audit)
        return try context.parameters.require("name")
    }

    /// The first request makes the consumer. The newest connection has the stream; one before it ends.
    private func events(_ name: String, _ request: Request, _ context: CallContext) async throws -> Response {
        let form = try AnswerForm.chosen(request, from: [.json, .stream])
        var (selection, filter) = try EventSelection.consumer(request, store)
        let after = selection.query.after
        // Who asks for headers alone makes no consumer, and takes no stream from anybody.
        let isHead = request.method == .head
        let consumer = try await kept { () throws(ConsumerError) in
            isHead
                ? try await store.consumers.preview(name, filter: filter, after: after)
                : try await store.consumers.open(name, filter: filter, after: after)
        }
        selection.query.filter = consumer.filter
        selection.query.after = consumer.acknowledged
        guard form == .stream else {
            var page = try EventReadRoutes.page(selection, store, readLimit, context.note)
            // What comes next is asked for here again, once this is acknowledged: a link to the log has no filter.
            page.headers[.link] = nil
            return page
        }
        if isHead { return Response(status: .ok, headers: [.contentType: form.rawValue]) }
        // Nor does one that there is no room for.
        try EventSubscription.checkRoom(streams, measurements)
        let connection = store.consumers.connect(name)
        return try EventSubscription(store, selection, streams, measurements, context) {
            store.consumers.isConnected(name, connection)
                ? nil
                : Problem(.conflict, "taken-over", "The stream ends", "\(name) was connected to anew, or deleted")
        }.response()
    }

    /// `{"position":N}`
    private func position(_ request: Request) async throws -> UInt64 {
        let body = try await JSONBody.document(request, limit: 4 << 10)
        guard let position = body["position"]?.position, body.count == 1 else {
            throw Problem(
                .unprocessableContent, "question", "The acknowledgement is not clear", #"send {"position":N}"#)
        }
        return position
    }

    private func kept<R>(_ body: () async throws(ConsumerError) -> R) async throws(Problem) -> R {
        do throws(ConsumerError) { return try await body() } catch { throw Problem(error) }
    }

    private func answer(_ consumer: Consumer) -> Document {
        var document: Document = [
            "name": .string(consumer.name), "acknowledged": .int64(Int64(clamping: consumer.acknowledged)),
            "behind": .int64(
                Int64(clamping: store.visiblePosition - min(store.visiblePosition, consumer.acknowledged))),
            "createdAt": .string(consumer.createdAt.description),
        ]
        if let time = consumer.acknowledgedAt { document.append("acknowledgedAt", .string(time.description)) }
        document.append("filter", .document(consumer.filter.document))
        return document
    }
}
