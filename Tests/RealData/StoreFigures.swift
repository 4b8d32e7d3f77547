import Annals
import BSON
import Foundation
import LMDB
import Schema
import Testing
import Views

/// The documents of a collection by their natural key, reduced to the figures that the fold has too.
struct StoreFigures {
    let store: Store

    func read<Figures>(
        _ collection: String, by key: String..., figures: (RawDocument) -> Figures
    ) throws -> [String: Figures] {
        let model = try #require(store.catalogue[collection])
        let keyPaths = key.map { FieldPath($0) }
        var all: [String: Figures] = [:]
        var unnamed = 0
        let snapshot = try store.snapshot()
        try snapshot.forEachDocument(model) { (_, document) throws(LMDBError) in
            let parts = keyPaths.compactMap { document.name($0) }
            let name = parts.joined(separator: " ")
            if parts.count == keyPaths.count, all[name] == nil {
                all[name] = figures(document)
            } else {
                unnamed += 1
            }
            return true
        }
        #expect(unnamed == 0, "documents of \(collection) without a key of their own: \(key)")
        #expect(try snapshot.documentCount(model) == all.count, "the counter of \(collection)")
        return all
    }
}

extension RawDocument {
    /// Text, or an ObjectID as its hex digits.
    func name(_ path: FieldPath) -> String? { self[path].flatMap { $0.string ?? $0.objectID?.description } }

    /// Counters are stored as Int64, and as nothing else.
    func counter(_ path: FieldPath) -> Int64? { self[path].flatMap { $0.type == .int64 ? $0.int64 : nil } }

    func whole(_ path: FieldPath) -> Int64? { self[path]?.int64 }

    func time(_ path: FieldPath) -> Int64? { self[path]?.dateTime?.milliseconds }

    /// The shortest decimal that reads back as the same double.
    func decimal(_ path: FieldPath) -> Decimal? { self[path]?.double.flatMap { Decimal(string: "\($0)") } }
}
