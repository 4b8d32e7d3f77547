public import Logging
internal import AsyncAlgorithms
public import ServiceLifecycle
internal import UnixSignals

/// Reads the certificate anew when the process is told to (SIGHUP), and where its files have changed, which it looks at each
/// minute. Connections that are open keep what they have.
public struct TLSReloading: Service {
    private let identity: TLSIdentity
    private let logger: Logger
    private let interval: Duration

    /// `interval`: between two looks at the files.
    public init(_ identity: TLSIdentity, logger: Logger, interval: Duration = .seconds(60)) {
        self.identity = identity
        self.logger = logger
        self.interval = interval
    }

    /// Until the process is told to stop.
    public func run() async throws {
        let signals = await UnixSignalsSequence(trapping: .sighup).map { _ in true }
        let ticks = AsyncTimerSequence(interval: interval, clock: .continuous).map { _ in false }
        for try await isForced in merge(signals, ticks).cancelOnGracefulShutdown() { reload(isForced) }
    }

    private func reload(_ isForced: Bool) {
        do throws(TLSIdentity.Failure) {
            if try identity.reload(isForced: isForced) { logger.notice("the certificate was read anew") }
        } catch {
            logger.error(
                "the new certificate is no good; the one before is still shown", metadata: ["error": "\(error)"])
        }
    }
}
