public import EventLog
public import LMDB
internal import Schema

/// Why the views could not follow the log.
public enum ReplayError: Error, Sendable, CustomStringConvertible {
    case log(LogError)
    case views(LMDBError)
    case fold(FoldError)

    public var description: String {
        switch self {
        case .log(let error): "the log: \(error)"
        case .views(let error): "the views: \(error)"
        case .fold(let error): "folding: \(error)"
        }
    }
}

/// Folds the log's records into the views in runs bounded by memory: into an empty tree each run is sorted and appended,
/// which is the bulk load of a rebuild; into a filled one it is the catching up after a restart.
public struct Replay: Sendable {
    public struct Progress: Sendable {
        public let position: UInt64
        public let through: UInt64
    }

    public let store: ViewStore
    public let log: EventLog
    /// A run ends when the batch holds this much.
    public var memoryBytes = 768 << 20
    public var onProgress: (@Sendable (Progress) -> Void)?

    public init(store: ViewStore, log: EventLog, onProgress: (@Sendable (Progress) -> Void)? = nil) {
        self.store = store
        self.log = log
        self.onProgress = onProgress
    }

    /// Brings the serving slots, streams, request keys and subtrees from their checkpoint to the log's end.
    public func catchUp(through last: UInt64 = .max) throws(ReplayError) {
        let checkpoint: Checkpoint
        let target: ViewStore.Target
        do throws(LMDBError) {
            let transaction = try store.beginRead()
            checkpoint = try store.checkpoint(in: transaction)
            target = try store.servingTarget()
        } catch { throw .views(error) }
        try run(target, places: nil, from: checkpoint, through: last)
    }

    /// Folds the whole log anew into the slot that does not serve, of these collections, then lets that slot serve.
    public func rebuild(_ places: Set<Int>, through last: UInt64) throws(ReplayError) {
        let target: ViewStore.Target
        do throws(LMDBError) {
            target = try store.rebuildTarget()
            try transact { (transaction) throws(LMDBError) in
                for place in places { try store.empty(place + 1, target, transaction) }
            }
        } catch { throw .views(error) }
        try run(target, places: places, from: .empty, through: last)
        do throws(LMDBError) {
            try transact { (transaction) throws(LMDBError) in
                for place in places {
                    let model = store.catalogue.collections[place]
                    let placement = ViewStore.Placement(slot: target.slots[place], fingerprint: model.fingerprint)
                    try store.store(placement, of: model, transaction)
                }
            }
        } catch { throw .views(error) }
    }

    func transact(_ body: (borrowing WriteTransaction) throws(LMDBError) -> Void) throws(LMDBError) {
        let transaction = try store.beginWrite()
        try body(transaction)
        try transaction.commit()
    }

    private func run(_ target: ViewStore.Target, places: Set<Int>?, from start: Checkpoint, through last: UInt64)
        throws(ReplayError)
    {
        let through = min(last, log.head.position)
        var checkpoint = start
        let batch = Batch(store, mode: .replay, target: target)
        var folder = Folder(batch, places: places, keepsLogIndex: target.writesLogIndex)
        while checkpoint.position < through {
            var subtrees: [(MerkleSubtree, Digest32)] = []
            do throws(LMDBError) { try batch.begin() } catch { throw .views(error) }
            try fold(&folder, batch, &checkpoint, through: through, &subtrees)
            do throws(LMDBError) {
                if let failure = batch.failure { throw failure }
                try transact { (transaction) throws(LMDBError) in
                    try batch.write(checkpoint, subtrees: subtrees, in: transaction)
                }
            } catch { throw .views(error) }
            batch.end()
            onProgress?(Progress(position: checkpoint.position, through: through))
        }
    }

    /// One run: until the memory bound or the end.
    private func fold(
        _ folder: inout Folder, _ batch: Batch, _ checkpoint: inout Checkpoint, through: UInt64,
        _ subtrees: inout [(MerkleSubtree, Digest32)]
    ) throws(ReplayError) {
        let keepsTree = batch.target.writesLogIndex
        var failure: FoldError?
        var frontier = checkpoint.frontier
        var last: (position: UInt64, leaf: Digest32?) = (checkpoint.position, nil)
        var sinceReport: UInt64 = 0
        do throws(LogError) {
            let snapshot = try log.snapshot()
            try snapshot.read(from: checkpoint.position + 1, through: through) { (record) throws(LogError) in
                do throws(FoldError) {
                    try folder.apply(record)
                } catch {
                    failure = error
                    return false
                }
                last.position = record.position
                if keepsTree {
                    let leaf = RecordEncoder.leaf(of: record)
                    frontier.append(leaf) { subtrees.append(($0, $1)) }
                    last.leaf = leaf
                }
                sinceReport += 1
                if sinceReport == 20_000 {
                    onProgress?(Progress(position: record.position, through: through))
                    sinceReport = 0
                }
                return batch.memoryBytes < memoryBytes
            }
        } catch { throw .log(error) }
        if let failure { throw .fold(failure) }
        checkpoint = Checkpoint(position: last.position, leaf: last.leaf ?? checkpoint.leaf, frontier: frontier)
    }
}
