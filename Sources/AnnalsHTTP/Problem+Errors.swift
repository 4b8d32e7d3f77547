internal import Annals
internal import BSON
internal import HTTPTypes
internal import LMDB
internal import Schema

extension Problem {
    init(_ error: AppendError) {
        switch error {
        case .refused(let all):
            self.init(all)
        case .conflict(let index, let position):
            self.init(.conflict, "conflict", "Accepted before with other content", "\(error)")
            more = [("index", .int32(Int32(clamping: index))), ("position", .int64(Int64(clamping: position)))]
        case .wrongVersion(let index, let subject, let expected, let actual):
            self.init(.conflict, "version", "The stream is at another version", "\(error)")
            more = [
                ("index", .int32(Int32(clamping: index))), ("subject", .string(subject)),
                ("expected", .int64(Int64(clamping: expected))), ("actual", .int64(Int64(clamping: actual))),
            ]
        case .conditionFailed(let index, let position):
            self.init(.conflict, "condition", "The append condition fails", "\(error)")
            more = [("index", .int32(Int32(clamping: index))), ("position", .int64(Int64(clamping: position)))]
        case .tooLarge:
            self.init(tooLarge: "\(error)")
        case .overloaded:
            self.init(.serviceUnavailable, "overloaded", "Too many events are waiting", "\(error)")
        case .diskFull:
            self.init(
                HTTPResponse.Status(code: 507, reasonPhrase: "Insufficient Storage"), "disk-full",
                "The disk is nearly full", "\(error)")
        case .stopped:
            self.init(.serviceUnavailable, "stopped", "The store takes no events", "\(error)")
        case .outcomeUnknown:
            self.init(.serviceUnavailable, "outcome-unknown", "It is not known whether the events are in", "\(error)")
        case .anomaly(let index, _):
            self.init(.internalServerError, "anomaly", "A projector could not apply the event", "\(error)")
            more = [("index", .int32(Int32(clamping: index)))]
        }
    }

    init(_ refused: [(index: Int, refusals: Refusals)]) {
        let count = refused.count
        self.init(
            .unprocessableContent, "refused", count == 1 ? "The event is refused" : "\(count) events are refused",
            refused.first.map { "\($0.refusals)" } ?? "")
        errors = refused.flatMap { index, refusals in
            refusals.reasons.map { reason in
                Detail(
                    index: index, type: refusals.eventType, field: reason.field, rule: reason.rule.rawValue,
                    value: reason.value, message: reason.message)
            }
        }
    }

    /// More than one request, or one line, may have.
    init(tooLarge detail: String, title: String = "Too much for one request") {
        self.init(.contentTooLarge, "size", title, detail)
        errors = [Detail(index: 0, type: "", field: "", rule: Refusal.Rule.size.rawValue, value: nil, message: detail)]
    }

    /// What the body is not. In a batch, the path begins with the event's place.
    init(_ error: JSONError, inBatch: Bool = false) {
        let isTooLarge = [.tooLarge, .tooManyElements, .tooManyFields].contains(error.kind)
        if isTooLarge {
            self.init(tooLarge: "\(error)")
        } else {
            self.init(.badRequest, "syntax", "The body is not JSON that can be taken", "\(error)")
        }
        offset = error.byteOffset
        var path = error.path[...]
        var index = 0
        if inBatch, let place = Int(path.prefix { $0 != "." }) {
            index = place
            path = path.drop { $0 != "." }.dropFirst()
        }
        errors = [
            Detail(
                index: index, type: "", field: String(path),
                rule: isTooLarge ? Refusal.Rule.size.rawValue : error.kind.rawValue, value: nil,
                message: error.explanation)
        ]
    }

    /// Too many read just now.
    init?(crowded error: any Error) {
        guard let error = error as? LMDBError, error.isCrowded else { return nil }
        self.init(.serviceUnavailable, "crowded", "Too many read just now", "\(error)")
    }
}
