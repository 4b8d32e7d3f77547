internal import HTTPTypes
internal import Hummingbird

/// What an answer may be written as; which of them, the `Accept` header tells.
enum AnswerForm: String {
    case json = "application/json"
    case lines = "application/x-ndjson"
    case csv = "text/csv"
    case stream = "text/event-stream"

    /// The form that the caller likes best; the first of `forms` where they do not care.
    static func chosen(_ request: Request, from forms: [AnswerForm]) throws(Problem) -> AnswerForm {
        let wishes = request.headers[values: .accept].flatMap { $0.split(separator: ",") }.compactMap { Wish($0) }
        guard let first = forms.first, !wishes.isEmpty else { return forms.first ?? .json }
        var best: (form: AnswerForm, quality: Double)?
        for form in forms {
            // The most precise range that fits counts (RFC 9110, 12.5.1).
            let fitting = wishes.filter { $0.fits(form) }.max { $0.precision < $1.precision }
            guard let quality = fitting?.quality, quality > 0, quality > best?.quality ?? 0 else { continue }
            best = (form, quality)
        }
        if let best { return best.form }
        let names = forms.map(\.rawValue).joined(separator: ", ")
        throw Problem(
            .notAcceptable, "accept", "There is no such form of the answer", "it comes as \(names), \(first) by default"
        )
    }

    /// One range of an `Accept` header.
    private struct Wish {
        let type: String
        let quality: Double

        init?(_ text: Substring) {
            let parts = text.split(separator: ";").map { $0.trimmed.lowercased() }
            guard let type = parts.first, type.contains("/") else { return nil }
            self.type = type
            let quality = parts.dropFirst().first { $0.hasPrefix("q=") }.map { $0.dropFirst(2) }
            self.quality = quality.map { Double($0) ?? 0 } ?? 1
        }

        var precision: Int { type == "*/*" ? 0 : type.hasSuffix("/*") ? 1 : 2 }

        func fits(_ form: AnswerForm) -> Bool {
            if type == "*/*" || type == form.rawValue { return true }
            if type.hasSuffix("/*") { return form.rawValue.hasPrefix(type.dropLast()) }
            return form == .lines && ["application/ndjson", "application/jsonl"].contains(type)
        }
    }
}

extension Substring {
    /// Without the blanks around it.
    var trimmed: String {
        func isBlank(_ byte: UInt8?) -> Bool { byte == 0x20 || byte == 0x09 }
        var bytes = utf8[...]
        while isBlank(bytes.first) { bytes.removeFirst() }
        while isBlank(bytes.last) { bytes.removeLast() }
        return String(Substring(bytes))
    }
}
