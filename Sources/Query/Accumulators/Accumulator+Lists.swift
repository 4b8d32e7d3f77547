internal import BSON

/// Accumulators that hold more than one value. Each takes the state's memory out before it changes it, so that nothing is
/// copied.
extension Accumulator {
    private static let overhead = 48

    func append(_ value: Evaluated, to state: inout State) -> Int {
        guard case .list(var values) = state else { return 0 }
        if kind == .push, value.type == nil { return 0 }
        if kind == .firstN, values.count >= count { return 0 }
        state = .count(0)
        let new = value.value ?? .null
        var grown = new.bsonByteCount + Self.overhead
        values.append(new)
        if kind == .lastN, values.count > count { grown -= values.removeFirst().bsonByteCount + Self.overhead }
        state = .list(values)
        return grown
    }

    func insert(_ value: Evaluated, into state: inout State) -> Int {
        guard case .set(var places, var values) = state, value.type != nil else { return 0 }
        var key: [UInt8] = []
        value.withRaw { raw in _ = KeyEncoder.encode(raw, limit: .max, into: &key) }
        if places[key] != nil { return 0 }
        state = .count(0)
        let new = value.value ?? .null
        places[key] = values.count
        values.append(new)
        state = .set(places, values)
        return new.bsonByteCount + key.count + 2 * Self.overhead
    }

    func merge(_ value: Evaluated, into state: inout State) throws(QueryError) -> Int {
        if value.isNullish { return 0 }
        guard let new = value.members else { throw call.needs("a document", value) }
        guard case .members(var places, var members) = state else { return 0 }
        state = .count(0)
        var grown = 0
        for member in new {
            guard let value = member.value.value else { continue }
            if let place = places[member.name] {
                grown += value.bsonByteCount - members[place].value.bsonByteCount
                members[place].value = value
            } else {
                places[member.name] = members.count
                members.append((member.name, value))
                grown += value.bsonByteCount + 2 * member.name.utf8.count + 2 * Self.overhead
            }
        }
        state = .members(places, members)
        return grown
    }

    func rank(_ value: Evaluated, _ document: RawDocument, in ranked: inout RankedValues) -> Int {
        var key: [UInt8] = []
        if kind == .minN || kind == .maxN {
            if value.isNullish { return 0 }
            value.withRaw { raw in _ = KeyEncoder.encode(raw, descending: kind == .maxN, limit: .max, into: &key) }
        } else {
            sort.encode(document, into: &key)
        }
        return ranked.add(key) { value.value ?? .null }
    }
}

/// The first or last few of many, by keys whose bytes are the order; of equal keys in the order in which they came.
struct RankedValues {
    let capacity: Int
    let keepsLast: Bool
    private var entries: [(key: [UInt8], value: Value)] = []

    init(capacity: Int, keepsLast: Bool) {
        self.capacity = capacity
        self.keepsLast = keepsLast
    }

    var values: [Value] { entries.map(\.value) }

    /// - Returns: how many bytes more are held.
    mutating func add(_ key: [UInt8], _ value: () -> Value) -> Int {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if compareBytes(entries[middle].key, key) <= 0 { low = middle + 1 } else { high = middle }
        }
        let isFull = entries.count == capacity
        if isFull, keepsLast ? low == 0 : low == capacity { return 0 }
        let entry = (key: key, value: value())
        entries.insert(entry, at: low)
        var grown = Self.byteCount(entry)
        if isFull { grown -= Self.byteCount(entries.remove(at: keepsLast ? 0 : capacity)) }
        return grown
    }

    private static func byteCount(_ entry: (key: [UInt8], value: Value)) -> Int {
        entry.key.count + entry.value.bsonByteCount + 96
    }
}
