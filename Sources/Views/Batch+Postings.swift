public import BSON
internal import LMDB
public import Schema

extension Batch {
    /// The refusals that say which unique keys this event would repeat.
    public var conflictRefusals: [Refusal] {
        conflicts.map { conflict in
            Refusal(
                duplicateIn: conflict.model.indexes[conflict.index], of: conflict.model,
                heldBy: raw(conflict.holder), by: raw(conflict.entry))
        }
    }

    /// The positions after `after` of events that touched a document, those of this batch included, until `body` returns
    /// false.
    public func forEachPosition(
        _ model: CollectionModel, _ id: ObjectID, after: UInt64, _ body: (UInt64) -> Bool
    ) {
        let space = target.space(of: model.number)
        let entry = withKey(id) { load(space, $0) }
        var key: [UInt8] = []
        KeyEncoder.encode(id, into: &key)
        let chunkPrefix: [UInt8] = [SideKind.postings] + key
        do {
            if var cursor = try transaction?.cursor(target.side(space)) {
                var found = try chunkPrefix.withRawBytes { (key) throws(LMDBError) -> Bool in
                    try cursor.seek(atOrAfter: key)
                }
                while found, cursor.key.hasPrefix(chunkPrefix) {
                    guard PostingHeader.forEach(in: cursor.value, { $0 <= after || body($0) }) else { return }
                    found = try cursor.next()
                }
            }
        } catch {
            if failure == nil { failure = error }
            return
        }
        for spill in spilled where spill.entry == entry {
            guard forEach(in: spill.chunk, after, body) else { return }
        }
        _ = forEach(in: entries[entry].header, after, body)
    }

    private func forEach(in header: PostingHeader, _ after: UInt64, _ body: (UInt64) -> Bool) -> Bool {
        withUnsafeTemporaryAllocation(byteCount: PostingHeader.capacity, alignment: 1) { buffer in
            guard let base = buffer.baseAddress else { return true }
            header.storePositions(to: base)
            let bytes = UnsafeRawBufferPointer(start: base, count: Int(header.byteCount))
            return PostingHeader.forEach(in: bytes) { $0 <= after || body($0) }
        }
    }
}
