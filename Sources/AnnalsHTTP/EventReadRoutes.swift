internal import Annals
internal import BSON
internal import EventLog
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import Schema

/// Reading the log: `GET /v1/events` as a page (JSON), as lines (NDJSON) or as a stream (server-sent events), and the
/// schemas of what stands in it.
struct EventReadRoutes {
    let store: Store
    let readLimit: Duration
    let streams: StreamOptions
    let measurements: Measurements

    func add(to router: Router<CallContext>) {
        let (store, readLimit, streams, measurements) = (store, readLimit, streams, measurements)
        router.get("/v1/events") { request, context in
            try context.caller.require(.audit)
            switch try AnswerForm.chosen(request, from: [.json, .lines, .stream]) {
            case .stream:
                let selection = try EventSelection(stream: request, store)
                return try EventSubscription(store, selection, streams, measurements, context).response()
            case .lines:
                return EventLines(
                    store, try EventSelection(page: request, isLines: true, store), readLimit, context.note
                )
                .response()
            default:
                return try Self.page(
                    try EventSelection(page: request, isLines: false, store), store, readLimit, context.note)
            }
        }
        router.get("/v1/schemas") { _, _ in
            Response.json(.ok, ["types": .array(store.catalogue.eventTypes.map { .document($0.summary) })])
        }
        router.get("/v1/schemas/{type}") { _, context in
            let name = try context.parameters.require("type")
            guard let type = store.catalogue.type(name) else {
                throw Problem(.notFound, "no-type", "No such event type", "no collection declares \(name)")
            }
            return Response.json(.ok, type.schema, type: "application/schema+json")
        }
    }

    static func page(
        _ selection: EventSelection, _ store: Store, _ readLimit: Duration, _ note: ReadNote?
    ) throws -> Response {
        let deadline = ReadDeadline(readLimit)
        var body = Array(#"{"events":["#.utf8)
        var count = 0
        let page = try store.readEvents(selection.query) { record throws(StoreError) in
            if count > 0 { body.append(UInt8(ascii: ",")) }
            count += 1
            JSON.write(try CloudEvent.document(of: record, store), style: selection.format.style, into: &body)
            return true
        }
        try deadline.check()
        note?.add(returned: count, examined: page.examined)
        body += Array(#"],"next":\#(page.next),"complete":\#(page.isComplete),"position":\#(page.position)}"#.utf8)
        body.append(0x0A)
        var headers: HTTPFields = [
            .contentType: AnswerForm.json.rawValue, .annalsPosition: String(page.position), .vary: "accept",
        ]
        if !page.isComplete { headers[.link] = "<\(selection.link(after: page))>; rel=\"next\"" }
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
    }
}

extension Catalogue.EventType {
    fileprivate var summary: Document {
        [
            "type": .string(event.name.description), "schemaversion": .int32(Int32(event.schemaVersion)),
            "summary": .string(event.summary), "schema": .string("/v1/schemas/\(event.name)"),
        ]
    }

    fileprivate var schema: Document {
        Document(
            [
                ("$schema", .string("https://json-schema.org/draft/2020-12/schema")),
                ("$id", .string("/v1/schemas/\(event.name)")), ("title", .string(event.name.description)),
            ] + EventSchema(self).document.pairs.map { ($0.name, $0.value) })
    }
}
