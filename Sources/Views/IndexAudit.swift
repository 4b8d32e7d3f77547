internal import BSON
public import LMDB
internal import Schema

/// Whether the index entries of a store are just those that its documents call for: what a replay, which writes entries
/// by the same code as an append, cannot prove.
public struct IndexAudit: Sendable {
    public let store: ViewStore
    /// Differences told one by one.
    public var limit = 100

    public init(_ store: ViewStore) { self.store = store }

    /// Entries that are missing, and where there are more than documents call for, those that belong to no document.
    public func differences() throws(LMDBError) -> [Difference] {
        let snapshot = try store.snapshot()
        var found: [Difference] = []
        for model in store.catalogue.collections where found.count < limit {
            let expected = try audit(model, snapshot, &found)
            let table = snapshot.target.indexes(snapshot.target.space(of: model.number))
            let actual = try snapshot.transaction.entryCount(table)
            if actual != expected {
                found.append(
                    Difference(
                        kind: .count, collection: model.name, key: "index entries", field: nil, live: "\(actual)",
                        replayed: "\(expected)"))
                try findStrays(model, snapshot, &found)
            }
        }
        return found
    }

    /// Looks up every key that a document has; returns how many there are.
    private func audit(_ model: CollectionModel, _ snapshot: borrowing ViewSnapshot, _ found: inout [Difference])
        throws(LMDBError) -> Int
    {
        let table = snapshot.target.indexes(snapshot.target.space(of: model.number))
        var cursor = try snapshot.transaction.cursor(table)
        var scratch: [UInt8] = []
        var entry: [UInt8] = []
        var count = 0
        try snapshot.forEachDocument(model) { (documentKey, document) throws(LMDBError) in
            for (ordinal, tree) in model.trees.enumerated() {
                try tree.forEachKey(of: document, scratch: &scratch) { (key) throws(LMDBError) in
                    count += 1
                    entry.removeAll(keepingCapacity: true)
                    entry.append(UInt8(ordinal))
                    entry.append(contentsOf: key)
                    entry.append(contentsOf: documentKey)
                    let isThere = try entry.withRawBytes { (key) throws(LMDBError) in try cursor.seek(exactly: key) }
                    if !isThere, found.count < limit {
                        found.append(difference(model, tree, document, live: nil, replayed: "an entry"))
                    }
                }
            }
            return true
        }
        return count
    }

    /// Names the entries that no document calls for.
    private func findStrays(_ model: CollectionModel, _ snapshot: borrowing ViewSnapshot, _ found: inout [Difference])
        throws(LMDBError)
    {
        var scratch: [UInt8] = []
        for (ordinal, tree) in model.trees.enumerated() {
            try snapshot.scan(model, index: ordinal, from: [], to: []) { (values, documentKey) throws(LMDBError) in
                let document = documentKey.isEmpty ? .empty : try snapshot.document(model, key: documentKey) ?? .empty
                var isCalledFor = false
                tree.forEachKey(of: document, scratch: &scratch) { key in
                    if key.elementsEqual(values) { isCalledFor = true }
                }
                if !isCalledFor { found.append(difference(model, tree, document, live: "an entry", replayed: nil)) }
                return found.count < limit
            }
        }
    }

    private func difference(
        _ model: CollectionModel, _ tree: KeyTree, _ document: RawDocument, live: String?, replayed: String?
    ) -> Difference {
        Difference(
            kind: .index, collection: model.name, key: document.value(named: "_id")?.plainText ?? "no document",
            field: tree.name, live: live, replayed: replayed)
    }
}
