public import BSON
public import Schema

/// A timer of one document that has fallen due.
public struct DueTimer {
    public let timer: Timer
    public let due: DateTime
    /// The event's data.
    public let data: Document
    /// Tells this timer at this moment from all others.
    public let identity: String
}

extension Batch {
    /// Where timers stand among the collections' trees.
    struct TimerPlace {
        let model: CollectionModel
        let ordinal: Int
        let timer: Timer
    }

    static func timerPlaces(_ catalogue: Catalogue) -> [TimerPlace] {
        catalogue.collections.flatMap { model in
            model.trees.enumerated().compactMap { ordinal, tree in
                if case .timer(let timer) = tree {
                    TimerPlace(model: model, ordinal: ordinal, timer: timer)
                } else {
                    nil
                }
            }
        }
    }

    /// No timer is due before this moment. Timers may turn out to be due later: then ``earliestDue(through:except:)`` says
    /// so and the bound rises.
    public var dueBound: DateTime { DateTime(milliseconds: dueBounds.min() ?? .max) }

    /// Forgets what is known of due moments: they are read again.
    public func forgetDueBounds() {
        for place in dueBounds.indices { dueBounds[place] = .min }
    }

    /// The timer that is due first, if by `time`; those of `skipped` are passed over. O(log n) for each declared timer
    /// that may be due.
    public func earliestDue(through time: DateTime, except skipped: Set<String>) -> DueTimer? {
        var earliest: (place: Int, due: Int64, entry: Int)?
        for place in dueBounds.indices where dueBounds[place] <= time.milliseconds {
            let found = firstDue(timerPlaces[place], skipped)
            dueBounds[place] = found?.due ?? .max
            guard let found, found.due <= time.milliseconds, found.due < earliest?.due ?? .max else { continue }
            earliest = (place, found.due, found.entry)
        }
        guard let earliest else { return nil }
        let timer = timerPlaces[earliest.place].timer
        let document = raw(earliest.entry)
        let due = DateTime(milliseconds: earliest.due)
        return DueTimer(
            timer: timer, due: due, data: timer.data(document),
            identity: Self.identity(timer, document, due))
    }

    private func firstDue(_ place: TimerPlace, _ skipped: Set<String>) -> (due: Int64, entry: Int)? {
        var found: (due: Int64, entry: Int)?
        let none = UnsafeRawBufferPointer(start: nil, count: 0)
        scan(place.model.number, index: place.ordinal, prefix: none, backward: false) { entry in
            let document = raw(entry)
            guard let due = place.timer.due(document) else { return true }
            if !skipped.isEmpty, skipped.contains(Self.identity(place.timer, document, due)) { return true }
            found = (due.milliseconds, entry)
            return false
        }
        return found
    }

    private static func identity(_ timer: Timer, _ document: RawDocument, _ due: DateTime) -> String {
        let part = timer.part(document).map { " \($0)" } ?? ""
        return "\(timer.event) \(document.value(named: "_id")?.plainText ?? "")\(part) \(due.milliseconds)"
    }

    /// Lowers the bounds to what a changed document says.
    func noteDue(_ entry: Int) {
        let model = target.model(entries[entry].space)
        guard entries[entry].isPresent, entries[entry].indexMask & model.timerMask != 0 else { return }
        for (index, place) in timerPlaces.enumerated() where place.model === model {
            if let due = place.timer.due(raw(entry)) { dueBounds[index] = min(dueBounds[index], due.milliseconds) }
        }
    }
}
