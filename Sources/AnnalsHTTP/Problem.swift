internal import BSON
internal import HTTPTypes
internal import Hummingbird
internal import Logging
internal import Query

/// Why a request is not answered as it asks (RFC 9457): what, where, how to mend it. Nothing was written, unless it says so.
struct Problem: Error {
    /// What is wrong with one field of one event.
    struct Detail {
        /// The event's place in the request, from 0.
        var index: Int
        var type: String
        var field: String
        var rule: String
        var value: String?
        var message: String
    }

    let status: HTTPResponse.Status
    /// Names the kind: `/problems/<name>`. Part of the API.
    let name: String
    let title: String
    let detail: String
    var errors: [Detail] = []
    /// The byte of the body that is wrong.
    var offset: Int?
    /// Where in the log, or how many bytes, events: members of their own.
    var more: [(String, Value)] = []
    /// Of a query: what it may not cost.
    var exceeded: QueryError.Limit?
    /// Beside those that every problem has.
    var headers: HTTPFields = [:]

    init(_ status: HTTPResponse.Status, _ name: String, _ title: String, _ detail: String) {
        self.status = status
        self.name = name
        self.title = title
        self.detail = detail
    }

    var document: Document {
        var document: Document = [
            "type": .string("/problems/\(name)"), "title": .string(title), "status": .int32(Int32(status.code)),
            "detail": .string(detail),
        ]
        if let offset { document.append("offset", .int64(Int64(offset))) }
        for (name, value) in more { document.append(name, value) }
        if !errors.isEmpty { document.append("errors", .array(errors.map { .document($0.document) })) }
        return document
    }

    var response: Response {
        var response = Response.json(status, document, type: "application/problem+json")
        // What took too long takes as long again.
        if status == .serviceUnavailable, name != "too-slow", headers[.retryAfter] == nil {
            response.headers[.retryAfter] = "1"
        }
        response.headers.append(contentsOf: headers)
        return response
    }
}

extension Problem.Detail {
    var document: Document {
        [
            "index": .int32(Int32(clamping: index)), "type": .string(type), "field": .string(field),
            "rule": .string(rule), "value": value.map { .string($0) } ?? .null, "message": .string(message),
        ]
    }
}

/// Every error that leaves is a problem document.
struct ProblemAnswers {
    let methods: DeclaredMethods

    func answer(to error: any Error, _ request: Request, _ context: CallContext) -> Response {
        let response = problem(error, request, context).response
        return request.method == .head ? response.createHeadResponse() : response
    }

    /// Of what an error is answered with.
    static func status(_ error: any Error) -> HTTPResponse.Status {
        if let problem = Problem(body: error) ?? Problem(crowded: error) { return problem.status }
        return switch error {
        case let problem as Problem: problem.status
        case let error as any HTTPResponseError: error.status
        default: .internalServerError
        }
    }

    private func problem(_ error: any Error, _ request: Request, _ context: CallContext) -> Problem {
        if let problem = Problem(body: error) ?? Problem(crowded: error) { return problem }
        switch error {
        case let problem as Problem: return problem
        case let error as any HTTPResponseError:
            if error.status == .notFound {
                // Routes throw problems of their own: only the router says this.
                let allowed = methods.at(request.uri.path)
                if !allowed.isEmpty, !allowed.contains(request.method.rawValue) {
                    return Problem(allowed: allowed, request)
                }
            }
            let title = error.status.reasonPhrase
            let detail =
                error.status == .notFound ? "there is nothing at \(request.method) \(request.uri.path)" : "\(error)"
            return Problem(error.status, "http", title, detail)
        default:
            // What went wrong inside is for the log, not for callers.
            context.logger.error("request failed", metadata: ["path": "\(request.uri.path)", "error": "\(error)"])
            return Problem(.internalServerError, "internal", "The request failed", "see the server's log")
        }
    }
}

extension Problem {
    /// The path is there for other methods.
    fileprivate init(allowed: [String], _ request: Request) {
        let allowed = allowed.joined(separator: ", ")
        self.init(
            .methodNotAllowed, "method", "The path does not take this method",
            "\(request.uri.path) takes \(allowed), not \(request.method)")
        headers[.allow] = allowed
    }
}
