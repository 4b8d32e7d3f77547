public import BSON
internal import NIOHTTP1

extension AnnalsClient {
    /// What became of one event.
    public struct Receipt: Sendable, Hashable {
        public let position: UInt64
        public let streamVersion: UInt64
        /// The `_id` in the event's data.
        public let documentID: String?
        /// It was accepted before; nothing was written.
        public let wasThere: Bool

        init(_ document: Document) throws(ClientError) {
            guard let position = document["position"]?.wholeNumber,
                let version = document["streamVersion"]?.wholeNumber, case .bool(let wasThere)? = document["duplicate"]
            else { throw .badAnswer("a receipt is not to be read: \(JSON.string(document, style: .relaxed))") }
            self.position = position
            streamVersion = version
            self.wasThere = wasThere
            if case .string(let id)? = document["document"] { documentID = id } else { documentID = nil }
        }
    }

    /// Appends a CloudEvent. Returns when it is durable and visible.
    @discardableResult
    public func append(_ event: Document) async throws(ClientError) -> Receipt {
        let body = Array(JSON.string(event, style: .canonical).utf8)
        let answer = try await call(.POST, "/v1/events", body: body, type: "application/cloudevents+json")
        return try Receipt(try answer.document(url))
    }

    /// Appends all events, or none.
    public func append(_ events: [Document]) async throws(ClientError) -> [Receipt] {
        var body: [UInt8] = []
        for event in events {
            body.append(body.isEmpty ? UInt8(ascii: "[") : UInt8(ascii: ","))
            JSON.write(event, style: .canonical, into: &body)
        }
        if body.isEmpty { return [] }
        body.append(UInt8(ascii: "]"))
        return try await appendBatch(body)
    }

    /// The same for events that are JSON already: the text of an array.
    public func appendBatch(_ json: [UInt8], isHistory: Bool = false) async throws(ClientError) -> [Receipt] {
        let answer = try await call(
            .POST, "/v1/events\(isHistory ? "?history=true" : "")", body: json,
            type: "application/cloudevents-batch+json")
        guard case .array(let elements)? = try answer.document(url)["receipts"] else {
            throw .badAnswer("\(url) gives no receipts")
        }
        var receipts: [Receipt] = []
        for case .document(let receipt) in elements { receipts.append(try Receipt(receipt)) }
        return receipts
    }

    /// Appends lines of JSON, each a request of its own, and gives the answers in their order: a receipt, or a problem with
    /// its `status`. Fewer where the server went away meanwhile: send all again.
    ///
    /// `isHistory`: timers fire by the events' own time.
    public func appendLines(_ lines: [UInt8], isHistory: Bool = false) async throws(ClientError) -> [Document] {
        let answer = try await call(
            .POST, "/v1/events\(isHistory ? "?history=true" : "")", body: lines, type: "application/x-ndjson")
        guard answer.status == 200 else {
            _ = try answer.document(url)
            throw .badAnswer("\(url) answers \(answer.status)")
        }
        var results: [Document] = []
        for line in answer.body.split(separator: 0x0A) {
            do throws(JSONError) { results.append(try JSON.parse(Array(line), extended: true)) } catch {
                throw .badAnswer("\(url) answers a line that is no JSON: \(error)")
            }
        }
        return results
    }
}

extension Value {
    /// A whole number from 0.
    var wholeNumber: UInt64? {
        switch self {
        case .int32(let number): UInt64(exactly: number)
        case .int64(let number): UInt64(exactly: number)
        default: nil
        }
    }
}
