internal import HTTPTypes
internal import Hummingbird
internal import Logging

/// What each request passes before its route: who calls, whether what its URL says can be read and means something there.
/// Whatever goes wrong, here or in the route, becomes a problem document; each request is counted, timed, and logged at the
/// level `info`. How long a stream's body takes is not of it.
///
/// One middleware with steps that do not wait, in place of one for each: those copy the context and allocate, per request,
/// more than what they look at costs.
struct Entrance: RouterMiddleware {
    typealias Context = CallContext

    let measurements: Measurements
    let problems: ProblemAnswers
    let doorkeeper: Doorkeeper
    /// Stands behind the door: who was not let in has read nothing, and strangers must not fill the trail.
    let audit: ReadAudit?
    let parameters: DeclaredParameters

    func handle(
        _ request: Request, context: CallContext, next: (Request, CallContext) async throws -> Response
    ) async throws -> Response {
        let start = ContinuousClock.now
        let response: Response
        do {
            var context = context
            try doorkeeper.admit(request, &context)
            try RequestTarget.decode(request, &context)
            if let audit {
                response = try await audit.handle(request, context: context) { request, context in
                    try parameters.check(request, context)
                    return try await next(request, context)
                }
            } else {
                try parameters.check(request, context)
                response = try await next(request, context)
            }
        } catch {
            response = problems.answer(to: error, request, context)
        }
        let taken = start.duration(to: .now)
        measurements.request(
            request.method.rawValue, context.endpointPath ?? "none", status: response.status.code, taken: taken)
        context.logger.info(
            "request",
            metadata: [
                "method": "\(request.method)", "path": "\(request.uri.path)", "status": "\(response.status.code)",
                "milliseconds": "\(Int(taken / .milliseconds(1)))",
            ])
        return response
    }
}
