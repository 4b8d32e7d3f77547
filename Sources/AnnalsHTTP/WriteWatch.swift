internal import Logging
internal import NIOCore
internal import Synchronization

/// Disconnects a client that takes nothing of what is written to it.
final class WriteWatch: Sendable {
    private let channel: any Channel
    private let limit: Duration
    private let measurements: Measurements
    private let logger: Logger
    /// Since when a write has waited.
    private let since = Mutex<ContinuousClock.Instant?>(nil)

    init(_ channel: any Channel, limit: Duration, _ measurements: Measurements, _ logger: Logger) {
        self.channel = channel
        self.limit = limit
        self.measurements = measurements
        self.logger = logger
    }

    func begin() { since.withLock { $0 = .now } }
    func end() { since.withLock { $0 = nil } }

    /// Looks, four times as often as the limit, until it is cancelled or has closed the connection.
    func run() async {
        while !Task.isCancelled {
            try? await Task.sleep(for: limit / 4)
            guard let since = since.withLock({ $0 }), since.duration(to: .now) > limit else { continue }
            logger.notice(
                "disconnected: the client took nothing for \(limit)",
                metadata: ["client": "\(channel.remoteAddress?.description ?? "")"])
            measurements.droppedStreams.add(1, ordering: .relaxed)
            // What waits in its buffer goes with it, and so does the write that waits for room.
            channel.close(mode: .all, promise: nil)
            return
        }
    }
}
