internal import Annals
internal import HTTPTypes
internal import Query

extension Problem {
    /// Of a client that has gone, which never sees it: what the log and the measurements tell.
    init(gone detail: String) {
        self.init(
            HTTPResponse.Status(code: 499, reasonPhrase: "Client Closed Request"), "gone-client", "The client has gone",
            detail)
    }

    /// What is wrong with a query, and where; or what it may not cost.
    init(_ error: QueryError) {
        switch error.kind {
        case .storage(let cause):
            self.init(reading: cause)
            return
        case .cancelled: self.init(gone: "\(error)")
        case .limitExceeded(.milliseconds):
            self.init(.serviceUnavailable, "too-slow", "The query took too long", "\(error)")
        case .limitExceeded:
            self.init(.unprocessableContent, "query-limit", "The query costs too much", "\(error)")
        case .forbiddenCollection(let name):
            self.init(.forbidden, "scope", "The key does not allow it", "\(error)")
            more = [("scope", .string(Permission.read(name).description)), ("collection", .string(name))]
        case .cursorLost:
            self.init(.gone, "gone", "The pages cannot go on", "\(error)")
        case .badCursor:
            self.init(.badRequest, "cursor", "The cursor is not of this question", "\(error)")
        case .secretField:
            self.init(.forbidden, "secret", "No query may look at a secret", "\(error)")
        default:
            self.init(.badRequest, "query", "The query cannot be run", "\(error)")
        }
        if case .limitExceeded(let limit) = error.kind { exceeded = limit }
        errors = [
            Detail(
                index: 0, type: "", field: error.place, rule: "query", value: nil,
                message: error.reason + (error.remedy.isEmpty ? "" : "; \(error.remedy)"))
        ]
    }
}
