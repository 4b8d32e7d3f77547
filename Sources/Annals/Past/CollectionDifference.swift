public import BSON
import LMDB
public import Schema
public import Views

/// How one document differs between two states of a collection; without its secret fields.
public struct DocumentDifference: Sendable {
    public enum Kind: String, Sendable { case added, changed, removed }

    public let id: ObjectID
    public let kind: Kind
    public let fields: [FieldChange]

    /// `nil` where the two are the same.
    init?(_ id: ObjectID, _ before: Document?, _ after: Document?, _ model: CollectionModel) {
        guard before != after else { return nil }
        self.id = id
        kind = before == nil ? .added : after == nil ? .removed : .changed
        func visible(_ document: Document?) -> Document? { document.map { $0.withRaw { redacted($0, model) } } }
        fields = FieldChange.between(visible(before), visible(after))
    }
}

/// How a collection differs: the first documents, and how many there are in all.
public struct CollectionDifference: Sendable {
    public let model: CollectionModel
    public private(set) var added = 0
    public private(set) var changed = 0
    public private(set) var removed = 0
    public private(set) var documents: [DocumentDifference] = []

    init(_ model: CollectionModel) { self.model = model }

    public var count: Int { added + changed + removed }

    /// Counts it, and keeps it where fewer than `most` are kept.
    mutating func add(_ difference: DocumentDifference, keeping most: Int) {
        switch difference.kind {
        case .added: added += 1
        case .changed: changed += 1
        case .removed: removed += 1
        }
        if documents.count < most { documents.append(difference) }
    }
}

extension History {
    /// In which documents a collection differs between two positions. Only those are folded that an event between the two
    /// touched, each alone; short snapshots.
    ///
    /// - `most`: documents that are kept; all are counted.
    /// - `mayGoOn`: asked before each document; where it says no, it ends with `stopped`.
    public func difference(
        of model: CollectionModel, from first: UInt64, to last: UInt64, keeping most: Int = 100,
        mayGoOn: () -> Bool = { true }
    ) throws(StoreError) -> CollectionDifference {
        var difference = CollectionDifference(model)
        let (low, high) = (min(first, last), max(first, last))
        var touched = TouchedDocuments(views, model, after: low, through: high)
        let refold = refold(model)
        while true {
            let ids: [ObjectID]?
            do throws(LMDBError) { ids = try touched.next() } catch { throw .views(error) }
            guard let ids else { return difference }
            for id in ids {
                guard mayGoOn() else { throw .replay(.stopped) }
                do throws(ReplayError) {
                    let older = try refold.document(id, asOf: low)
                    let newer = try refold.document(id, asOf: high)
                    let (before, after) = first <= last ? (older, newer) : (newer, older)
                    guard let found = DocumentDifference(id, before, after, model) else { continue }
                    difference.add(found, keeping: most)
                } catch { throw .replay(error) }
            }
        }
    }
}

extension PastViews {
    /// The same of several collections, on a thread of its own: one question at a time.
    public func differences(
        of models: [CollectionModel], from first: UInt64, to last: UInt64, keeping most: Int = 100,
        mayGoOn: @escaping @Sendable () -> Bool
    ) async throws(StoreError) -> [CollectionDifference] {
        try await questions.run { [history] () throws(StoreError) in
            var found: [CollectionDifference] = []
            for model in models {
                found.append(
                    try history.difference(of: model, from: first, to: last, keeping: most, mayGoOn: mayGoOn))
            }
            return found
        }
    }
}
