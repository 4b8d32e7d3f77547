internal import Annals
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import Synchronization

/// `GET /metrics`, for Prometheus.
struct MetricsRoutes: Sendable {
    let store: Store
    let measurements: Measurements

    func add(to router: Router<CallContext>) {
        router.get("/metrics") { _, context in
            try context.caller.require(.metrics)
            var text = MetricsText()
            writeStore(&text)
            try writeAnomalies(&text)
            writeCheckpoints(&text)
            writeDoor(&text)
            try await writeConsumers(&text)
            do throws(ParkingError) {
                text.single(
                    "annals_parked_events", "gauge", "Refused events that are kept aside.",
                    try await store.parked.count())
            } catch { throw Problem(error) }
            // Where the process has another backend for swift-metrics, that one tells the rest.
            (measurements.factory as? MetricsRegistry)?.write(to: &text)
            return Response(
                status: .ok, headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: text.text)))
        }
    }

    private func writeStore(_ text: inout MetricsText) {
        let metrics = store.metrics
        text.single(
            "annals_events_total", "counter", "Events appended since the start.",
            metrics.events.load(ordering: .relaxed))
        text.single(
            "annals_batches_total", "counter", "Commits since the start; each is one flush.",
            metrics.batches.load(ordering: .relaxed))
        text.single(
            "annals_record_bytes_total", "counter", "Bytes of records appended since the start.",
            metrics.bytes.load(ordering: .relaxed))
        text.single("annals_position", "gauge", "The newest event in the log.", store.position)
        text.single("annals_visible_position", "gauge", "The newest event that the views hold.", store.visiblePosition)
        text.single("annals_queued_events", "gauge", "Events that wait for the sequencer.", store.queueDepth)
        text.single(
            "annals_reader_lag", "gauge", "Commits since the oldest open snapshot, as of the last check.",
            store.longestReaderLag)
        text.single(
            "annals_stopped", "gauge", "1: the store takes no events until it is restarted.",
            store.stopReason == nil ? 0 : 1)
    }

    private func writeAnomalies(_ text: inout MetricsText) throws {
        do throws(StoreError) {
            let count = try store.anomalyCount()
            text.single(
                "annals_anomalies", "gauge", "Events in the log that a view could not apply.", count.anomalies)
            text.single(
                "annals_events_held", "gauge", "Later events of their documents, which those views hold.", count.held)
        } catch { throw Problem(reading: error) }
    }

    private func writeCheckpoints(_ text: inout MetricsText) {
        if let age = store.checkpointAge {
            text.single(
                "annals_checkpoint_position", "gauge", "How far the newest signed checkpoint goes.", age.size)
        }
        let sinks = store.checkpointSinkAges
        guard !sinks.isEmpty else { return }
        let name = "annals_checkpoint_sink_age_seconds"
        text.begin(name, "gauge", "How long ago somebody outside took a checkpoint; since the start, where never.")
        for sink in sinks { text.sample(name, [("sink", sink.name)], Double(sink.milliseconds) / 1_000) }
    }

    private func writeDoor(_ text: inout MetricsText) {
        text.single(
            "annals_streams", "gauge", "Streams of events that are open.",
            measurements.openStreams.load(ordering: .relaxed))
        text.single(
            "annals_exports", "gauge", "Whole collections on their way as lines or tables.",
            measurements.openExports.load(ordering: .relaxed))
        text.single(
            "annals_streams_dropped_total", "counter", "Clients let go because they took nothing.",
            measurements.droppedStreams.load(ordering: .relaxed))
    }

    private func writeConsumers(_ text: inout MetricsText) async throws {
        let consumers: [Consumer]
        do throws(ConsumerError) { consumers = try await store.consumers.all() } catch { throw Problem(error) }
        text.begin("annals_consumer_behind", "gauge", "Positions that a consumer has not acknowledged.")
        let visible = store.visiblePosition
        for consumer in consumers {
            text.sample(
                "annals_consumer_behind", [("consumer", consumer.name)], visible - min(visible, consumer.acknowledged))
        }
    }
}
