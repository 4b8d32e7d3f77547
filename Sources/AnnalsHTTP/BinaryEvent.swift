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

    /// The event in the structured form, which is read like any other.
    static func structured(_ request: Request, data: Document) throws(Problem) -> Document {
        var event = Document()
        var names: Set<String> = []
        for header in request.headers where header.name.canonicalName.hasPrefix(prefix) {
            let name = String(header.name.canonicalName.dropFirst(prefix.count))
            guard names.insert(name).inserted, name != "data", let text = decoded(header.value) else {
                var problem = Problem(
                    .badRequest, "header", "A header cannot be taken",
                    "\(header.name.rawName) must be there once, and be UTF-8 in percent encoding")
                problem.errors = [
                    Problem.Detail(
                        index: 0, type: "", field: header.name.rawName, rule: "header", value: header.value,
                        message: "must be there once, and be UTF-8 in percent encoding")
                ]
                throw problem
            }
            event.append(name, .string(text))
        }
        event.append("data", .document(data))
        return event
    }

    /// Quotes, then percent encoding, undone (CloudEvents HTTP binding, 3.1.3.2); `nil` where it is not UTF-8.
    private static func decoded(_ value: String) -> String? {
        var text = Array(value.utf8)[...]
        if text.count > 1, text.first == 0x22, text.last == 0x22 { text = unquoted(text.dropFirst().dropLast())[...] }
        var bytes: [UInt8] = []
        while let byte = text.popFirst() {
            guard byte == 0x25 else {
                bytes.append(byte)
                continue
            }
            // A sign is no digit.
            guard text.count >= 2, text.first != 0x2B,
                let code = UInt8(String(decoding: text.prefix(2), as: UTF8.self), radix: 16)
            else { return nil }
            bytes.append(code)
            text = text.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
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
