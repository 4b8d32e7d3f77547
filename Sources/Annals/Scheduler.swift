import Dispatch
import Platform
import Synchronization

/// Wakes the sequencer when something falls due by the clock.
///
/// @unchecked Sendable: `timer` is set once, and a dispatch source may be cancelled from any thread.
final class Scheduler: @unchecked Sendable {
    /// How often it looks at the clock: what falls due is at most this late.
    static let intervalMilliseconds = 250

    /// How long after the last event of a history the clock's word counts again.
    static let historyMilliseconds: Int64 = 30_000

    private let timer: any DispatchSourceTimer

    init(_ sequencer: Sequencer, _ clock: Clock) {
        timer = DispatchSource.makeTimerSource(queue: DispatchQueue(label: "annals.timers", qos: .utility))
        timer.schedule(deadline: .now(), repeating: .milliseconds(Self.intervalMilliseconds))
        timer.setEventHandler {
            let now = clock.now()
            guard sequencer.nextDue.load(ordering: .relaxed) <= now else { return }
            // A history that is coming in fires its own timers, each at its time; the clock's word would come too early.
            let history = sequencer.lastHistory.load(ordering: .relaxed)
            guard now.subtractingReportingOverflow(history).partialValue >= Self.historyMilliseconds || history == .min
            else { return }
            // A full queue is no matter: it looks again soon.
            _ = sequencer.queue.add(PendingRequest([], timers: .byClock) { _ in })
        }
        timer.resume()
    }

    func stop() { timer.cancel() }
}
