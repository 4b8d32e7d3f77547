internal import BSON
public import EventLog
public import LMDB
import Schema
internal import Glibc

extension Batch {
    /// Writes all that changed, tree by tree in key order, with the checkpoint, into one transaction of the views.
    public func write(
        _ checkpoint: Checkpoint, subtrees: [(MerkleSubtree, Digest32)], in transaction: borrowing WriteTransaction
    ) throws(LMDBError) {
        summer.begin(self)
        do throws(LMDBError) {
            try writeTrees(checkpoint, subtrees: subtrees, in: transaction)
        } catch {
            summer.finish(self)
            throw error
        }
        summer.finish(self)
        try writeRoots(transaction)
        try views.store(checkpoint, target, transaction)
    }

    private func writeTrees(
        _ checkpoint: Checkpoint, subtrees: [(MerkleSubtree, Digest32)], in transaction: borrowing WriteTransaction
    ) throws(LMDBError) {
        var (documents, indexes, side) = lists.take(target.spaceCount)
        var countChanges = [Int](repeating: 0, count: target.spaceCount)
        var keys = KeyDifference()
        var isChanged = [Bool](repeating: false, count: target.spaceCount)
        for entry in entries.indices where entries[entry].isDirty {
            let space = entries[entry].space
            isChanged[space] = true
            let wasPresent = !entries[entry].committed.isEmpty
            if entries[entry].isPresent {
                documents[space].append(TreeChange(entries[entry].key, .putEntry(entry)))
                if !wasPresent { countChanges[space] += 1 }
            } else if wasPresent {
                documents[space].append(TreeChange(entries[entry].key, .delete))
                countChanges[space] -= 1
            }
            if space != ViewStore.Target.streamSpace {
                diffIndexes(entry, wasPresent, &indexes[space], &keys)
            }
        }
        views.changes.note(isChanged, at: checkpoint.position)
        for (entry, chunk) in spilled { side[entries[entry].space].append(chunkChange(entry, chunk)) }
        for entry in dropped { try deleteSide(SideKind.state, of: entry, transaction) }
        for value in stateValues where value.isDirty {
            // An older value of the same name was replaced in the table; only the newest is written.
            guard let bytes = value.value, isNewest(value.entry, value.name, bytes) else { continue }
            side[entries[value.entry].space].append(
                TreeChange(kept(stateKey(value.entry, value.name)), bytes))
        }
        try writeVersions(&side, transaction)
        try writeHolds(&side, transaction)
        for space in 0..<target.spaceCount {
            try apply(&documents[space], to: target.documents(space), transaction)
            try apply(&indexes[space], to: target.indexes(space), transaction)
            try apply(&side[space], to: target.side(space), transaction)
            if countChanges[space] != 0 { try views.addToCount(countChanges[space], target, space, transaction) }
        }
        if target.writesLogIndex { try writeLogIndex(subtrees, transaction) }
        try writeOwned(transaction)
        lists.giveBack(&documents, &indexes, &side)
    }

    // MARK: Documents

    /// Writes header and document where they will lie.
    private func put(
        _ entry: Int, _ key: UnsafeRawBufferPointer, _ cursor: inout Cursor, _ flags: PutFlags
    ) throws(LMDBError) {
        let headerCount = entries[entry].header.storedCount
        let isStream = entries[entry].space == ViewStore.Target.streamSpace
        let document = isStream ? UnsafeRawBufferPointer(start: nil, count: 0) : raw(entry).bytes
        let target = try cursor.reserve(key, byteCount: headerCount + document.count, flags: flags)
        guard let start = target.baseAddress else { return }
        entries[entry].header.store(to: start)
        if let base = document.baseAddress {
            (start + headerCount).copyMemory(from: base, byteCount: document.count)
        }
    }

    private func chunkChange(_ entry: Int, _ chunk: PostingHeader) -> TreeChange {
        var key: [UInt8] = [SideKind.postings]
        key.append(contentsOf: entries[entry].key)
        withUnsafeBytes(of: chunk.first.bigEndian) { key.append(contentsOf: $0) }
        let bytes = arena.allocate(Int(chunk.byteCount))
        chunk.storePositions(to: bytes)
        return TreeChange(kept(key), UnsafeRawBufferPointer(start: bytes, count: Int(chunk.byteCount)))
    }

    func kept(_ bytes: [UInt8]) -> UnsafeRawBufferPointer {
        bytes.withUnsafeBytes { UnsafeRawBufferPointer(start: arena.copy($0), count: $0.count) }
    }

    // MARK: Indexes

    /// Old keys against new ones, for the indexes that may have changed.
    private func diffIndexes(
        _ entry: Int, _ wasPresent: Bool, _ changes: inout [TreeChange], _ keys: inout KeyDifference
    ) {
        let isPresent = entries[entry].isPresent
        let mask = entries[entry].indexMask
        guard mask != 0, wasPresent || isPresent else { return }
        let model = target.model(entries[entry].space)
        for (ordinal, tree) in model.trees.enumerated() where mask & (1 << UInt64(ordinal)) != 0 {
            guard wasPresent && isPresent else {
                let document = isPresent ? raw(entry) : committedDocument(entry)
                tree.forEachKey(of: document, scratch: &keys.new) { key in
                    changes.append(
                        TreeChange(indexKey(ordinal, key, entry), isPresent ? .put(indexValue(entry)) : .delete))
                }
                continue
            }
            diff(tree, ordinal, entry, &changes, &keys)
        }
    }

    private func diff(
        _ tree: KeyTree, _ ordinal: Int, _ entry: Int, _ changes: inout [TreeChange], _ keys: inout KeyDifference
    ) {
        var (oldSpans, newSpans) = keys.takeSpans()
        tree.forEachKey(of: committedDocument(entry), scratch: &keys.old) { oldSpans.append(kept($0)) }
        tree.forEachKey(of: raw(entry), scratch: &keys.new) { newSpans.append(kept($0)) }
        defer { keys.giveBack(&oldSpans, &newSpans) }
        for key in oldSpans where !newSpans.contains(where: { Self.equal($0, key) }) {
            changes.append(TreeChange(indexKey(ordinal, key, entry), .delete))
        }
        for key in newSpans where !oldSpans.contains(where: { Self.equal($0, key) }) {
            changes.append(TreeChange(indexKey(ordinal, key, entry), .put(indexValue(entry))))
        }
    }

    func kept(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: arena.copy(bytes, capacity: max(1, bytes.count)), count: bytes.count)
    }

    private static func equal(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Bool {
        guard a.count == b.count, let first = a.baseAddress, let second = b.baseAddress else {
            return a.count == b.count
        }
        return memcmp(first, second, a.count) == 0
    }

    private func indexKey(_ ordinal: Int, _ key: UnsafeRawBufferPointer, _ entry: Int) -> UnsafeRawBufferPointer {
        let documentKey = entries[entry].key
        let count = 1 + key.count + documentKey.count
        let bytes = arena.allocate(count)
        bytes.storeBytes(of: UInt8(ordinal), as: UInt8.self)
        if let base = key.baseAddress { (bytes + 1).copyMemory(from: base, byteCount: key.count) }
        if let base = documentKey.baseAddress {
            (bytes + 1 + key.count).copyMemory(from: base, byteCount: documentKey.count)
        }
        return UnsafeRawBufferPointer(start: bytes, count: count)
    }

    private func indexValue(_ entry: Int) -> UnsafeRawBufferPointer {
        let count = entries[entry].key.count
        if count == IndexEntry.objectIDKeyCount { return UnsafeRawBufferPointer(start: nil, count: 0) }
        return kept([UInt8(count)])
    }

    // MARK: Private state

    private func isNewest(_ entry: Int, _ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> Bool {
        let key = stateKey(entry, name)
        return key.withUnsafeBytes { key in
            let slot = stateTable.find(key, space: UInt32(entries[entry].space))
            return slot >= 0 && stateValues[stateTable.value(at: slot)].value?.baseAddress == value.baseAddress
        }
    }

    /// Deletes what the side table has of one kind for a document that was removed.
    func deleteSide(
        _ kind: UInt8, of entry: Int, _ transaction: borrowing WriteTransaction
    ) throws(LMDBError) {
        let space = entries[entry].space
        let prefix: [UInt8] = [kind] + entries[entry].key
        var cursor = try transaction.cursor(target.side(space))
        var found = try prefix.withRawBytes { (key) throws(LMDBError) -> Bool in try cursor.seek(atOrAfter: key) }
        while found, cursor.key.hasPrefix(prefix) {
            try cursor.delete()
            found = try prefix.withRawBytes { (key) throws(LMDBError) -> Bool in try cursor.seek(atOrAfter: key) }
        }
    }

    // MARK: The log's index

    private func writeLogIndex(
        _ subtrees: [(MerkleSubtree, Digest32)], _ transaction: borrowing WriteTransaction
    ) throws(LMDBError) {
        var changes: [TreeChange] = []
        requestTable.forEach { key, position in
            guard position != 0 else { return }
            let bytes = arena.allocate(8)
            bytes.storeBytes(of: UInt64(position).littleEndian, as: UInt64.self)
            changes.append(TreeChange(key, UnsafeRawBufferPointer(start: bytes, count: 8)))
        }
        try apply(&changes, to: views.requests, transaction)
        var nodes: [TreeChange] = []
        for (subtree, hash) in subtrees {
            nodes.append(
                TreeChange(subtree.withKey { kept($0) }, hash.withUnsafeBytes { kept($0) }))
        }
        try apply(&nodes, to: views.merkle, transaction)
    }

    // MARK: Persons

    private func writeOwned(_ transaction: borrowing WriteTransaction) throws(LMDBError) {
        guard target.writesOwned else { return }
        var owned: [TreeChange] = []
        let none = UnsafeRawBufferPointer(start: nil, count: 0)
        let erased = erasedKeys.map { id in id.withUnsafeBytes { Array($0) } }
        ownedTable.forEach { key, value in
            guard value == 1, !erased.contains(where: { key.hasPrefix($0) }) else { return }
            owned.append(TreeChange(key, none))
        }
        try apply(&owned, to: views.owned, transaction)
        for keyID in erased { try forgetOwned(keyID, transaction) }
        guard target.writesLogIndex else { return }
        var persons: [TreeChange] = []
        personTable.forEach { person, place in
            let id = personKeys[place].map { id in id.withUnsafeBytes { kept($0) } }
            persons.append(TreeChange(person, id))
        }
        try apply(&persons, to: views.persons, transaction)
        if !erased.isEmpty {
            try views.markUnscrubbed(transaction)
            try views.spoilIdlePersonalSlots(transaction)
        }
        if let unopened { try views.markUnopened(unopened, transaction) }
    }

    private func forgetOwned(_ keyID: [UInt8], _ transaction: borrowing WriteTransaction) throws(LMDBError) {
        var cursor = try transaction.cursor(views.owned)
        var found = try keyID.withRawBytes { (key) throws(LMDBError) -> Bool in try cursor.seek(atOrAfter: key) }
        while found, cursor.key.hasPrefix(keyID) {
            try cursor.delete()
            found = try keyID.withRawBytes { (key) throws(LMDBError) -> Bool in try cursor.seek(atOrAfter: key) }
        }
    }

    // MARK: Writing one tree

    private func apply(_ changes: inout [TreeChange], to table: Table, _ transaction: borrowing WriteTransaction)
        throws(LMDBError)
    {
        guard !changes.isEmpty else { return }
        changes.sort(by: TreeChange.precedes)
        // Into an empty tree a sorted run is appended: pages come out full, and nothing is searched.
        let flags: PutFlags = try transaction.entryCount(table) == 0 ? .append : []
        var cursor = try transaction.cursor(table)
        for change in changes {
            switch change.change {
            case .put(let value): try cursor.put(change.key, value, flags: flags)
            case .putEntry(let entry): try put(entry, change.key, &cursor, flags)
            case .delete: if try cursor.seek(exactly: change.key) { try cursor.delete() }
            }
        }
    }
}
