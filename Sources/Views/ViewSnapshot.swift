public import BSON
public import EventLog
public import LMDB
public import Schema

/// The views as of one position: a read transaction over all collections. What it hands out is valid while it lives. Keep
/// it short, and never across an `await`.
public struct ViewSnapshot: ~Copyable {
    public let store: ViewStore
    let transaction: ReadTransaction
    let target: ViewStore.Target
    public let checkpoint: Checkpoint
    private let permit: SnapshotPermit

    /// `target`: `nil` for the slots that serve.
    init(_ store: ViewStore, _ target: ViewStore.Target? = nil) throws(LMDBError) {
        let permit = try store.snapshotLimit.permit()
        let transaction = try store.beginRead()
        let target = target ?? store.serving.target(at: transaction.identifier)
        checkpoint = try store.checkpoint(in: transaction)
        self.permit = permit
        self.transaction = transaction
        self.store = store
        self.target = target
    }

    /// What opens the same snapshot on another thread.
    package var twin: SnapshotTwin { SnapshotTwin(store: store, target: target, commit: transaction.identifier) }

    /// Whether the slots that it reads serve at its own commit, where another process says which do.
    package var readsWhatServes: Bool {
        get throws(LMDBError) {
            for (place, model) in store.catalogue.collections.enumerated() {
                let slot = try store.placement(of: model, in: transaction)?.slot
                if slot != nil, slot != target.slots[place] { return false }
            }
            return true
        }
    }

    /// The last position applied.
    public var position: UInt64 { checkpoint.position }

    /// Whether no document of a collection has changed since a position, as far as this process can tell: false also where
    /// the position is from before the views were opened.
    public func isUnchanged(_ model: CollectionModel, since position: UInt64) -> Bool {
        guard position < self.position else { return position == self.position }
        return store.changes.isUnchanged(target.space(of: model.number), since: position)
    }

    // MARK: Documents

    /// The document with this encoded `_id`.
    public func document(_ model: CollectionModel, key: UnsafeRawBufferPointer) throws(LMDBError) -> RawDocument? {
        try stored(model, key: key).map { Batch.document(in: $0) }
    }

    public func document(_ model: CollectionModel, id: ObjectID) throws(LMDBError) -> RawDocument? {
        var key: [UInt8] = []
        KeyEncoder.encode(id, into: &key)
        return try key.withRawBytes { (key) throws(LMDBError) in try document(model, key: key) }
    }

    private func stored(_ model: CollectionModel, key: UnsafeRawBufferPointer) throws(LMDBError)
        -> UnsafeRawBufferPointer?
    {
        try transaction.get(key, in: target.documents(target.space(of: model.number)))
    }

    /// How many documents a collection has: a counter, O(log n).
    public func documentCount(_ model: CollectionModel) throws(LMDBError) -> Int {
        try store.count(target.space(of: model.number), target, in: transaction)
    }

    /// All documents in the order of their `_id`, from `after` on, until `body` returns false.
    public func forEachDocument(
        _ model: CollectionModel, after: UnsafeRawBufferPointer? = nil, backward: Bool = false,
        _ body: (_ key: UnsafeRawBufferPointer, _ document: RawDocument) throws(LMDBError) -> Bool
    ) throws(LMDBError) {
        var cursor = try transaction.cursor(target.documents(target.space(of: model.number)))
        cursor.prefetchesPages = true
        var found: Bool
        if let after {
            found = backward ? try cursor.seek(before: after) : try cursor.seek(atOrAfter: after)
            if found, !backward, cursor.key.elementsEqual(after) { found = try cursor.next() }
        } else {
            found = backward ? try cursor.last() : try cursor.first()
        }
        while found {
            guard try body(cursor.key, Batch.document(in: cursor.value)) else { return }
            found = backward ? try cursor.previous() : try cursor.next()
        }
    }

    // MARK: Indexes

    /// The entries of an index between two bounds of its encoded values (`lower` included, `upper` not; an empty bound is
    /// open), in order or backward, until `body` returns false. `key` has the values alone, without the document's key.
    public func scan(
        _ model: CollectionModel, index: Int, from lower: [UInt8], to upper: [UInt8], backward: Bool = false,
        _ body: (_ key: UnsafeRawBufferPointer, _ documentKey: UnsafeRawBufferPointer) throws(LMDBError) -> Bool
    ) throws(LMDBError) {
        var cursor = try transaction.cursor(target.indexes(target.space(of: model.number)))
        let first: [UInt8] = [UInt8(index)] + lower
        let last: [UInt8] = upper.isEmpty ? [UInt8(index) + 1] : [UInt8(index)] + upper
        var found = try (backward ? last : first).withRawBytes { (bound) throws(LMDBError) -> Bool in
            backward ? try cursor.seek(before: bound) : try cursor.seek(atOrAfter: bound)
        }
        while found {
            let key = cursor.key
            if backward ? key.precedes(first) : !key.precedes(last) { return }
            let documentKey = IndexEntry.documentKey(key, cursor.value)
            let values = UnsafeRawBufferPointer(rebasing: key[1..<(key.count - documentKey.count)])
            guard try body(values, documentKey) else { return }
            found = backward ? try cursor.previous() : try cursor.next()
        }
    }

    // MARK: The log's index

    /// The position of the event with this request key, if the log has one.
    public func position(ofRequest key: UnsafeRawBufferPointer) throws(LMDBError) -> UInt64? {
        guard let value = try transaction.get(key, in: store.requests), value.count == 8 else { return nil }
        return UInt64(littleEndian: value.loadUnaligned(as: UInt64.self))
    }

    /// The hash of a complete subtree of the Merkle tree, where it is stored.
    public func subtreeHash(_ subtree: MerkleSubtree) throws(LMDBError) -> Digest32? {
        try subtree.withKey { (key) throws(LMDBError) -> Digest32? in
            try transaction.get(key, in: store.merkle).map { Digest32($0) }
        }
    }

    /// How many events a stream has.
    public func streamVersion(_ subject: String) throws(LMDBError) -> UInt64 {
        try streamKey(subject).withRawBytes { (key) throws(LMDBError) -> UInt64 in
            try transaction.get(key, in: store.streams).flatMap { PostingHeader($0) }.map { UInt64($0.count) } ?? 0
        }
    }

    /// The positions of a stream's events after `after`, oldest first, until `body` returns false.
    public func forEachPosition(ofStream subject: String, after: UInt64 = 0, _ body: (UInt64) -> Bool) throws(LMDBError)
    {
        try forEachPosition(streamKey(subject), documents: store.streams, chunks: store.streamChunks, after, body)
    }

    /// The positions of the events that touched a document after `after`, oldest first, until `body` returns false; also
    /// of a document that is gone.
    public func forEachPosition(
        ofDocument key: [UInt8], in model: CollectionModel, after: UInt64 = 0, _ body: (UInt64) -> Bool
    ) throws(LMDBError) {
        let space = target.space(of: model.number)
        try forEachPosition(key, documents: target.documents(space), chunks: target.side(space), after, body)
    }

    private func forEachPosition(
        _ key: [UInt8], documents: Table, chunks: Table, _ after: UInt64, _ body: (UInt64) -> Bool
    ) throws(LMDBError) {
        let prefix: [UInt8] = [SideKind.postings] + key
        var start = prefix
        // The chunk that holds `after` is the last that starts at or before it.
        withUnsafeBytes(of: (after &+ 1).bigEndian) { start.append(contentsOf: $0) }
        var cursor = try transaction.cursor(chunks)
        var found = try start.withRawBytes { (key) throws(LMDBError) -> Bool in try cursor.seek(before: key) }
        if !found || !cursor.key.hasPrefix(prefix) {
            found = try prefix.withRawBytes { (key) throws(LMDBError) -> Bool in try cursor.seek(atOrAfter: key) }
        }
        while found, cursor.key.hasPrefix(prefix), cursor.key.count == prefix.count + 8 {
            guard PostingHeader.forEach(in: cursor.value, { $0 <= after || body($0) }) else { return }
            found = try cursor.next()
        }
        let stored = try key.withRawBytes { (key) throws(LMDBError) in try transaction.get(key, in: documents) }
        guard let stored, let header = PostingHeader(stored) else { return }
        let positions = UnsafeRawBufferPointer(
            rebasing: stored[PostingHeader.fixedBytes..<(PostingHeader.fixedBytes + Int(header.byteCount))])
        _ = PostingHeader.forEach(in: positions) { $0 <= after || body($0) }
    }

    private func streamKey(_ subject: String) -> [UInt8] {
        var key: [UInt8] = []
        var subject = subject
        subject.withUTF8 { ViewStore.encodeStreamKey(UnsafeRawBufferPointer($0), into: &key) }
        return key
    }
}

extension ViewStore {
    static func encodeStreamKey(_ subject: UnsafeRawBufferPointer, into key: inout [UInt8]) {
        KeyEncoder.encode(utf8: subject, limit: 400, into: &key)
    }

    /// The views as they are now.
    public func snapshot() throws(LMDBError) -> ViewSnapshot { try ViewSnapshot(self) }

    /// The same over the slots of `target`.
    public func snapshot(_ target: Target) throws(LMDBError) -> ViewSnapshot { try ViewSnapshot(self, target) }
}
