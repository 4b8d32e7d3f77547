import BSON
import EventLog
import Schema
import Synchronization
import Views

/// What falls due becomes an event: appended like any other, with the due moment as its time and an id made from timer and
/// moment, so that it is there once however often the process dies.
extension Sequencer {
    static let timerSource = "/annals/timers"

    /// Fires what is due before the request is applied: by its own time, where it is history being imported, or by the
    /// clock, where it asks for just that. False: the batch is full before all was fired.
    func fireTimers(before request: PendingRequest) -> Bool {
        switch request.timers {
        case .none: return true
        case .byClock: return fireTimers(through: DateTime(milliseconds: options.clock.now()))
        case .byStream:
            // Timers stand between the events of a stream, not within a request.
            lastHistory.store(options.clock.now(), ordering: .relaxed)
            guard let time = request.events.map(\.draft.time).min() else { return true }
            return fireTimers(through: time)
        }
    }

    private func fireTimers(through time: DateTime) -> Bool {
        while batch.dueBound <= time {
            guard let due = batch.earliestDue(through: time, except: refusedTimers) else { return true }
            if logBatch.count >= options.largestBatchEvents || logBatch.byteCount >= options.largestBatchBytes {
                return false
            }
            fire(due)
            if batch.failure != nil || logFailure != nil { return true }
        }
        return true
    }

    private func fire(_ due: DueTimer) {
        let event = NewEvent(
            id: due.identity, source: Self.timerSource, type: due.timer.event.description, time: due.due, data: due.data
        )
        let admitted: AdmittedEvent
        do throws(Refusals) {
            admitted = try admitter.admit(event, principal: "annals", checksAttributes: false)
        } catch {
            return drop(due, "\(error)")
        }
        switch apply(PendingRequest([admitted]) { _ in }) {
        case .success(let receipts):
            // It was appended before, and the document is still as it was: it would be due for ever.
            if receipts.contains(where: \.wasThere) { drop(due, "the event is there, the document is as it was") }
        case .failure(let error): drop(due, "\(error)")
        }
    }

    private func drop(_ due: DueTimer, _ reason: String) {
        refusedTimers.insert(due.identity)
        options.report("timer \(due.identity) not fired: \(reason)")
    }
}
