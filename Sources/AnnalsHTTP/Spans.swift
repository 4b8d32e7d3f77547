internal import Annals
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

extension Span {
    /// Links to the traces in which events came about. Of the request's own trace, which it continues, the span is already
    /// (CloudEvents, Distributed Tracing extension: an event's `traceparent` is that of where it began, not of the last hop).
    func link(to events: [NewEvent], within own: String?) {
        guard isRecording else { return }
        let others = Set(events.map(\.traceparent)).subtracting([own ?? "", ""])
        for traceparent in others.sorted().prefix(Self.mostLinks) {
            var context = InstrumentationContext.topLevel
            InstrumentationSystem.instrument.extract(
                ["traceparent": traceparent], into: &context, using: NamedValues())
            addLink(SpanLink(context: context, attributes: [:]))
        }
    }

    /// As many as OpenTelemetry keeps unless it is told otherwise.
    private static var mostLinks: Int { 128 }
}

private struct NamedValues: Extractor {
    func extract(key: String, from values: [String: String]) -> String? { values[key.lowercased()] }
}
