internal import HTTPTypes
internal import Hummingbird
internal import Logging

/// Counts and times every request, and logs it at the level `info`. How long a stream's body takes is not of it.
struct MeasuringMiddleware: RouterMiddleware {
    typealias Context = CallContext

    let measurements: Measurements

    func handle(
        _ request: Request, context: CallContext, next: (Request, CallContext) async throws -> Response
    ) async throws -> Response {
        let start = ContinuousClock.now
        let response = try await next(request, context)
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
