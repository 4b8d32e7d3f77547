internal import Annals
internal import BSON
internal import HTTPTypes
internal import Hummingbird

/// CloudEvents in binary mode: attributes in `ce-` headers, data in the body.
enum BinaryEvent {
    private static let prefix = "ce-"

    static func isOne(_ request: Request) -> Bool {
        request.headers.contains { $0.name.canonicalName == "ce-specversion" }
    }

    /// The data is the body, and the type of the body its type.
    static func checkType(_ mediaType: String) throws(Problem) {
        guard !mediaType.isEmpty, CloudEvent.isJSON(mediaType) else {
            throw Problem(
                .unsupportedMediaType, "media-type", "The event's data is no JSON",
                "with ce- headers the body is the event's data, which is a JSON object here; send it as application/json"
            )
        }
    }

    /// The event in the structured form, which is read like any other.
    static func structured(_ request: Request, data: Document) throws(Problem) -> Document {
        var event = Document()
        var names: Set<String> = []
        for header in request.headers where header.name.canonicalName.hasPrefix(prefix) {
            let name = String(header.name.canonicalName.dropFirst(prefix.count))
            guard CloudEvent.isName(name), name != "data" else {
                throw refusal(
                    header, "names no attribute of an event: after ce- stand the letters a to z and digits alone")
            }
            guard names.insert(name).inserted, let text = decoded(header.value) else {
                throw refusal(header, "must be there once, and be UTF-8 in percent encoding")
            }
            event.append(name, .string(text))
        }
        event.append("data", .document(data))
        return event
    }

    private static func refusal(_ header: HTTPField, _ message: String) -> Problem {
        var problem = Problem(
            .badRequest, "header", "A header cannot be taken", "\(header.name.rawName) \(message)")
        problem.errors = [
            Problem.Detail(
                index: 0, type: "", field: header.name.rawName, rule: "header", value: header.value, message: message)
        ]
        return problem
    }

    /// Quotes, then percent encoding, undone (CloudEvents HTTP binding, 3.1.3.2); `nil` where it is not UTF-8.
    private static func decoded(_ value: String) -> String? {
        var text = Array(value.utf8)[...]
        if text.count > 1, text.first == 0x22, text.last == 0x22 { text = unquoted(text.dropFirst().dropLast())[...] }
        return PercentEncoding.decoded(text)
    }

    /// What a backslash stands before is meant as it is (RFC 9110, 5.6.4).
    private static func unquoted(_ quoted: ArraySlice<UInt8>) -> [UInt8] {
        var rest = quoted
        var bytes: [UInt8] = []
        while let byte = rest.popFirst() {
            if byte == 0x5C, let next = rest.popFirst() { bytes.append(next) } else { bytes.append(byte) }
        }
        return bytes
    }
}
