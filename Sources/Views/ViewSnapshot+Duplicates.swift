public import BSON
public import LMDB
public import Schema

/// Documents that hold one key of a unique index. Guards let none come to be; views folded by a stricter declaration keep
/// those that are in the log.
public struct DuplicateKey: Sendable, Hashable {
    public let collection: String
    /// The index's name.
    public let index: String
    public let count: Int
    /// The first of them, in the order of their `_id`s.
    public let documents: [ObjectID]

    /// How many of `documents` are told.
    static let mostDocuments = 100
}

extension ViewSnapshot {
    /// The keys of unique indexes that more than one document holds, until `body` returns false. O(entries of unique indexes).
    public func forEachDuplicate(_ model: CollectionModel, _ body: (DuplicateKey) -> Bool) throws(LMDBError) {
        for (ordinal, index) in model.indexes.enumerated() where index.isUnique {
            var group = KeyGroup()
            var goesOn = true
            func end() -> Bool {
                guard group.count > 1 else { return true }
                return body(
                    DuplicateKey(
                        collection: model.name, index: index.name, count: group.count, documents: group.documents))
            }
            try scan(model, index: ordinal, from: [], to: []) { (values, document) throws(LMDBError) in
                if group.isOf(values) {
                    group.add(document)
                } else {
                    goesOn = end()
                    group = KeyGroup(values, document)
                }
                return goesOn
            }
            guard goesOn, end() else { return }
        }
    }
}

/// Entries that follow each other with one key, as they lie in the map.
private struct KeyGroup {
    private var values = UnsafeRawBufferPointer(start: nil, count: 0)
    private var keys: [UnsafeRawBufferPointer] = []
    private(set) var count = 0

    init() {}

    init(_ values: UnsafeRawBufferPointer, _ document: UnsafeRawBufferPointer) {
        self.values = values
        add(document)
    }

    func isOf(_ other: UnsafeRawBufferPointer) -> Bool { count > 0 && values.elementsEqual(other) }

    mutating func add(_ document: UnsafeRawBufferPointer) {
        count += 1
        if keys.count < DuplicateKey.mostDocuments { keys.append(document) }
    }

    /// An `_id` is a lead and 12 bytes.
    var documents: [ObjectID] { keys.map { ObjectID(UnsafeRawBufferPointer(rebasing: $0[1...])) } }
}
