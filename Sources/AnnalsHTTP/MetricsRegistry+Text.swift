extension MetricsRegistry {
    /// What the names mean that Annals itself measures under.
    private static let help = [
        "annals_append_duration_seconds": "From a request's admission to its answer.",
        "annals_batch_events": "Events of a commit.",
        "annals_commit_duration_seconds": "Writing a batch into the log and flushing it.",
        "annals_waiting_events": "Events that waited for the sequencer when a batch was committed.",
        "annals_http_requests_total": "Requests answered, by route and status.",
        "annals_http_request_duration_seconds": "Time until the answer began.",
        "annals_query_duration_seconds": "Questions about collections, each page of one for itself.",
        "annals_query_documents_examined": "Documents that a question, or a page of one, looked at.",
        "annals_stream_events_total": "Events sent to subscribers.",
        "annals_stream_behind_events": "Positions that a subscriber was behind after a page.",
    ]

    func write(to text: inout MetricsText) {
        for (name, family) in families {
            text.begin(name, family.kind.rawValue, Self.help[name] ?? "Recorded through swift-metrics.")
            for (labels, cell) in Self.sorted(family.counters) { text.sample(name, labels.pairs, cell.value) }
            for (labels, cell) in Self.sorted(family.gauges) {
                text.sample(name, labels.pairs, MetricsText.number(cell.value))
            }
            for (labels, cell) in Self.sorted(family.histograms) { Self.write(name, labels, cell, to: &text) }
        }
    }

    private static func sorted<Cell>(_ cells: [Labels: Cell]) -> [(Labels, Cell)] {
        cells.sorted { $0.key.values.lexicographicallyPrecedes($1.key.values) }.map { ($0.key, $0.value) }
    }

    private static func write(_ name: String, _ labels: Labels, _ cell: HistogramCell, to text: inout MetricsText) {
        let value = cell.value
        var sum = 0
        for (bound, count) in zip(cell.bounds + [.infinity], value.buckets) {
            sum += count
            text.sample(name + "_bucket", labels.pairs + [("le", MetricsText.number(bound))], sum)
        }
        text.sample(name + "_sum", labels.pairs, MetricsText.number(value.sum))
        text.sample(name + "_count", labels.pairs, sum)
    }
}
