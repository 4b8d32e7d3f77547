internal import BSON

/// A document that is being refolded: which events touched it, how far they are applied, and what it then was.
final class RefoldedDocument {
    let key: [UInt8]
    let id: ObjectID
    /// The events that touched it, as far as is known, oldest first.
    private(set) var positions: [UInt64] = []
    /// All positions up to here are known.
    private(set) var knownThrough: UInt64 = 0
    /// How many of `positions` are applied.
    private(set) var applied = 0
    /// What it was from a position on; one alone, unless older ones are kept.
    private var versions: [(position: UInt64, document: Document?)] = []
    /// Private state of the projector, the same way.
    private var states: [[UInt8]: [(position: UInt64, value: [UInt8]?)]] = [:]
    /// The attempt that last looked for it, and its entry there.
    var attempt = 0
    var entry = -1

    init(_ id: ObjectID, _ key: [UInt8]) {
        self.id = id
        self.key = key
    }

    func learn(_ more: [UInt64], through: UInt64) {
        positions += more
        knownThrough = max(knownThrough, through)
    }

    /// The next event that is to be applied.
    var next: UInt64? { applied < positions.count ? positions[applied] : nil }
    var lastApplied: UInt64 { applied > 0 ? positions[applied - 1] : 0 }
    var newest: Document? { versions.last?.document }

    /// Whether what it was before `position` is still here.
    func knows(before position: UInt64) -> Bool {
        lastApplied < position || applied == 0 || versions.first.map { $0.position < position } == true
            || positions[0] >= position
    }

    func document(before position: UInt64) -> Document? { versions.last { $0.position < position }?.document }

    func state(_ name: [UInt8], before position: UInt64) -> [UInt8]? {
        states[name]?.last { $0.position < position }?.value
    }

    /// The event at `position` is applied. Returns the bytes that are held more.
    func apply(
        _ position: UInt64, _ document: Document?, clearsState: Bool, _ written: [[UInt8]: [UInt8]], keepsOlder: Bool
    ) -> Int {
        applied += 1
        if !keepsOlder { versions.removeAll(keepingCapacity: true) }
        versions.append((position, document))
        if clearsState {
            if keepsOlder {
                for name in states.keys { states[name]?.append((position, nil)) }
            } else {
                states.removeAll()
            }
        }
        var byteCount = document?.bytes.count ?? 0
        for (name, value) in written {
            if !keepsOlder { states[name] = nil }
            states[name, default: []].append((position, value))
            byteCount += name.count + value.count + 64
        }
        return byteCount
    }
}
