import Dispatch
import EventLog
import LMDB
import Synchronization
import Views

/// What an open store does every few seconds, beside the sequencer: the high-water mark, signed checkpoints, dead readers,
/// slow readers, and whether the device takes the views.
final class Upkeep: Sendable {
    private let log: EventLog
    private let views: ViewStore
    private let checkpoints: Checkpoints
    private let options: StoreOptions
    /// Told why views can no longer be trusted; the store takes no more appends then.
    private let onViewsLost: @Sendable (String) -> Void
    /// By the name of the environment.
    private let lags = Mutex<[String: Int]>([:])
    private let flushing = DispatchQueue(label: "annals.views.flush", qos: .utility)
    private let isFlushing = Atomic<Bool>(false)

    /// Commits since the oldest snapshot, from which on it is told: until that reader ends, files only grow.
    static let longLag = 1_000

    init(
        log: EventLog, views: ViewStore, checkpoints: Checkpoints, options: StoreOptions,
        onViewsLost: @escaping @Sendable (String) -> Void
    ) {
        self.log = log
        self.views = views
        self.checkpoints = checkpoints
        self.options = options
        self.onViewsLost = onViewsLost
    }

    /// About once a second: the last events before a quiet time are covered too. An error is kept by the log, for health
    /// checks.
    func keepHighWaterMark() { try? log.storeHighWaterMark() }

    /// About once a second: signs how far the log is, where that is due.
    func keepCheckpoints() { checkpoints.keepUp { () throws(CheckpointError) in try views.logHead() } }

    /// About every ten seconds.
    func checkReaders() {
        do throws(LogError) {
            try log.checkReaders()
            tell("the log", try log.statistics().oldestReaderLag)
        } catch { options.report("the log's readers cannot be checked: \(error)") }
        do throws(LMDBError) {
            try views.checkReaders()
            tell("the views", try views.statistics().oldestReaderLag)
        } catch { options.report("the views' readers cannot be checked: \(error)") }
    }

    /// Told when it becomes long, not as often as it is looked at.
    private func tell(_ name: String, _ lag: Int) {
        let before = lags.withLock { $0.updateValue(lag, forKey: name) } ?? 0
        guard lag > Self.longLag, before <= Self.longLag else { return }
        options.report(
            "warning: a reader of \(name) has not moved for \(lag) commits; until it ends, space freed since is not reused"
        )
    }

    /// Commits since the oldest open snapshot, as of the last check: of log or views, whichever is longer.
    var longestReaderLag: Int { lags.withLock { $0.values.max() ?? 0 } }

    /// Flushes the views, which nobody waits for, to learn whether the device takes them. Where it does not, pages may be
    /// lost behind everyone's back.
    func flushViews() {
        guard !isFlushing.exchange(true, ordering: .acquiringAndReleasing) else { return }
        flushing.async { [self] in
            defer { isFlushing.store(false, ordering: .releasing) }
            do throws(LMDBError) { try views.sync() } catch {
                onViewsLost("the views could not be flushed (\(error)); a restart makes them anew from the log")
            }
        }
    }

    /// Waits for a flush that is under way.
    func stop() { flushing.sync {} }
}
