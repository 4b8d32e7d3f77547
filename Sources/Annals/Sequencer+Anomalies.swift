import BSON
import EventLog
import Schema
import Views

/// Appending while documents are held in some view.
extension Sequencer {
    /// Projects an event where a view may hold what it is about: there it is held. What nothing holds must apply, as always.
    func projectAroundHolds(_ event: RecordedEvent, _ followers: [Int]) -> Anomaly? {
        for place in followers {
            guard batch.isHolding(place) else {
                do throws(Anomaly) { try views.catalogue.collections[place].apply(event, to: batch) } catch {
                    return error
                }
                continue
            }
            if case .anomaly(let anomaly) = batch.applyWatched(event, place) { return anomaly }
        }
        return nil
    }

    /// What an event says that ends a hold; `nil` for others.
    func skip(_ event: AdmittedEvent, _ data: RawDocument) -> SystemEvents.Skip? {
        event.type.event.name == SystemEvents.anomalySkipped.event.name ? SystemEvents.Skip(data) : nil
    }

    func refusal(of skip: SystemEvents.Skip) -> Refusal? {
        guard let held = batch.heldCount(skip) else {
            return Refusal(
                .state, "position", value: String(skip.position),
                "\(skip.collection) has no such anomaly (any more); `annals anomalies list` tells those there are")
        }
        guard held > options.mostReleasedEvents else { return nil }
        return Refusal(
            .state, "position", value: String(skip.position),
            "\(held) events are held because of it, and a skip applies no more than \(options.mostReleasedEvents) at once: mend "
                + "the projector of \(skip.collection) so that it passes over the event, then `annals anomalies retry`")
    }

    /// Applies what was held.
    func release(_ skip: SystemEvents.Skip) -> AppendError? {
        do throws(ReplayError) {
            try batch.release(skip, from: log) { [self] (position, body) throws(ReplayError) in
                guard position > checkpoint.position else { return try log.give(position, body) }
                try logBatch.withRecord(Int(position - checkpoint.position - 1)) { (record) throws(ReplayError) in
                    try body(record)
                }
            }
            return nil
        } catch {
            return unreadable("\(error)")
        }
    }
}
