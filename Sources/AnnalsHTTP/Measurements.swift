internal import CoreMetrics
internal import Query
internal import Synchronization

/// What the door measures: through swift-metrics, but for what is looked up when it is asked for.
final class Measurements: Sendable {
    private struct Route: Hashable {
        let method: String
        /// The route as it is declared, so that there are few of them.
        let route: String
    }

    /// Made once: a factory may do much to make one.
    private struct Meters {
        var requests: [Int: Counter] = [:]
        let duration: CoreMetrics.Timer
    }

    private struct QuestionMeters {
        let duration: CoreMetrics.Timer
        let documents: Recorder
    }

    /// Where it goes.
    let factory: any MetricsFactory
    let openStreams = Atomic<Int>(0)
    /// Collections on their way as lines or tables of several pages.
    let openExports = Atomic<Int>(0)
    /// Clients that took nothing and were let go.
    let droppedStreams = Atomic<Int>(0)
    private let routes = Mutex<[Route: Meters]>([:])
    private let questions = Mutex<[String: QuestionMeters]>([:])
    private let streamEvents: Counter
    private let streamBehind: Recorder

    /// Where nobody has chosen a backend, the door has its own.
    init(_ factory: any MetricsFactory) {
        self.factory = factory is NOOPMetricsHandler ? MetricsRegistry() : factory
        streamEvents = Counter(label: "annals_stream_events_total", factory: self.factory)
        streamBehind = Recorder(label: "annals_stream_behind_events", factory: self.factory)
    }

    func request(_ method: String, _ route: String, status: Int, taken: Duration) {
        let (counter, timer) = routes.withLock { routes in
            let key = Route(method: method, route: route)
            if let meters = routes[key], let counter = meters.requests[status] { return (counter, meters.duration) }
            let labels = [("method", method), ("route", route)]
            var meters =
                routes[key]
                ?? Meters(
                    duration: CoreMetrics.Timer(
                        label: "annals_http_request_duration_seconds", dimensions: labels, factory: factory))
            let counter = Counter(
                label: "annals_http_requests_total", dimensions: labels + [("status", String(status))],
                factory: factory)
            meters.requests[status] = counter
            routes[key] = meters
            return (counter, meters.duration)
        }
        counter.increment()
        timer.recordNanoseconds(taken.nanoseconds)
    }

    /// A question about a collection, or a page of one. `documents`: looked at, where that is known.
    func question(_ name: String, taken: Duration, documents: Int?) {
        let meters = questions.withLock { questions in
            if let meters = questions[name] { return meters }
            let labels = [("question", name)]
            let meters = QuestionMeters(
                duration: CoreMetrics.Timer(
                    label: "annals_query_duration_seconds", dimensions: labels, factory: factory),
                documents: Recorder(label: "annals_query_documents_examined", dimensions: labels, factory: factory))
            questions[name] = meters
            return meters
        }
        meters.duration.recordNanoseconds(taken.nanoseconds)
        if let documents { meters.documents.record(documents) }
    }

    /// A page of a stream of events.
    func page(events: Int, behind: UInt64) {
        if events > 0 { streamEvents.increment(by: events) }
        streamBehind.record(Int64(clamping: behind))
    }
}

extension Duration {
    var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}
