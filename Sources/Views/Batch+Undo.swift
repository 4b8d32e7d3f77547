/// Back to where a batch was, within a request.
extension Batch {
    struct Savepoint {
        var undo = 0
        var spilled = 0
        var dropped = 0
        var dueVersions = 0
        var versionRows = 0
        var erased = 0
        var passedOver = 0
        var released = 0
        var sealing: Sealing?
    }

    func savepoint() -> Savepoint {
        Savepoint(
            undo: undo.count, spilled: spilled.count, dropped: dropped.count, dueVersions: dueVersions.count,
            versionRows: versionRows.count, erased: erasedKeys.count, passedOver: holding.passedOver.count,
            released: holding.released.count, sealing: sealing)
    }

    func rollBack(to savepoint: Savepoint) {
        while undo.count > savepoint.undo, let step = undo.popLast() {
            switch step {
            case .entry(let index, let saved):
                entries[index] = saved
                if !orderedIndexes.isEmpty { refreshOrdered(index) }
            case .unique(let key, let space, let value): uniqueTable.set(value, at: uniqueTable.find(key, space: space))
            case .state(let key, let space, let value): stateTable.set(value, at: stateTable.find(key, space: space))
            case .request(let key): requestTable.set(0, at: requestTable.find(key, space: 0))
            case .person(let key, let value): personTable.set(value, at: personTable.find(key, space: 0))
            case .owned(let key): ownedTable.set(0, at: ownedTable.find(key, space: 0))
            case .hold(let key, let before): put(before, at: key)
            case .held(let key, let wasDirty): holding.removeLast(from: key, wasDirty: wasDirty)
            }
        }
        erasedKeys.removeSubrange(savepoint.erased...)
        spilled.removeSubrange(savepoint.spilled...)
        dropped.removeSubrange(savepoint.dropped...)
        dueVersions.removeSubrange(savepoint.dueVersions...)
        versionRows.removeSubrange(savepoint.versionRows...)
        holding.passedOver.removeSubrange(savepoint.passedOver...)
        holding.released.removeSubrange(savepoint.released...)
        sealing = savepoint.sealing
    }
}
