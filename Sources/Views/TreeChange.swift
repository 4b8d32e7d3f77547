internal import Glibc

/// One change of one tree.
struct TreeChange {
    enum Change {
        case put(UnsafeRawBufferPointer), delete
        /// Put the document of this entry with its header.
        case putEntry(Int)
    }

    let key: UnsafeRawBufferPointer
    let change: Change
    /// The first 8 bytes of the key, for sorting.
    let head: UInt64

    /// No value deletes.
    init(_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer?) {
        self.init(key, value.map { .put($0) } ?? .delete)
    }

    init(_ key: UnsafeRawBufferPointer, _ change: Change) {
        self.key = key
        self.change = change
        if key.count >= 8 {
            head = UInt64(bigEndian: key.loadUnaligned(as: UInt64.self))
        } else {
            var head: UInt64 = 0
            for offset in 0..<8 { head = head << 8 | (offset < key.count ? UInt64(key[offset]) : 0) }
            self.head = head
        }
    }

    static func precedes(_ a: TreeChange, _ b: TreeChange) -> Bool {
        if a.head != b.head { return a.head < b.head }
        guard let first = a.key.baseAddress, let second = b.key.baseAddress else { return a.key.count < b.key.count }
        let order = memcmp(first, second, min(a.key.count, b.key.count))
        return order != 0 ? order < 0 : a.key.count < b.key.count
    }
}

/// The changes of a batch, a list for each space: memory that stays from batch to batch.
struct ChangeLists {
    typealias Lists = [[TreeChange]]
    private var documents: Lists = []
    private var indexes: Lists = []
    private var side: Lists = []

    /// Empty lists. What is not given back is let go.
    mutating func take(_ count: Int) -> (documents: Lists, indexes: Lists, side: Lists) {
        if documents.count != count {
            let none = Lists(repeating: [], count: count)
            return (none, none, none)
        }
        defer { (documents, indexes, side) = ([], [], []) }
        return (documents, indexes, side)
    }

    mutating func giveBack(_ documents: inout Lists, _ indexes: inout Lists, _ side: inout Lists) {
        for space in documents.indices {
            Self.empty(&documents[space])
            Self.empty(&indexes[space])
            Self.empty(&side[space])
        }
        swap(&self.documents, &documents)
        swap(&self.indexes, &indexes)
        swap(&self.side, &side)
    }

    /// A list that one big batch has made long is not kept for the small ones after it.
    private static func empty(_ list: inout [TreeChange]) {
        if list.capacity > 1 << 14 { list = [] } else { list.removeAll(keepingCapacity: true) }
    }
}

/// Old and new keys of a document in one tree: memory that stays from document to document.
struct KeyDifference {
    var old: [UInt8] = []
    var new: [UInt8] = []
    private var oldSpans: [UnsafeRawBufferPointer] = []
    private var newSpans: [UnsafeRawBufferPointer] = []

    mutating func takeSpans() -> (old: [UnsafeRawBufferPointer], new: [UnsafeRawBufferPointer]) {
        defer { (oldSpans, newSpans) = ([], []) }
        return (oldSpans, newSpans)
    }

    mutating func giveBack(_ old: inout [UnsafeRawBufferPointer], _ new: inout [UnsafeRawBufferPointer]) {
        old.removeAll(keepingCapacity: true)
        new.removeAll(keepingCapacity: true)
        swap(&oldSpans, &old)
        swap(&newSpans, &new)
    }
}
