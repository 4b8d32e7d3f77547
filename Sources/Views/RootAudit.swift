internal import BSON
internal import EventLog
public import LMDB
internal import Schema

/// Whether the documents of views, as they lie there, have the roots that the log makes of them.
public struct RootAudit: Sendable {
    public let live: ViewStore
    /// Folded anew.
    public let replayed: ViewStore

    public init(live: ViewStore, replayed: ViewStore) {
        self.live = live
        self.replayed = replayed
    }

    /// A difference for each view whose root, computed from every document under today's projector, is not the refold's. Both
    /// stores must stand at one position.
    public func differences() throws(LMDBError) -> [Difference] {
        try differences(try live.snapshot(live.servingTarget()))
    }

    /// The same of one snapshot of the live views.
    public func differences(_ ours: borrowing ViewSnapshot) throws(LMDBError) -> [Difference] {
        let theirs = try replayed.snapshot(replayed.servingTarget())
        var found: [Difference] = []
        for model in live.catalogue.collections {
            let (sum, count) = try sum(of: model, ours)
            let computed = try sum.withBytes { (sum) throws(LMDBError) in
                try theirs.root(of: model, sum, count: count)
            }
            let expected = try theirs.root(of: model)
            guard computed != expected else { continue }
            found.append(
                Difference(
                    kind: .root, collection: model.name, key: "documents", field: nil, live: "\(computed)",
                    replayed: "\(expected)"))
        }
        return found
    }

    private func sum(of model: CollectionModel, _ snapshot: borrowing ViewSnapshot) throws(LMDBError)
        -> (LatticeSum, count: Int)
    {
        let sum = LatticeSum()
        var count = 0
        var cursor = try snapshot.transaction.cursor(snapshot.target.documents(snapshot.target.space(of: model.number)))
        var found = try cursor.first()
        while found {
            count += 1
            // What is no document is told of where they are compared one by one.
            if let document = Verification.document(in: cursor.value) { sum.add(DocumentHash(document, of: model)) }
            found = try cursor.next()
        }
        return (sum, count)
    }
}
