internal import BSON
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore

/// Bodies of requests that are one JSON object.
enum JSONBody {
    private static func bytes(_ request: Request, limit: Int) async throws -> [UInt8] {
        do {
            return Array(try await request.body.collect(upTo: limit).readableBytesView)
        } catch is NIOTooManyBytesError {
            throw Problem(tooLarge: "the body has more than \(limit) bytes")
        }
    }

    /// Bodies are taken as they are.
    static func checkEncoding(_ request: Request) throws(Problem) {
        guard let encoding = request.headers[.contentEncoding]?.lowercased(), encoding != "identity" else { return }
        throw Problem(
            .unsupportedMediaType, "encoding", "The body's encoding is not taken",
            "send it as it is, not as \(encoding)")
    }

    /// - Throws: what the body is not, as a problem.
    static func document(_ request: Request, limit: Int) async throws -> Document {
        // A page in a browser can send other types to any server; for this one the browser asks first.
        let header = request.headers[.contentType]
        guard
            header == "application/json"
                || header?.split(separator: ";").first?.trimmed.lowercased() == "application/json"
        else {
            throw Problem(
                .unsupportedMediaType, "media-type", "The body's type is not the one taken", "use application/json")
        }
        try checkEncoding(request)
        let bytes = try await bytes(request, limit: limit)
        do throws(JSONError) {
            return try JSON.parse(bytes, extended: true, limits: JSON.Limits(maxBytes: limit))
        } catch { throw Problem(error) }
    }
}
