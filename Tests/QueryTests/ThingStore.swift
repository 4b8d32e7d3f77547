import BSON
import EventLog
import Glibc
import LMDB
import Platform
import Query
import Schema
import Views

/// A store of things in a directory of its own, removed with all it holds.
final class ThingStore {
    let directory: String
    let views: ViewStore
    let target: ViewStore.Target
    let model: CollectionModel

    init(_ documents: [Document]) throws {
        var template = Array("/tmp/annals-query-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Failure() }
        directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let catalogue = try Catalogue([Things.self])
        views = try ViewStore(directory: directory, catalogue: catalogue, options: .init(mapBytes: 1 << 28))
        target = views.servingTarget()
        model = catalogue.collections[0]
        try insert(documents)
    }

    /// Adds documents, in one batch; the views are then at the position of the last.
    func insert(_ documents: [Document]) throws {
        let position = try views.snapshot(target).position
        let batch = Batch(views, mode: .replay, target: target)
        try batch.begin()
        for (offset, document) in documents.enumerated() {
            batch.beginEvent(at: position + UInt64(offset) + 1)
            var key: [UInt8] = []
            KeyEncoder.encode(document["_id"] ?? .null, into: &key)
            _ = key.withUnsafeBytes { key in
                document.bytes.withUnsafeBytes { batch.insert(model.number, key: key, document: $0) }
            }
            batch.endEvent()
        }
        let transaction = try views.beginWrite()
        let checkpoint = Checkpoint(
            position: position + UInt64(documents.count), leaf: .zero, frontier: MerkleFrontier())
        try batch.write(checkpoint, subtrees: [], in: transaction)
        try transaction.commit()
        batch.end()
    }

    deinit { try? FileSystem.system.removeTree(directory) }

    struct Failure: Error {}

    func rows(_ find: Find, limits: QueryLimits = .standard) throws -> [Document] {
        let snapshot = try views.snapshot(target)
        var rows: [Document] = []
        try find.run(snapshot, limits: limits) { document in
            rows.append(Document(copying: document))
            return true
        }
        return rows
    }

    func rows(_ pipeline: [Document], limits: QueryLimits = .standard) throws -> [Document] {
        let snapshot = try views.snapshot(target)
        var rows: [Document] = []
        try Aggregate(model, pipeline).run(snapshot, limits: limits) { document in
            rows.append(Document(copying: document))
            return true
        }
        return rows
    }

    func count(_ find: Find) throws -> Int {
        let snapshot = try views.snapshot(target)
        return try find.count(snapshot)
    }

    func explainCount(_ find: Find) throws -> Document {
        let snapshot = try views.snapshot(target)
        return try find.explainCount(snapshot)
    }

    func explain(_ find: Find) throws -> Document {
        let snapshot = try views.snapshot(target)
        return try find.explain(snapshot)
    }

    func distinct(_ field: String, _ find: Find, limits: QueryLimits = .standard) throws -> [Value] {
        let snapshot = try views.snapshot(target)
        return try find.distinct(field, snapshot, limits: limits)
    }

    /// One batch's documents, and what to go on with.
    func batch(_ find: Find, _ count: Int, after cursor: FindCursor? = nil, isConsistent: Bool = false) throws
        -> (rows: [Document], cursor: FindCursor?)
    {
        let snapshot = try views.snapshot(target)
        var rows: [Document] = []
        let next = try find.batch(count, after: cursor, snapshot, isConsistent: isConsistent) { document in
            rows.append(Document(copying: document))
            return true
        }
        return (rows, next)
    }
}
