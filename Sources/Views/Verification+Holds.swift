internal import LMDB
internal import Schema

extension Verification {
    /// How many anomalies a view has and events it holds: as it says itself, on which alone it hangs whether anything is
    /// looked up among them, as the other says, and as its rows are.
    func compareHolds(
        _ a: borrowing ViewSnapshot, _ b: borrowing ViewSnapshot, _ model: CollectionModel,
        _ found: inout [Difference]
    ) throws(LMDBError) {
        let space = a.target.space(of: model.number)
        let said = try live.holdCount(a.target, space, in: a.transaction)
        let replayed = try self.replayed.holdCount(b.target, space, in: b.transaction)
        var rows = HoldCount()
        rows.anomalies = try Self.count(SideKind.anomaly, a.target.side(space), a.transaction)
        rows.held = try Self.count(SideKind.held, a.target.side(space), a.transaction)
        for (key, other) in [("anomalies", replayed), ("rows of anomalies", rows)] where said != other {
            found.append(
                Difference(
                    kind: .anomaly, collection: model.name, key: key, field: nil, live: Self.text(said),
                    replayed: Self.text(other)))
        }
    }

    private static func text(_ count: HoldCount) -> String { "\(count.anomalies), and \(count.held) events held" }

    private static func count(_ kind: UInt8, _ table: Table, _ transaction: borrowing ReadTransaction) throws(LMDBError)
        -> Int
    {
        var count = 0
        var cursor = try transaction.cursor(table)
        var isThere = try [kind].withRawBytes { (key) throws(LMDBError) -> Bool in try cursor.seek(atOrAfter: key) }
        while isThere, cursor.key.first == kind {
            count += 1
            isThere = try cursor.next()
        }
        return count
    }
}
