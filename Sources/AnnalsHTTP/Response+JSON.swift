internal import BSON
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore

extension Response {
    /// A document as JSON; `position` tells how much of the log the answer has seen.
    static func json(
        _ status: HTTPResponse.Status, _ document: Document, style: JSON.Style = .relaxed,
        type: String = "application/json", position: UInt64? = nil
    ) -> Response {
        document.withRaw { json(status, $0, style: style, type: type, position: position) }
    }

    /// The same of a document that stays where it is.
    static func json(
        _ status: HTTPResponse.Status, _ document: RawDocument, style: JSON.Style = .relaxed,
        type: String = "application/json", position: UInt64? = nil
    ) -> Response {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(2 * document.byteCount)
        JSON.write(document, style: style, into: &bytes)
        bytes.append(0x0A)
        var headers: HTTPFields = [.contentType: type]
        if let position { headers[.annalsPosition] = String(position) }
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}

extension HTTPField.Name {
    /// How much of the log an answer has seen.
    static let annalsPosition = known("Annals-Position")
    /// Where a page of documents ended.
    static let annalsCursor = known("Annals-Cursor")
    static let annalsCondition = known("Annals-Condition")
    static let idempotencyKey = known("Idempotency-Key")
    static let traceparent = known("traceparent")
    static let tracestate = known("tracestate")
    static let lastEventID = known("Last-Event-ID")
    static let link = known("Link")

    /// `name`: one that RFC 9110 allows.
    private static func known(_ name: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(name) else { preconditionFailure("\(name) is no name of a header") }
        return name
    }
}
