internal import BSON
internal import LMDB
internal import Schema

/// What a batch changes of the views' roots: each changed document is taken out as it is stored and put in as it is now.
extension Batch {
    func sumRoots() {
        for change in rootChanges { change?.clear() }
        for entry in entries.indices where entries[entry].isDirty {
            let space = entries[entry].space
            guard space != ViewStore.Target.streamSpace else { continue }
            let model = target.model(space)
            let before = entries[entry].committed.isEmpty ? nil : DocumentHash(committedDocument(entry), of: model)
            let after = entries[entry].isPresent ? DocumentHash(raw(entry), of: model) : nil
            // What is personal or secret may have changed alone.
            guard before != after else { continue }
            let change = rootChange(space)
            if let before { change.subtract(before) }
            if let after { change.add(after) }
        }
    }

    private func rootChange(_ space: Int) -> LatticeSum {
        if rootChanges.isEmpty { rootChanges = Array(repeating: nil, count: target.spaceCount) }
        if let change = rootChanges[space] { return change }
        let change = LatticeSum()
        rootChanges[space] = change
        return change
    }

    /// Adds what ``sumRoots()`` found to what is stored.
    func writeRoots(_ transaction: borrowing WriteTransaction) throws(LMDBError) {
        for (space, change) in rootChanges.enumerated() {
            guard let change, !change.isZero else { continue }
            try views.addToSum(change, target, space, transaction)
        }
    }
}
