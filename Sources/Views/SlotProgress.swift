public import LMDB
public import Schema
internal import Synchronization

/// What the slot of a view that does not serve holds: how far it is folded, and by which declaration.
public struct SlotProgress: Sendable, Hashable {
    /// What is to become of it.
    public enum Purpose: UInt8, Sendable, CaseIterable {
        /// To serve, once it is where the views are.
        case toServe = 0
        /// The same, where its documents equal those that serve.
        case toServeIfEqual = 1
        /// To be looked at first.
        case toReview = 2
        /// It served before, and may again.
        case served = 3
    }

    public var purpose: Purpose
    public var slot: Int
    public var position: UInt64
    public var fingerprint: [UInt8]

    public init(_ purpose: Purpose, slot: Int, position: UInt64, fingerprint: [UInt8]) {
        self.purpose = purpose
        self.slot = slot
        self.position = position
        self.fingerprint = fingerprint
    }

    init?(_ stored: UnsafeRawBufferPointer) {
        guard stored.count > 10, let purpose = Purpose(rawValue: stored[0]) else { return nil }
        self.init(
            purpose, slot: Int(stored[1]),
            position: UInt64(littleEndian: stored.loadUnaligned(fromByteOffset: 2, as: UInt64.self)),
            fingerprint: Array(stored[10...]))
    }

    var bytes: [UInt8] {
        [purpose.rawValue, UInt8(slot)] + withUnsafeBytes(of: position.littleEndian) { Array($0) } + fingerprint
    }
}

extension ViewStore {
    public func slotProgress(of model: CollectionModel, in transaction: borrowing ReadTransaction) throws(LMDBError)
        -> SlotProgress?
    {
        try Meta.progress(model).read(meta, transaction).flatMap(SlotProgress.init)
    }

    func slotProgress(of model: CollectionModel, in transaction: borrowing WriteTransaction) throws(LMDBError)
        -> SlotProgress?
    {
        try Meta.progress(model).withKey { (key) throws(LMDBError) in
            try transaction.get(key, in: meta).flatMap(SlotProgress.init)
        }
    }

    func store(_ progress: SlotProgress, of model: CollectionModel, _ transaction: borrowing WriteTransaction)
        throws(LMDBError)
    {
        try put(Meta.progress(model), progress.bytes, transaction)
    }

    func removeSlotProgress(of model: CollectionModel, _ transaction: borrowing WriteTransaction) throws(LMDBError) {
        try Meta.progress(model).withKey { (key) throws(LMDBError) in _ = try transaction.delete(key, in: meta) }
    }

    /// Empties the slot of a view that does not serve, and forgets how far it was.
    public func emptyIdleSlot(_ place: Int) throws(LMDBError) {
        try reserve(1 << 20)
        let transaction = try beginWrite()
        try empty(place + 1, rebuildTarget(), transaction)
        try removeSlotProgress(of: catalogue.collections[place], transaction)
        try transaction.commit()
    }

    /// The same for every view whose documents hold what is personal: an erasure reaches the slots that serve alone. While a
    /// rebuild fills them, this waits for its end.
    func emptyIdlePersonalSlots() throws(LMDBError) {
        try idleSlots.withLock { (_) throws(LMDBError) in
            let target = rebuildTarget()
            for (place, model) in catalogue.collections.enumerated() where !model.personal.isEmpty {
                guard try beginRead().entryCount(target.documents(place + 1)) > 0 else { continue }
                try emptyIdleSlot(place)
            }
        }
    }

    /// From an erasure's own commit on, what slots that do not serve hold of persons neither goes on nor serves: what was
    /// sealed is taken out of those that serve alone. ``scrub()`` empties them, which may be seconds later.
    func spoilIdlePersonalSlots(_ transaction: borrowing WriteTransaction) throws(LMDBError) {
        for model in catalogue.collections where !model.personal.isEmpty {
            guard var progress = try slotProgress(of: model, in: transaction) else { continue }
            progress.position = 0
            progress.fingerprint = Placement.ofNoProgram(slot: progress.slot).fingerprint
            try store(progress, of: model, transaction)
        }
    }
}

extension Batch {
    /// Whether its snapshot has the slot where it was left.
    func holds(_ progress: SlotProgress, of model: CollectionModel) throws(LMDBError) -> Bool {
        try Meta.progress(model).withKey { (key) throws(LMDBError) in
            try transaction?.get(key, in: views.meta).flatMap(SlotProgress.init) == progress
        }
    }
}
