internal import Annals
internal import BSON
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import Schema

/// Appending: `POST /v1/events`. With `?history=true` timers fire by the events' own time, not by the clock.
struct EventRoutes {
    let store: Store

    init(_ store: Store) { self.store = store }

    func add(to router: Router<BasicRequestContext>) {
        let store = store
        router.post("/v1/events") { request, _ in
            let isHistory = request.uri.queryParameters["history"] == "true"
            return switch Self.form(request) {
            case .one: try await Self.appendOne(try await Self.body(request, store), isHistory, store)
            case .batch: try await Self.appendBatch(try await Self.body(request, store), isHistory, store)
            case .stream: EventStream(store: store, isHistory: isHistory).response(to: request)
            case nil:
                throw Problem(
                    .unsupportedMediaType, "media-type", "The body's type is not one of those taken",
                    "use application/json, application/cloudevents+json, application/cloudevents-batch+json or "
                        + "application/x-ndjson")
            }
        }
    }

    // MARK: What is sent

    private enum Form { case one, batch, stream }

    private static func form(_ request: Request) -> Form? {
        let type = request.headers[.contentType]?.split(separator: ";").first?.lowercased() ?? ""
        return switch type.filter({ $0 != " " }) {
        // Plain JSON tells by its first byte which of the two it is.
        case "application/json", "application/cloudevents+json": .one
        case "application/cloudevents-batch+json": .batch
        case "application/x-ndjson", "application/ndjson", "application/jsonl": .stream
        default: nil
        }
    }

    private static func body(_ request: Request, _ store: Store) async throws -> [UInt8] {
        let limit = store.options.largestBatchBytes
        do {
            return Array(try await request.body.collect(upTo: limit).readableBytesView)
        } catch is NIOTooManyBytesError {
            throw Problem(tooLarge: "the body has more than \(limit) bytes; split it, or send NDJSON")
        }
    }

    // MARK: Appending

    private static func appendOne(_ body: [UInt8], _ isHistory: Bool, _ store: Store) async throws -> Response {
        if body.first(where: { !$0.isJSONSpace }) == UInt8(ascii: "[") {
            return try await appendBatch(body, isHistory, store)
        }
        let event: NewEvent
        do {
            event = try JSON.parse(body, extended: true, limits: limits(store)).withRaw { try CloudEvent.parse($0) }
        } catch let error as JSONError {
            throw Problem(error)
        } catch let error as Refusals {
            throw Problem([(0, error)])
        }
        let receipt = try await append([event], isHistory, store)[0]
        return .json(receipt.wasThere ? .ok : .created, receipt.document, position: receipt.position)
    }

    private static func appendBatch(_ body: [UInt8], _ isHistory: Bool, _ store: Store) async throws -> Response {
        let receipts = try await append(try events(body, store), isHistory, store)
        let isNew = receipts.contains { !$0.wasThere }
        return .json(
            isNew ? .created : .ok, ["receipts": .array(receipts.map { .document($0.document) })],
            position: receipts.map(\.position).max())
    }

    private static func append(_ events: [NewEvent], _ isHistory: Bool, _ store: Store) async throws -> [Receipt] {
        do {
            return try await store.append(events, isHistory: isHistory)
        } catch {
            throw Problem(error)
        }
    }

    /// All events of an array, or what is wrong with each of the bad ones.
    private static func events(_ body: [UInt8], _ store: Store) throws -> [NewEvent] {
        let value: Value
        do throws(JSONError) {
            value = try JSON.parseValue(body, extended: true, limits: limits(store))
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
                events.append(try object.withRaw { (raw) throws(Refusals) in try CloudEvent.parse(raw) })
            } catch {
                refused.append((index, error))
            }
        }
        guard refused.isEmpty else { throw Problem(refused) }
        return events
    }

    private static func limits(_ store: Store) -> JSON.Limits {
        JSON.Limits(maxBytes: store.options.largestBatchBytes)
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
