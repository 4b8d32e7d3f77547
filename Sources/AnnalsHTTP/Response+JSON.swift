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
        var bytes: [UInt8] = []
        JSON.write(document, style: style, into: &bytes)
        bytes.append(0x0A)
        var headers: HTTPFields = [.contentType: type]
        if let position, let name = HTTPField.Name("Annals-Position") { headers[name] = String(position) }
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}
