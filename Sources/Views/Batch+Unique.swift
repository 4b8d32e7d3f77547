internal import BSON
public import Schema

/// Unique keys over what is committed and what the batch changed: who holds one.
extension Batch {
    public func locate(_ collection: CollectionNumber, uniqueIndex: Int, key: UnsafeRawBufferPointer) -> Int {
        let space = target.space(of: collection)
        let slot = loadUnique(space, uniqueIndex, key)
        let entry = uniqueTable.value(at: slot)
        return entry >= 0 && entries[entry].isPresent ? entry : -1
    }

    private func uniqueSpace(_ space: Int, _ index: Int) -> UInt32 { UInt32(space) << 8 | UInt32(index) }

    private func loadUnique(_ space: Int, _ index: Int, _ key: UnsafeRawBufferPointer) -> Int {
        let slot = uniqueTable.find(key, space: uniqueSpace(space, index))
        if slot >= 0 { return slot }
        var holder = -1
        if let documentKey = committedHolder(space, index, key) {
            // A document that gained or lost a unique key in this batch had both noted by `settleUnique`: a key that is
            // not in the table is held by whoever held it before.
            holder = load(space, documentKey)
        }
        _ = uniqueTable.insert(key, space: uniqueSpace(space, index), value: holder, arena: arena)
        return uniqueTable.find(key, space: uniqueSpace(space, index))
    }

    func settleUnique(_ entry: Int, _ before: Entry) {
        let space = entries[entry].space
        guard space != ViewStore.Target.streamSpace else { return }
        let model = target.model(space)
        let mask = entries[entry].indexMask & model.uniqueMask
        guard mask != 0 else { return }
        for (ordinal, index) in model.indexes.enumerated() where mask & (1 << UInt64(ordinal)) != 0 {
            if before.isPresent {
                index.pattern.forEachKey(of: before.document.raw, scratch: &keyScratch) { key in
                    let slot = loadUnique(space, ordinal, key)
                    guard uniqueTable.value(at: slot) == entry else { return }
                    setUnique(slot, -1, uniqueSpace(space, ordinal))
                }
            }
            if entries[entry].isPresent {
                index.pattern.forEachKey(of: raw(entry), scratch: &keyScratch) { key in
                    let slot = loadUnique(space, ordinal, key)
                    let holder = uniqueTable.value(at: slot)
                    if holder >= 0, holder != entry, entries[holder].isPresent {
                        conflicts.append(Conflict(model: model, index: ordinal, holder: holder, entry: entry))
                    }
                    setUnique(slot, entry, uniqueSpace(space, ordinal))
                }
            }
        }
    }

    private func setUnique(_ slot: Int, _ value: Int, _ space: UInt32) {
        undo.append(.unique(uniqueTable.key(at: slot), space: space, uniqueTable.value(at: slot)))
        uniqueTable.set(value, at: slot)
    }
}
