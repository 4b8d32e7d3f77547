internal import BSON

/// A document that is being refolded over a stretch of its history, from one version that is kept to the next: which events
/// touched it there, how far they are applied, and what it then was.
final class RefoldedDocument {
    /// A version that is kept.
    struct Start {
        let position: UInt64
        /// How many were kept then.
        let versions: UInt32
        let document: Document
    }

    let key: [UInt8]
    let id: ObjectID
    /// Where the stretch begins; `nil`: with its first event.
    let start: Start?
    /// The last position of the stretch: that of the next version which is kept.
    let end: UInt64
    /// The events of the stretch that touched it, as far as is known, oldest first.
    private(set) var positions: [UInt64] = []
    /// All positions up to here are known.
    private(set) var knownThrough: UInt64
    /// How many of `positions` are applied.
    private(set) var applied = 0
    /// What it was from a position on; one alone, unless older ones are kept.
    private var versions: [(position: UInt64, document: Document?)] = []
    /// Private state of the projector, the same way. Names that are not here have what they had at the start.
    private var states: [[UInt8]: [(position: UInt64, value: [UInt8]?)]] = [:]
    /// From here on nothing is left of what states were at the start.
    private var clearedAt = UInt64.max
    /// The attempt that last looked for it, and its entry there.
    var attempt = 0
    var entry = -1

    init(_ id: ObjectID, _ key: [UInt8], from start: Start? = nil, through end: UInt64 = .max) {
        self.id = id
        self.key = key
        self.start = start
        self.end = end
        knownThrough = start?.position ?? 0
        if let start { versions = [(start.position, start.document)] }
    }

    /// Whether what it was before `position` is to be found here.
    func covers(before position: UInt64) -> Bool { first < position && position <= end }

    /// The position of the version from which it is folded, or 0.
    private var first: UInt64 { start?.position ?? 0 }
    /// The last position of which it is known that it touched it.
    var lastKnown: UInt64 { positions.last ?? first }

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
            || start == nil && positions[0] >= position
    }

    func document(before position: UInt64) -> Document? { versions.last { $0.position < position }?.document }

    enum State {
        case known([UInt8]?)
        /// What it was at the start.
        case atStart(Start)
    }

    func state(_ name: [UInt8], before position: UInt64) -> State {
        if let known = states[name]?.last(where: { $0.position < position }) { return .known(known.value) }
        if let start, clearedAt >= position { return .atStart(start) }
        return .known(nil)
    }

    /// The event at `position` is applied. Returns the bytes that are held more.
    func apply(
        _ position: UInt64, _ document: Document?, clearsState: Bool, _ written: [[UInt8]: [UInt8]], keepsOlder: Bool
    ) -> Int {
        applied += 1
        if !keepsOlder { versions.removeAll(keepingCapacity: true) }
        versions.append((position, document))
        if clearsState {
            clearedAt = min(clearedAt, position)
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
