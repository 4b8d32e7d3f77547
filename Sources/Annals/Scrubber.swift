import Dispatch
import LMDB
import Synchronization
import Views

/// Overwrites what erasures left in the views' file, beside the sequencer: at once where none went before it lately, and
/// after a crash where the views say that it is still to be done.
///
/// @unchecked Sendable: all state is touched on `queue` alone.
final class Scrubber: @unchecked Sendable {
    /// Appends wait while it works, so erasures that follow one another share a round.
    static let restSeconds = 10.0
    /// Snapshots that are open keep old pages: it looks again after so long.
    private static let retrySeconds = 0.2

    private let views: ViewStore
    private let report: @Sendable (String) -> Void
    private let queue = DispatchQueue(label: "annals.scrub", qos: .utility)
    private var isPending = false
    private var rests = DispatchTime.now()

    init(_ views: ViewStore, _ report: @escaping @Sendable (String) -> Void) {
        self.views = views
        self.report = report
    }

    /// An erasure was committed.
    func request() {
        queue.async { [weak self] in
            guard let self, !isPending else { return }
            isPending = true
            schedule(at: max(rests, .now()))
        }
    }

    /// Holds nothing meanwhile: a store that is closed lets go of its files.
    private func schedule(at time: DispatchTime) {
        queue.asyncAfter(deadline: time) { [weak self] in self?.work() }
    }

    private func work() {
        do throws(LMDBError) {
            guard try views.scrub() else {
                return schedule(at: .now() + Self.retrySeconds)
            }
        } catch {
            // The views say that it is to be done: the next start does it.
            report("what erasures left in the views could not be overwritten: \(error)")
        }
        isPending = false
        rests = .now() + Self.restSeconds
    }

    /// Ends what is pending now.
    func finish() {
        queue.sync {
            guard isPending || (try? views.isUnscrubbed()) == true else { return }
            do throws(LMDBError) { _ = try views.scrub() } catch {
                report("what erasures left in the views could not be overwritten: \(error)")
            }
        }
    }
}
