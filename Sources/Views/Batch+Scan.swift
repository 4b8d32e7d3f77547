internal import BSON
import LMDB
public import Schema
internal import Glibc

/// A cursor that lives as long as the batch's snapshot.
final class CursorBox {
    var cursor: Cursor
    init(_ cursor: consuming Cursor) { self.cursor = cursor }
}

/// The keys that changed documents of this batch have in one index, in order: made when a guard first asks for that
/// index, kept up to date from then on.
struct OrderedIndex {
    let space: Int
    let index: Int
    var keys: [(key: [UInt8], entry: Int)] = []
    var byEntry: [Int: [[UInt8]]] = [:]

    mutating func replace(_ entry: Int, by new: [[UInt8]]) {
        for old in byEntry.removeValue(forKey: entry) ?? [] {
            let at = lowerBound(old)
            if at < keys.count, keys[at].key == old { keys.remove(at: at) }
        }
        for key in new { keys.insert((key, entry), at: lowerBound(key)) }
        if !new.isEmpty { byEntry[entry] = new }
    }

    /// Those whose keys start with a prefix.
    func entries(from prefix: [UInt8]) -> ArraySlice<(key: [UInt8], entry: Int)> {
        // No encoded component starts with 0xFF, so this is past all that start with the prefix.
        keys[lowerBound(prefix)..<lowerBound(prefix + [0xFF])]
    }

    func lowerBound(_ key: [UInt8]) -> Int {
        var low = 0
        var high = keys.count
        while low < high {
            let middle = (low + high) / 2
            if keys[middle].key.lexicographicallyPrecedes(key) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

extension Batch {
    /// The key of the document that holds `key` in an index, as the committed views have it.
    func committedHolder(_ space: Int, _ index: Int, _ key: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        guard let box = cursorBox(space) else { return nil }
        do {
            probe.removeAll(keepingCapacity: true)
            probe.append(UInt8(index))
            probe.append(contentsOf: key)
            return try probe.withRawBytes { (full) throws(LMDBError) -> UnsafeRawBufferPointer? in
                guard try box.cursor.seek(atOrAfter: full) else { return nil }
                let found = box.cursor.key
                guard found.count > full.count, found.hasPrefix(full) else {
                    return nil
                }
                return UnsafeRawBufferPointer(rebasing: found[full.count...])
            }
        } catch {
            if failure == nil { failure = error }
            return nil
        }
    }

    private func cursorBox(_ space: Int) -> CursorBox? {
        if let box = cursors[space] { return box }
        do {
            guard let cursor = try transaction?.cursor(target.indexes(space)) else { return nil }
            let box = CursorBox(cursor)
            cursors[space] = box
            return box
        } catch {
            if failure == nil { failure = error }
            return nil
        }
    }

    public func scan(
        _ collection: CollectionNumber, index: Int, prefix: UnsafeRawBufferPointer, backward: Bool,
        _ body: (Int) -> Bool
    ) {
        let space = target.space(of: collection)
        let ordered = ordered(space, index)
        let start: [UInt8] = [UInt8(index)] + prefix
        var mine = orderedIndexes[ordered].entries(from: start)
        guard let box = cursorBox(space) else { return }
        do {
            var hasCommitted = try seek(&box.cursor, start, backward: backward)
            while hasCommitted || !mine.isEmpty {
                if hasCommitted, !box.cursor.key.hasPrefix(start) { hasCommitted = false }
                guard hasCommitted || !mine.isEmpty else { return }
                let next = backward ? mine.last : mine.first
                let takesMine: Bool
                if let next, hasCommitted {
                    let isBefore = next.key.lexicographicallyPrecedes(box.cursor.key)
                    takesMine = backward ? !isBefore : isBefore
                } else {
                    takesMine = next != nil
                }
                if takesMine, let next {
                    _ = backward ? mine.popLast() : mine.popFirst()
                    if !body(next.entry) { return }
                    continue
                }
                let entry = load(space, documentKey(box.cursor.key, box.cursor.value))
                if !entries[entry].isDirty, !body(entry) { return }
                hasCommitted = try backward ? box.cursor.previous() : box.cursor.next()
            }
        } catch {
            if failure == nil { failure = error }
        }
    }

    private func seek(_ cursor: inout Cursor, _ prefix: [UInt8], backward: Bool) throws(LMDBError) -> Bool {
        if !backward {
            return try prefix.withRawBytes { (key) throws(LMDBError) -> Bool in try cursor.seek(atOrAfter: key) }
        }
        // No encoded component starts with 0xFF, so this is past all that start with the prefix.
        let past = prefix + [0xFF]
        return try past.withRawBytes { (key) throws(LMDBError) -> Bool in try cursor.seek(before: key) }
    }

    /// The document's key at the end of an index key.
    func documentKey(_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        IndexEntry.documentKey(key, value)
    }

    private func ordered(_ space: Int, _ index: Int) -> Int {
        if let known = orderedIndexes.firstIndex(where: { $0.space == space && $0.index == index }) { return known }
        var ordered = OrderedIndex(space: space, index: index)
        for entry in entries.indices where entries[entry].space == space && entries[entry].isDirty {
            ordered.replace(entry, by: fullKeys(entry, index))
        }
        orderedIndexes.append(ordered)
        return orderedIndexes.count - 1
    }

    /// Brings the ordered indexes in use up to date with a document.
    func refreshOrdered(_ entry: Int) {
        for at in orderedIndexes.indices where orderedIndexes[at].space == entries[entry].space {
            let keys = entries[entry].isDirty ? fullKeys(entry, orderedIndexes[at].index) : []
            orderedIndexes[at].replace(entry, by: keys)
        }
    }

    private func fullKeys(_ entry: Int, _ index: Int) -> [[UInt8]] {
        guard entries[entry].isPresent else { return [] }
        var keys: [[UInt8]] = []
        var scratch: [UInt8] = []
        target.model(entries[entry].space).trees[index].forEachKey(of: raw(entry), scratch: &scratch) { key in
            keys.append([UInt8(index)] + key + entries[entry].key)
        }
        return keys
    }
}

/// An entry of an index tree: the key ends in the document's key; the value is empty where that is an ObjectId, else its
/// length.
public enum IndexEntry {
    static let objectIDKeyCount = 13

    public static func documentKey(_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer)
        -> UnsafeRawBufferPointer
    {
        let count = value.isEmpty ? objectIDKeyCount : Int(value[0])
        guard count < key.count else { return UnsafeRawBufferPointer(rebasing: key[key.count...]) }
        return UnsafeRawBufferPointer(rebasing: key[(key.count - count)...])
    }
}
