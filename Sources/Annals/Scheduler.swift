import Dispatch
import Platform
import Synchronization

/// Looks at the clock four times a second: wakes the sequencer when something falls due, and does the upkeep when it is
/// time for it.
///
/// @unchecked Sendable: `timer` is set once, and a dispatch source may be cancelled from any thread; `ticks` is touched
/// on the timer's queue alone.
final class Scheduler: @unchecked Sendable {
    /// What falls due is at most this late.
    static let intervalMilliseconds = 250
    /// Ticks between two checks of readers: ten seconds.
    static let ticksOfReaders = 40
    private static let ticksOfASecond = 4
    /// Ticks between two looks at parked events: an hour.
    private static let ticksOfParked = 14_400

    /// How long after the last event of a history the clock's word counts again.
    static let historyMilliseconds: Int64 = 30_000

    private let queue = DispatchQueue(label: "annals.timers", qos: .utility)
    private let timer: any DispatchSourceTimer
    private let sequencer: Sequencer
    private let upkeep: Upkeep
    private let answered: VisibleAnswer
    private let parked: ParkedEvents
    private let options: StoreOptions
    private var ticks = 0

    init(
        _ sequencer: Sequencer, _ upkeep: Upkeep, _ answered: VisibleAnswer, _ parked: ParkedEvents,
        _ options: StoreOptions
    ) {
        self.sequencer = sequencer
        self.upkeep = upkeep
        self.answered = answered
        self.parked = parked
        self.options = options
        timer = DispatchSource.makeTimerSource(queue: queue)
        timer.schedule(
            deadline: .now() + .milliseconds(Self.intervalMilliseconds),
            repeating: .milliseconds(Self.intervalMilliseconds)
        )
        // Weak: the environments must close when the store goes, not when the timer lets go of its handler.
        timer.setEventHandler { [weak self] in
            guard let self else { return }
            if self.options.firesTimers { wake() }
            keepUp()
        }
        timer.resume()
    }

    private func keepUp() {
        ticks += 1
        if ticks % Self.ticksOfASecond == 0 {
            upkeep.keepHighWaterMark()
            upkeep.keepCheckpoints()
        }
        if ticks % Self.ticksOfReaders == 0 { upkeep.checkReaders() }
        if ticks % Self.ticksOfParked == 0 {
            // What cannot be read now is looked at again in an hour.
            Task { [parked] in try? await parked.expire() }
        }
        let flushSeconds = options.viewsFlushSeconds
        if flushSeconds > 0, ticks % (flushSeconds * Self.ticksOfASecond) == 0 { upkeep.flushViews() }
    }

    private func wake() {
        let now = options.clock.now()
        guard sequencer.nextDue.load(ordering: .relaxed) <= now else { return }
        // A history that is coming in fires its own timers, each at its time; the clock's word would come too early.
        let history = sequencer.lastHistory.load(ordering: .relaxed)
        guard now.subtractingReportingOverflow(history).partialValue >= Self.historyMilliseconds || history == .min
        else { return }
        // A full queue is no matter: it looks again soon.
        _ = sequencer.queue.add(
            PendingRequest([], timers: .byClock) { [answered] in answered.tell($0, .byClock) })
    }

    /// Nothing of it runs any more when this returns.
    func stop() {
        timer.cancel()
        queue.sync {}
        upkeep.stop()
    }
}
