internal import Annals
internal import BSON
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import Schema

/// `GET /v1/collections/NAME/changes`: what events made of its documents, as a page or as a stream.
struct ChangeRoutes: Sendable {
    let store: Store
    let streams: StreamOptions
    let measurements: Measurements
    static let parameters: Set<String> = ["after", "limit", "format"]
    private static let standardLimit = 100
    private static let highestLimit = 200

    func add(to router: Router<CallContext>) {
        router.get("/v1/collections/{name}/changes") { request, context in
            let name = try context.parameters.require("name")
            guard let model = store.catalogue[name] else {
                throw Problem(.notFound, "no-collection", "No such collection", "there is no collection \(name)")
            }
            try context.caller.require(.read(name))
            var parameters = QueryParameters(request, known: Self.parameters)
            let form = try AnswerForm.chosen(request, from: [.json, .stream])
            let format = parameters.word("format", or: DocumentFormat.relaxed)
            let limit = parameters.number("limit", within: 1...Self.highestLimit, or: Self.standardLimit)
            let after = start(request, isStream: form == .stream, &parameters)
            try parameters.check()
            if form == .stream { return try stream(model, after, format.style, context) }
            return try page(model, after, limit, format.style, context.note)
        }
    }

    /// A stream goes on after `Last-Event-ID`, where the client had one.
    private func start(_ request: Request, isStream: Bool, _ parameters: inout QueryParameters) -> UInt64 {
        var after = parameters.number("after") ?? 0
        if isStream, let text = request.headers[.lastEventID] {
            if let position = UInt64(text) {
                after = position
            } else {
                parameters.refuse("Last-Event-ID", text, "must be a position, as the stream's ids are")
            }
        }
        if after > store.visiblePosition {
            parameters.refuse("after", "\(after)", "is past the newest event, at \(store.visiblePosition)")
        }
        return after
    }

    private func stream(_ model: CollectionModel, _ after: UInt64, _ style: JSON.Style, _ context: CallContext) throws
        -> Response
    {
        try EventSubscription(store, after: after, streams, measurements, context) { [store] in
            let reader = ChangeReader(store, model)
            return { after in
                var bytes: [UInt8] = []
                var count = 0
                let read = try reader.read(after: after) { position, change in
                    let before = bytes.count
                    EventSubscription.message(position, change, style, into: &bytes)
                    count += 1
                    return bytes.count - before
                }
                return EventSubscription.Page(
                    bytes: bytes, count: count, next: read.next, position: read.position, isComplete: read.isComplete)
            }
        }.response()
    }

    private func page(
        _ model: CollectionModel, _ after: UInt64, _ limit: Int, _ style: JSON.Style, _ note: ReadNote?
    ) throws -> Response {
        var body = Array(#"{"changes":["#.utf8)
        let start = body.count
        var count = 0
        let read = try ChangeReader(store, model).read(after: after, most: limit) { _, change in
            let before = body.count
            if before > start { body.append(UInt8(ascii: ",")) }
            JSON.write(change, style: style, into: &body)
            count += 1
            return body.count - before
        }
        note?.add(returned: count)
        body += Array(#"],"next":\#(read.next),"complete":\#(read.isComplete),"position":\#(read.position)}"#.utf8)
        body.append(0x0A)
        return Response(
            status: .ok,
            headers: [
                .contentType: AnswerForm.json.rawValue, .annalsPosition: String(read.position), .vary: "accept",
            ], body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
    }
}
