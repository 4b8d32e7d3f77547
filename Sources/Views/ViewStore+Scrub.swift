public import LMDB
internal import Schema

extension ViewStore {
    /// Whether an erasure left bytes that are not overwritten yet.
    public func isUnscrubbed() throws(LMDBError) -> Bool {
        let transaction = try beginRead()
        return try Meta.unscrubbed.withKey { (key) throws(LMDBError) in try transaction.get(key, in: meta) != nil }
    }

    /// Overwrites what erasures left in the data file: nothing that they took out is found there afterwards.
    ///
    /// True: all of it. False: snapshots that are open still read some; to be called again.
    @discardableResult
    public func scrub() throws(LMDBError) -> Bool {
        try emptyIdlePersonalSlots()
        for (space, model) in catalogue.collections.enumerated() {
            let personal = Set(model.personalIndexes.map { UInt8(truncatingIfNeeded: $0) })
            guard !personal.isEmpty else { continue }
            for slot in tables[space] {
                let isStale = try environment.hasStaleKeys(slot.indexes) { key in
                    key.first.map { personal.contains($0) } ?? false
                }
                if isStale { try rewrite(slot.indexes) }
            }
        }
        guard try environment.scrub().isComplete else { return false }
        let transaction = try beginWrite()
        try Meta.unscrubbed.withKey { (key) throws(LMDBError) in _ = try transaction.delete(key, in: meta) }
        try transaction.commit()
        return true
    }

    /// Writes a table anew, in order: keys that were deleted are gone from its upper pages too.
    private func rewrite(_ table: Table) throws(LMDBError) {
        let pages = try beginRead().statistics(table)
        let pageCount = pages.branchPages + pages.leafPages + pages.overflowPages + 64
        try reserve(pageCount * 2 * (try statistics().pageBytes))
        let transaction = try beginWrite()
        // Begun inside the write transaction: no commit comes in between.
        let snapshot = try beginRead()
        try transaction.empty(table)
        var source = try snapshot.cursor(table)
        var target = try transaction.cursor(table)
        var found = try source.first()
        while found {
            try target.put(source.key, source.value, flags: .append)
            found = try source.next()
        }
        try transaction.commit()
    }
}
