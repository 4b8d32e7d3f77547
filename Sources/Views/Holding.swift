/// A document of a view, or what stands for none.
struct HoldKey: Hashable {
    let space: Int
    let key: [UInt8]
}

/// What a batch knows of one document that is, was or comes to be held.
struct Hold {
    /// `nil`: it is not held.
    var anomaly: AnomalyRow?
    /// Events held in this batch.
    var added: [UInt64] = []
    /// Whether those that were held before the batch are no more.
    var isReleased = false
    var isDirty = false

    mutating func add(_ position: UInt64) {
        anomaly?.heldCount += 1
        added.append(position)
        isDirty = true
    }

    mutating func removeLast(wasDirty: Bool) {
        anomaly?.heldCount -= 1
        added.removeLast()
        isDirty = wasDirty
    }
}

/// How many anomalies a view has, and how many events are held because of them.
struct HoldCount: Hashable {
    var anomalies = 0
    var held = 0

    var isNone: Bool { anomalies == 0 && held == 0 }

    init() {}

    init?(_ stored: UnsafeRawBufferPointer) {
        guard stored.count == 16 else { return nil }
        anomalies = Int(clamping: Int64(littleEndian: stored.loadUnaligned(as: Int64.self)))
        held = Int(clamping: Int64(littleEndian: stored.loadUnaligned(fromByteOffset: 8, as: Int64.self)))
    }

    var bytes: [UInt8] {
        withUnsafeBytes(of: Int64(anomalies).littleEndian) { Array($0) }
            + withUnsafeBytes(of: Int64(held).littleEndian) { Array($0) }
    }

    mutating func add(_ hold: Hold?, _ sign: Int) {
        guard let anomaly = hold?.anomaly else { return }
        anomalies += sign
        held += sign * anomaly.heldCount
    }
}

/// What a batch knows of anomalies, and what it changes of them.
struct Holding {
    /// By space.
    var counts: [HoldCount] = []
    /// Whether `counts` are those of the committed views, with what this batch changed.
    var isKnown = false
    /// Looked up or changed.
    var holds: [HoldKey: Hold] = [:]
    var passedOver: [(space: Int, position: UInt64)] = []
    var released: [(space: Int, at: UInt64, position: UInt64)] = []
    /// Bytes of keys and reasons in `holds`, and of those they replaced.
    var textBytes = 0
    /// While a projector is watched: its view, the document it looked for last, and the first one that is held.
    var watchedSpace = 0
    var lastLookedFor: [UInt8]?
    var firstHeld: [UInt8]?

    /// Something is to be written.
    var isChanged: Bool { !passedOver.isEmpty || !released.isEmpty || holds.values.contains(where: \.isDirty) }

    mutating func clear() {
        guard !holds.isEmpty || !passedOver.isEmpty || !released.isEmpty else { return }
        // Whether what it changed was committed is not known here.
        if isChanged { isKnown = false }
        holds.removeAll()
        passedOver.removeAll()
        released.removeAll()
        textBytes = 0
    }

    /// Holds an event with a document that is held, in place. Whether something of it was to be written before; `nil` where
    /// nothing is known of it.
    mutating func add(_ position: UInt64, to key: HoldKey) -> Bool? {
        guard let place = holds.index(forKey: key) else { return nil }
        let wasDirty = holds.values[place].isDirty
        holds.values[place].add(position)
        if holds.values[place].anomaly != nil { counts[key.space].held += 1 }
        return wasDirty
    }

    /// Takes back what was held last.
    mutating func removeLast(from key: HoldKey, wasDirty: Bool) {
        guard let place = holds.index(forKey: key) else { return }
        holds.values[place].removeLast(wasDirty: wasDirty)
        if holds.values[place].anomaly != nil { counts[key.space].held -= 1 }
    }

    mutating func forget() { isKnown = false }

    /// What it takes in memory, about: an event that is held stands in two lists, which grow by doubling.
    var memoryBytes: Int { holds.count * 200 + textBytes + passedOver.count * 48 + released.count * 48 }
}
