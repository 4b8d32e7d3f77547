internal import Annals
internal import BSON
internal import EventLog
internal import HTTPTypes
internal import LMDB
internal import Platform
internal import Schema

extension Problem {
    /// `events`: the request's, where they are known: an error of one of them then names its type. `expectsVersion`: the
    /// version that the stream is not at was asked for in a header, and not by the event.
    init(_ error: AppendError, of events: [NewEvent] = [], expectsVersion: Bool = false) {
        switch error {
        case .refused(let all):
            self.init(all)
        case .conflict(let index, let position):
            self.init(.conflict, "conflict", "Accepted before with other content", "\(error)")
            more = [("index", .int32(Int32(clamping: index))), ("position", .int64(Int64(clamping: position)))]
        case .wrongVersion(let index, let subject, let expected, let actual):
            self.init(
                expectsVersion ? .preconditionFailed : .conflict, "version", "The stream is at another version",
                "\(error)")
            more = [
                ("index", .int32(Int32(clamping: index))), ("subject", .string(subject)),
                ("expected", .int64(Int64(clamping: expected))), ("actual", .int64(Int64(clamping: actual))),
            ]
        case .conditionFailed(let index, let position):
            // No event has one: it is the request's.
            self.init(.preconditionFailed, "condition", "The append condition fails", "\(error)")
            more = [("index", .int32(Int32(clamping: index))), ("position", .int64(Int64(clamping: position)))]
        case .tooLarge:
            self.init(tooLarge: "\(error)")
        case .overloaded:
            self.init(.serviceUnavailable, "overloaded", "Too many events are waiting", "\(error)")
        case .diskFull:
            self.init(diskFull: "\(error)")
        case .stopped:
            self.init(.serviceUnavailable, "stopped", "The store takes no events", "\(error)")
        case .outcomeUnknown:
            self.init(.serviceUnavailable, "outcome-unknown", "It is not known whether the events are in", "\(error)")
        case .anomaly(let index, _):
            self.init(.internalServerError, "anomaly", "A projector could not apply the event", "\(error)")
            more = [("index", .int32(Int32(clamping: index)))]
        }
        if let (index, rule, field) = error.fault, events.indices.contains(index) {
            errors = [
                Detail(
                    index: index, type: events[index].type, field: field, rule: rule.rawValue, value: nil,
                    message: detail)
            ]
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

    init(_ error: ConsumerError) {
        switch error {
        case .badName: self.init(.badRequest, "consumer-name", "No consumer has such a name", "\(error)")
        case .notFound: self.init(.notFound, "no-consumer", "No such consumer", "\(error)")
        case .otherFilter: self.init(.conflict, "consumer-filter", "The consumer is of other events", "\(error)")
        case .ahead(_, let newest):
            self.init(.unprocessableContent, "ahead", "There is no such event yet", "\(error)")
            more = [("newest", .int64(Int64(clamping: newest)))]
        case .tooMany: self.init(.conflict, "consumers", "There are too many consumers", "\(error)")
        case .damaged: self.init(.internalServerError, "consumer-damaged", "The consumer's place is lost", "\(error)")
        case .file(let error) where error.isNoSpace: self.init(diskFull: "\(error)")
        case .file:
            self.init(.internalServerError, "internal", "The consumer's place cannot be kept", "see the server's log")
        }
    }

    init(diskFull detail: String) {
        self.init(
            HTTPResponse.Status(code: 507, reasonPhrase: "Insufficient Storage"), "disk-full",
            "The disk is nearly full",
            detail)
        headers[.retryAfter] = "30"
    }

    /// What stopped a read: too many at once, or what is for the log alone.
    init(reading error: any Error) {
        if let problem = error as? Problem {
            self = problem
        } else if let problem = Problem(crowded: error) {
            self = problem
        } else {
            self.init(.internalServerError, "internal", "The request failed", "see the server's log")
        }
    }

    /// Too many read just now.
    init?(crowded error: any Error) {
        let cause: LMDBError? =
            switch error {
            case let error as LMDBError: error
            case let error as StoreError: error.cause
            default: nil
            }
        guard let error = cause, error.isCrowded else { return nil }
        self.init(.serviceUnavailable, "crowded", "Too many read just now", "\(error)")
    }
}

extension AppendError {
    /// Of which event a refusal by the request's terms speaks, and which of them does not hold.
    fileprivate var fault: (index: Int, rule: Refusal.Rule, field: String)? {
        switch self {
        case .conflict(let index, _): (index, .conflict, "id")
        case .wrongVersion(let index, _, _, _): (index, .version, "expectedversion")
        case .conditionFailed(let index, _): (index, .condition, "")
        default: nil
        }
    }
}

extension StoreError {
    /// The storage's own word, if it was that.
    fileprivate var cause: LMDBError? {
        switch self {
        case .views(let error): error
        case .log(.storage(let error)): error
        default: nil
        }
    }
}
