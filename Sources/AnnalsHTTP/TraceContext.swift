internal import HTTPTypes
internal import Hummingbird

/// W3C Trace Context, as callers send it.
enum TraceContext {
    /// Whether it is a `traceparent` of version 00.
    static func isValid(_ traceparent: String) -> Bool {
        let parts = traceparent.split(separator: "-", omittingEmptySubsequences: false)
        func isHex(_ part: Substring, _ count: Int) -> Bool {
            part.utf8.count == count
                && part.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
        }
        return parts.count == 4 && parts[0] == "00" && isHex(parts[1], 32) && isHex(parts[2], 16) && isHex(parts[3], 2)
            && parts[1].contains { $0 != "0" } && parts[2].contains { $0 != "0" }
    }
}

/// Before the request's span is made: a trace that is none is as if it were not there, as the recommendation says, and its
/// state with it.
struct TraceContextMiddleware: RouterMiddleware {
    typealias Context = CallContext

    func handle(
        _ request: Request, context: CallContext, next: (Request, CallContext) async throws -> Response
    ) async throws -> Response {
        guard let text = request.headers[.traceparent], !TraceContext.isValid(text) else {
            return try await next(request, context)
        }
        var head = request.head
        head.headerFields[.traceparent] = nil
        head.headerFields[.tracestate] = nil
        return try await next(Request(head: head, body: request.body), context)
    }
}
