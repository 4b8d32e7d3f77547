package import BSON
package import LMDB
package import Schema

/// Anomalies at rest: what a batch reads of them when it begins, and what it writes.
extension Batch {
    /// Which views have anomalies. O(collections), the first time and after a batch that changed them.
    func readHoldCounts() throws(LMDBError) {
        guard !holding.isKnown else { return }
        var counts = [HoldCount](repeating: HoldCount(), count: target.spaceCount)
        for space in 1..<target.spaceCount {
            counts[space] = try committedHoldCount(space)
        }
        holding.counts = counts
        holding.isKnown = true
        hasHolds = counts.contains { !$0.isNone }
    }

    private func committedHoldCount(_ space: Int) throws(LMDBError) -> HoldCount {
        try Meta.anomalies(target, space).withKey { (key) throws(LMDBError) in
            try transaction?.get(key, in: views.meta).flatMap { HoldCount($0) } ?? HoldCount()
        }
    }

    /// The events held with a document, in their order.
    func heldPositions(_ key: HoldKey) throws(LMDBError) -> [UInt64] {
        let hold = stored(key)
        var positions = hold.isReleased ? [] : try storedPositions(key)
        positions += hold.added
        return positions.sorted()
    }

    /// The events that a view did not apply since a document is held, the one that could not be among them; in their order.
    package func positionsPassedOver(_ model: CollectionModel, _ id: ObjectID) throws(LMDBError) -> [UInt64] {
        guard hasHolds else { return [] }
        let key = HoldKey(space: target.space(of: model.number), key: withKey(id) { Array($0) })
        guard isHeld(key), let anomaly = stored(key).anomaly else { return [] }
        return [anomaly.position] + (try heldPositions(key))
    }

    private func storedPositions(_ key: HoldKey) throws(LMDBError) -> [UInt64] {
        let prefix: [UInt8] = [SideKind.held] + key.key
        var positions: [UInt64] = []
        guard var cursor = try transaction?.cursor(target.side(key.space)) else { return [] }
        var found = try prefix.withRawBytes { (key) throws(LMDBError) -> Bool in try cursor.seek(atOrAfter: key) }
        while found, cursor.key.hasPrefix(prefix) {
            positions.append(AnomalyRow.position(endOf: cursor.key))
            found = try cursor.next()
        }
        return positions
    }

    func writeHolds(_ side: inout [[TreeChange]], _ transaction: borrowing WriteTransaction) throws(LMDBError) {
        guard hasHolds, holding.isChanged else { return }
        let none = UnsafeRawBufferPointer(start: nil, count: 0)
        for (key, hold) in holding.holds where hold.isDirty {
            let row = hold.anomaly.map { kept($0.bytes) }
            side[key.space].append(TreeChange(kept([SideKind.anomaly] + key.key), row))
            func held(_ position: UInt64) -> UnsafeRawBufferPointer {
                kept([SideKind.held] + key.key + AnomalyRow.bigEndian(position))
            }
            let added = Set(hold.added)
            if hold.isReleased {
                for position in try storedPositions(key) where !added.contains(position) {
                    side[key.space].append(TreeChange(held(position), .delete))
                }
            }
            for position in added { side[key.space].append(TreeChange(held(position), .put(none))) }
        }
        for (space, positions) in Dictionary(grouping: holding.passedOver, by: \.space) {
            for position in Set(positions.map(\.position)) {
                side[space].append(
                    TreeChange(kept([SideKind.passedOver] + AnomalyRow.bigEndian(position)), .put(none)))
            }
        }
        for (space, at, position) in holding.released {
            let key = [SideKind.released] + AnomalyRow.bigEndian(at) + AnomalyRow.bigEndian(position)
            side[space].append(TreeChange(kept(key), .put(none)))
        }
        for space in Set(holding.holds.keys.map(\.space)) {
            try views.store(holding.counts[space], target, space, transaction)
        }
    }
}

extension ViewStore {
    func holdCount(_ target: Target, _ space: Int, in transaction: borrowing ReadTransaction) throws(LMDBError)
        -> HoldCount
    {
        try Meta.anomalies(target, space).read(meta, transaction).flatMap { HoldCount($0) } ?? HoldCount()
    }

    /// Whether a view has anomalies, in the slot that serves or in the other.
    package func hasAnomaliesInAnySlot(_ place: Int) throws(LMDBError) -> Bool {
        let now = try beginRead()
        for target in [servingTarget(), rebuildTarget()]
        where try holdCount(target, place + 1, in: now).anomalies > 0 { return true }
        return false
    }

    func store(
        _ count: HoldCount, _ target: Target, _ space: Int, _ transaction: borrowing WriteTransaction
    ) throws(LMDBError) {
        try Meta.anomalies(target, space).withKey { (key) throws(LMDBError) in
            // As where there never were any.
            guard !count.isNone else {
                _ = try transaction.delete(key, in: meta)
                return
            }
            try count.bytes.withRawBytes { (value) throws(LMDBError) in _ = try transaction.put(key, value, in: meta) }
        }
    }
}
