internal import Annals
internal import BSON
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import Schema
internal import Tracing

/// Appending: `POST /v1/events`. What the request says beside its events: `AppendTerms`.
struct EventRoutes: Sendable {
    let store: Store

    init(_ store: Store) { self.store = store }

    func add(to router: Router<CallContext>) {
        router.post("/v1/events") { request, context in
            let terms = try AppendTerms(request, store)
            try JSONBody.checkEncoding(request)
            switch try Self.form(request) {
            case .binary: return try await appendBinary(request, terms, context.caller)
            case .one: return try await appendOne(try await body(request), terms, context.caller)
            case .batch: return try await appendBatch(try await body(request), terms, context.caller)
            case .stream:
                try terms.checkStream()
                return EventStream(store: store, terms: terms, caller: context.caller).response(to: request)
            case nil:
                throw Problem(
                    .unsupportedMediaType, "media-type", "The body's type is not one of those taken",
                    "use application/json, application/cloudevents+json, application/cloudevents-batch+json or "
                        + "application/x-ndjson")
            }
        }
    }

    // MARK: What is sent

    private enum Form { case binary, one, batch, stream }

    private static func form(_ request: Request) throws(Problem) -> Form? {
        let type = (request.headers[.contentType]?.split(separator: ";").first?.lowercased() ?? "").filter { $0 != " " }
        // Of an event in ce- headers the type is its data's, unless it is that of events (HTTP binding, 3).
        if BinaryEvent.isOne(request), !type.hasPrefix("application/cloudevents") {
            try BinaryEvent.checkType(type)
            return .binary
        }
        return switch type {
        // Plain JSON tells by its first byte which of the two it is.
        case "application/json", "application/cloudevents+json": .one
        case "application/cloudevents-batch+json": .batch
        default: EventStream.types.contains(type) ? .stream : nil
        }
    }

    private func body(_ request: Request) async throws -> [UInt8] {
        let limit = store.options.largestBatchBytes
        do {
            return Array(try await request.body.collect(upTo: limit).readableBytesView)
        } catch is NIOTooManyBytesError {
            throw Problem(tooLarge: "the body has more than \(limit) bytes; split it, or send NDJSON")
        }
    }

    private var limits: JSON.Limits { JSON.Limits(maxBytes: store.options.largestBatchBytes) }

    // MARK: Appending

    private func appendBinary(_ request: Request, _ terms: AppendTerms, _ caller: Caller) async throws -> Response {
        let body = try await body(request)
        let data: Document
        do throws(JSONError) { data = try JSON.parse(body, extended: true, limits: limits) } catch {
            throw Problem(error)
        }
        return try await appendOne(try BinaryEvent.structured(request, data: data), terms, caller)
    }

    private func appendOne(_ body: [UInt8], _ terms: AppendTerms, _ caller: Caller) async throws -> Response {
        if body.first(where: { !$0.isJSONSpace }) == UInt8(ascii: "[") {
            return try await appendBatch(body, terms, caller)
        }
        let object: Document
        do throws(JSONError) { object = try JSON.parse(body, extended: true, limits: limits) } catch {
            throw Problem(error)
        }
        return try await appendOne(object, terms, caller)
    }

    private func appendOne(_ object: Document, _ terms: AppendTerms, _ caller: Caller) async throws -> Response {
        let object = terms.identified(object, place: nil)
        let event: NewEvent
        do throws(Refusals) {
            event = try object.withRaw { (raw) throws(Refusals) in
                try CloudEvent.parse(raw)
            }
        } catch {
            guard terms.parks else { throw Problem([(0, error)]) }
            return .json(.accepted, try await Parking(store, terms, caller).park(unreadable: object, error))
        }
        try caller.require(appending: event, store.catalogue)
        let events = try terms.applied(to: [event])
        let result = await appending(events, terms, caller)
        if terms.parks, case .failure(let error) = result,
            let parked = try await Parking(store, terms, caller).park(object, error)
        {
            return .json(.accepted, parked)
        }
        let receipt = try receipts(result, of: events, terms)[0]
        var response = Response.json(
            receipt.wasThere ? .ok : .created, receipt.document, position: receipt.position)
        response.headers[.eTag] = "\"\(receipt.streamVersion)\""
        return response
    }

    private func appendBatch(_ body: [UInt8], _ terms: AppendTerms, _ caller: Caller) async throws -> Response {
        try terms.checkBatch()
        let sent = try events(body, terms)
        for event in sent { try caller.require(appending: event, store.catalogue) }
        let events = try terms.applied(to: sent)
        let receipts = try receipts(await appending(events, terms, caller), of: events, terms)
        let isNew = receipts.contains { !$0.wasThere }
        return .json(
            isNew ? .created : .ok, ["receipts": .array(receipts.map { .document($0.document) })],
            position: receipts.map(\.position).max())
    }

    private func appending(
        _ events: [NewEvent], _ terms: AppendTerms, _ caller: Caller
    ) async -> Result<[Receipt], AppendError> {
        await inSpan("append") { span in
            span.attributes["annals.events"] = events.count
            span.link(to: events, within: terms.traceparent)
            do throws(AppendError) {
                let receipts = try await store.append(
                    events, principal: caller.principal, isHistory: terms.isHistory)
                span.attributes["annals.position"] = receipts.map(\.position).max().map { Int(clamping: $0) }
                return .success(receipts)
            } catch {
                span.setStatus(SpanStatus(code: .error))
                return .failure(error)
            }
        }
    }

    private func receipts(
        _ result: Result<[Receipt], AppendError>, of events: [NewEvent], _ terms: AppendTerms
    ) throws(Problem) -> [Receipt] {
        do throws(AppendError) { return try result.get() } catch {
            throw Problem(error, of: events, expectsVersion: terms.expectsVersion)
        }
    }

    /// All events of an array, or what is wrong with each of the bad ones.
    private func events(_ body: [UInt8], _ terms: AppendTerms) throws -> [NewEvent] {
        let value: Value
        do throws(JSONError) {
            value = try JSON.parseValue(body, extended: true, limits: limits)
        } catch { throw Problem(error, inBatch: true) }
        guard case .array(let elements) = value else {
            throw Problem(.badRequest, "syntax", "A batch is an array", "the body must be an array of CloudEvents")
        }
        guard elements.count <= store.options.largestBatchEvents else {
            throw Problem(.tooLarge(events: elements.count, bytes: body.count))
        }
        var events: [NewEvent] = []
        var refused: [(index: Int, refusals: Refusals)] = []
        for (index, element) in elements.enumerated() {
            guard case .document(let object) = element else {
                refused.append(
                    (index, Refusals(eventType: "", [Refusal(.cast, "", "must be an object: a CloudEvent")])))
                continue
            }
            do throws(Refusals) {
                events.append(
                    try terms.identified(object, place: index).withRaw { (raw) throws(Refusals) in
                        try CloudEvent.parse(raw)
                    })
            } catch {
                refused.append((index, error))
            }
        }
        guard refused.isEmpty else { throw Problem(refused) }
        return events
    }
}

extension UInt8 {
    fileprivate var isJSONSpace: Bool { self == 0x20 || self == 0x09 || self == 0x0A || self == 0x0D }
}

extension Receipt {
    var document: Document {
        var document: Document = [
            "position": .int64(Int64(clamping: position)), "streamVersion": .int64(Int64(clamping: streamVersion)),
            "duplicate": .bool(wasThere),
        ]
        if let documentID { document.append("document", .string(documentID.description)) }
        return document
    }
}
