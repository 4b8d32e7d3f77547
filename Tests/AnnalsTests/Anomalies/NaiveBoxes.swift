import Annals
import BSON

/// The boxes, their anomalies and what is held, as the rule says in words: an event whose projector looks for a held document is
/// held with the first such; one that cannot be applied holds the document looked for last.
struct NaiveBoxes {
    struct Event {
        let position: UInt64
        let type: String
        let box: Int
        let other: Int?
        let by: Int64
        let isFaulty: Bool
    }

    struct Hold: Equatable {
        var position: UInt64
        var held: [UInt64] = []
    }

    private(set) var weights: [Int: Int64] = [:]
    private(set) var holds: [Int: Hold] = [:]
    /// Anomalies that hold nothing.
    private(set) var loose: Set<UInt64> = []
    private var log: [UInt64: Event] = [:]

    /// Whether a live store would refuse it.
    func refuses(_ event: Event) -> Bool {
        var copy = self
        if case .anomaly = copy.attempt(event) { return true }
        return false
    }

    mutating func apply(_ event: Event) {
        log[event.position] = event
        switch attempt(event) {
        case .applied: break
        case .held(let box):
            holds[box]?.held.append(event.position)
            holds[box]?.held.sort()
        case .anomaly(let box):
            if let box { holds[box] = Hold(position: event.position) } else { loose.insert(event.position) }
        }
    }

    mutating func skip(_ box: Int) {
        let hold = holds.removeValue(forKey: box)
        for position in hold?.held ?? [] { if let event = log[position] { apply(event) } }
    }

    mutating func skip(loose position: UInt64) { loose.remove(position) }

    private enum Outcome {
        case applied, held(Int), anomaly(Int?)
    }

    private mutating func attempt(_ event: Event) -> Outcome {
        var changed = weights
        switch event.type {
        case "box.made":
            if holds[event.box] != nil { return .held(event.box) }
            if changed[event.box] != nil || event.isFaulty { return .anomaly(event.box) }
            changed[event.box] = 0
        case "box.weighed":
            if holds[event.box] != nil { return .held(event.box) }
            guard let weight = changed[event.box], !event.isFaulty else { return .anomaly(event.box) }
            changed[event.box] = weight + event.by
        case "box.poured":
            if holds[event.box] != nil { return .held(event.box) }
            guard let weight = changed[event.box], let other = event.other else { return .anomaly(event.box) }
            changed[event.box] = weight - event.by
            if holds[other] != nil { return .held(other) }
            guard let weight = changed[other], !event.isFaulty else { return .anomaly(other) }
            changed[other] = weight + event.by
        case "box.broken":
            if holds[event.box] != nil { return .held(event.box) }
            guard changed.removeValue(forKey: event.box) != nil, !event.isFaulty else { return .anomaly(event.box) }
        default: if event.isFaulty { return .anomaly(nil) }
        }
        weights = changed
        return .applied
    }
}
