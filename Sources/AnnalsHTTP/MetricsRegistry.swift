public import CoreMetrics
internal import Synchronization

/// What was measured in this process, kept for `/metrics`: a backend of swift-metrics without an exporter.
///
///     MetricsSystem.bootstrap(MetricsRegistry())
///
/// Counters stay counters; meters, and recorders of one value, are gauges; other recorders and timers are histograms, timers
/// in seconds. A name has one kind, that of its first use; what is made under it as another kind is not kept.
public final class MetricsRegistry: MetricsFactory {
    /// Labels in the order in which they were given.
    struct Labels: Hashable, Sendable {
        let names: [String]
        let values: [String]

        init(_ dimensions: [(String, String)]) {
            names = dimensions.map { MetricsRegistry.sanitized($0.0) }
            values = dimensions.map(\.1)
        }

        var pairs: [(String, String)] { Array(zip(names, values)) }
    }

    enum Kind: String { case counter, gauge, histogram }

    struct Family {
        let kind: Kind
        var counters: [Labels: CounterCell] = [:]
        var gauges: [Labels: GaugeCell] = [:]
        var histograms: [Labels: HistogramCell] = [:]
    }

    private struct State {
        var families: [String: Family] = [:]
        var seriesCount = 0
    }

    private let state = Mutex(State())
    /// More are measured, and not kept: labels that come from outside cannot fill the memory.
    static let mostSeries = 10_000

    /// An empty one.
    public init() {}

    /// All that is kept, by name.
    var families: [(name: String, family: Family)] {
        state.withLock { $0.families.map { ($0.key, $0.value) } }.sorted { $0.name < $1.name }
    }

    /// The cell of these labels; a fresh one, for nobody, where it cannot be kept.
    private func cell<Cell: Sendable>(
        _ label: String, _ dimensions: [(String, String)], _ kind: Kind,
        _ cells: any WritableKeyPath<Family, [Labels: Cell]> & Sendable, _ make: () -> Cell
    ) -> Cell {
        let (name, labels) = (Self.sanitized(label), Labels(dimensions))
        return state.withLock { state in
            let family = state.families[name, default: Family(kind: kind)]
            if let cell = family[keyPath: cells][labels] { return cell }
            let cell = make()
            guard family.kind == kind, state.seriesCount < Self.mostSeries else { return cell }
            state.seriesCount += 1
            state.families[name, default: family][keyPath: cells][labels] = cell
            return cell
        }
    }

    /// A name as Prometheus takes it.
    static func sanitized(_ name: String) -> String {
        var text = ""
        for scalar in name.unicodeScalars {
            switch scalar {
            case "a"..."z", "A"..."Z", "_": text.unicodeScalars.append(scalar)
            case "0"..."9" where !text.isEmpty: text.unicodeScalars.append(scalar)
            default: text += "_"
            }
        }
        return text.isEmpty ? "_" : text
    }

    // MARK: swift-metrics

    /// The counter of these labels.
    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        cell(label, dimensions, .counter, \.counters) { CounterCell() }
    }

    /// The gauge of these labels.
    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        cell(label, dimensions, .gauge, \.gauges) { GaugeCell() }
    }

    /// The histogram of these labels, or the gauge where only the newest value counts.
    public func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        aggregate
            ? cell(label, dimensions, .histogram, \.histograms) { HistogramCell(HistogramCell.counts) }
            : cell(label, dimensions, .gauge, \.gauges) { GaugeCell() }
    }

    /// The histogram of these labels, in seconds.
    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        cell(label, dimensions, .histogram, \.histograms) { HistogramCell(HistogramCell.seconds) }
    }

    // A counter that vanished and came back would look like one that was reset.

    /// Keeps it.
    public func destroyCounter(_ handler: any CounterHandler) {}
    /// Keeps it.
    public func destroyMeter(_ handler: any MeterHandler) {}
    /// Keeps it.
    public func destroyRecorder(_ handler: any RecorderHandler) {}
    /// Keeps it.
    public func destroyTimer(_ handler: any TimerHandler) {}
}
