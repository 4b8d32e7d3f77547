internal import Tracing

/// Runs `body` in a span. Of an error the span tells that there was one, and not what it says: that may be personal.
func inSpan<R>(_ name: String, _ body: (any Span) async throws -> R) async rethrows -> R {
    let span = startSpan(name)
    defer { span.end() }
    do {
        return try await InstrumentationContext.$current.withValue(span.context) { try await body(span) }
    } catch {
        span.setStatus(SpanStatus(code: .error))
        throw error
    }
}
