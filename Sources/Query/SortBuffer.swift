internal import BSON

/// Holds what is to be sorted, by keys whose bytes are the order; of equal keys the first to come stays first. With a
/// capacity it keeps the smallest alone, in a heap.
///
/// Performance: O(log capacity) to add, O(n log n) to finish.
final class SortBuffer<Payload> {
    private struct Entry {
        let key: [UInt8]
        let sequence: Int
        let payload: Payload
        let byteCount: Int

        static func precedes(_ a: Entry, _ b: Entry) -> Bool {
            let order = compareBytes(a.key, b.key)
            return order != 0 ? order < 0 : a.sequence < b.sequence
        }
    }

    private let capacity: Int
    private let budget: QueryBudget
    private var entries: [Entry] = []
    private var sequence = 0

    init(capacity: Int?, _ budget: QueryBudget) {
        self.capacity = capacity ?? .max
        self.budget = budget
    }

    var isEmpty: Bool { entries.isEmpty }

    /// Whether a document with this key would be among those that are kept.
    func takes(_ key: [UInt8]) -> Bool { entries.count < capacity || compareBytes(key, entries[0].key) < 0 }

    /// - `byteCount`: what the payload holds.
    /// - `payload`: asked for only where the key is among the smallest.
    func add(_ key: [UInt8], byteCount: Int, _ payload: () -> Payload) throws(QueryError) {
        guard capacity > 0 else { return }
        sequence += 1
        if entries.count == capacity {
            guard compareBytes(key, entries[0].key) < 0 else { return }
            try budget.hold(-entries[0].byteCount, for: "a sort")
        }
        let total = byteCount + key.count + 80
        try budget.hold(total, for: "a sort")
        // The caller goes on using its key's memory, so this one gets its own.
        let entry = Entry(
            key: key.withUnsafeBytes { Array($0) }, sequence: sequence, payload: payload(), byteCount: total)
        if entries.count == capacity {
            entries[0] = entry
            sink()
        } else {
            entries.append(entry)
            if capacity != .max { rise() }
        }
    }

    /// All that is held, in order; the buffer is empty afterwards.
    func drain() throws(QueryError) -> [Payload] {
        entries.sort(by: Entry.precedes)
        let payloads = entries.map(\.payload)
        try budget.hold(-entries.reduce(0) { $0 + $1.byteCount }, for: "a sort")
        entries.removeAll(keepingCapacity: true)
        return payloads
    }

    private func rise() {
        var at = entries.count - 1
        while at > 0 {
            let parent = (at - 1) / 2
            guard Entry.precedes(entries[parent], entries[at]) else { return }
            entries.swapAt(parent, at)
            at = parent
        }
    }

    private func sink() {
        var at = 0
        while true {
            var largest = at
            for child in [2 * at + 1, 2 * at + 2] where child < entries.count {
                if Entry.precedes(entries[largest], entries[child]) { largest = child }
            }
            if largest == at { return }
            entries.swapAt(at, largest)
            at = largest
        }
    }
}
