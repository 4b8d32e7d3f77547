public import EventLog
public import LMDB
internal import Dispatch
internal import Schema
internal import Synchronization

/// Why the views could not follow the log.
public enum ReplayError: Error, Sendable, CustomStringConvertible {
    case log(LogError)
    case views(LMDBError)
    case fold(FoldError)
    /// The keys of persons could not be read, at this position: no fault of the log.
    case keys(KeyRingError, position: UInt64)
    /// It was told to stop before its end.
    case stopped

    public var description: String {
        switch self {
        case .log(let error): "the log: \(error)"
        case .views(let error): "the views: \(error)"
        case .fold(let error): "folding: \(error)"
        case .keys(let error, let position): "the keys, at position \(position): \(error)"
        case .stopped: "stopped before its end"
        }
    }
}

/// Folds the log's records into the views in runs bounded by memory: into an empty tree each run is sorted and appended,
/// which is the bulk load of a rebuild; into a filled one it is the catching up after a restart. Every part checks the
/// checksum of every record it folds, and stops at one that does not fit.
public struct Replay: Sendable {
    public struct Progress: Sendable {
        public let position: UInt64
        public let through: UInt64
    }

    public let store: ViewStore
    public let log: EventLog
    /// What all runs under way may hold together.
    public var memoryBytes = 256 << 20
    /// Keys of persons that a part remembers as known.
    package var mostKnownKeys = 1 << 16
    /// How many collections are rebuilt side by side: projectors see nothing of each other, so any grouping gives the
    /// same bytes.
    public var threads: Int
    public var onProgress: (@Sendable (Progress) -> Void)?
    /// Asked every thousand events; where it says no, it ends with `stopped`.
    package var mayGoOn: (@Sendable () -> Bool)?

    public init(
        store: ViewStore, log: EventLog, threads: Int = availableCores,
        onProgress: (@Sendable (Progress) -> Void)? = nil
    ) {
        self.store = store
        self.log = log
        self.threads = max(1, threads)
        self.onProgress = onProgress
    }

    // MARK: What can be replayed

    /// Brings the serving slots, streams, request keys and subtrees from their checkpoint to the log's end.
    public func catchUp(through last: UInt64 = .max) throws(ReplayError) {
        let checkpoint: Checkpoint
        let target: ViewStore.Target
        do throws(LMDBError) {
            checkpoint = try store.checkpoint(in: try store.beginRead())
            target = store.servingTarget()
        } catch { throw .views(error) }
        let report = ReplayReport(1, through: min(last, log.head.position), onProgress)
        try run(Part(target: target, places: nil), from: checkpoint, memoryBytes, report, 0)
    }

    /// Folds the whole log anew into the slot that does not serve, of these collections, then lets that slot serve.
    public func rebuild(_ places: Set<Int>, through last: UInt64) throws(ReplayError) {
        try store.idleSlots.withLock { (_) throws(ReplayError) in try fill(places, through: last) }
    }

    private func fill(_ places: Set<Int>, through last: UInt64) throws(ReplayError) {
        let target: ViewStore.Target
        do throws(LMDBError) {
            target = store.rebuildTarget()
            let others = try ofOtherDeclarations(places)
            try transact(reserving: 1 << 20) { (transaction) throws(LMDBError) in
                for place in places {
                    let model = store.catalogue.collections[place]
                    try store.empty(place + 1, target, transaction)
                    try store.removeSlotProgress(of: model, transaction)
                    guard let slot = others[place] ?? nil else { continue }
                    // Nobody trusts it from here on, nor does the program that made it: it lacks what is forgotten now.
                    try store.store(.ofNoProgram(slot: slot), of: model, transaction)
                }
            }
            try forgetOwned(Set(others.keys))
        } catch { throw .views(error) }
        let parts = try partition(places, threads).map { Part(target: target, places: $0) }
        let last = min(last, log.head.position)
        try runAll(parts, through: last)
        try serve(places, target, keepingTheOthersAt: last)
    }

    /// Those whose views that serve were folded by another declaration than today's, with the slot; `nil` where there is none.
    private func ofOtherDeclarations(_ places: Set<Int>) throws(LMDBError) -> [Int: Int?] {
        let now = try store.beginRead()
        var others: [Int: Int?] = [:]
        for place in places {
            let model = store.catalogue.collections[place]
            let placement = try store.placement(of: model, in: now)
            if placement?.fingerprint != model.fingerprint { others.updateValue(placement?.slot, forKey: place) }
        }
        return others
    }

    /// Makes all that is derived from the log anew, for views that are empty.
    ///
    /// The collections serve only once all is done: views that a crash leaves half built are rebuilt when next opened.
    public func rebuildAll(through last: UInt64 = .max) throws(ReplayError) {
        let serving: ViewStore.Target
        let target: ViewStore.Target
        let places = Set(store.catalogue.collections.indices)
        do throws(LMDBError) {
            serving = store.servingTarget()
            target = store.rebuildTarget()
            try transact(reserving: 1 << 20) { (transaction) throws(LMDBError) in
                try store.emptyLogIndex(transaction)
                try store.empty(ViewStore.Target.streamSpace, serving, transaction)
                for place in places {
                    try store.empty(place + 1, target, transaction)
                    try store.removePlacement(of: store.catalogue.collections[place], transaction)
                    try store.removeSlotProgress(of: store.catalogue.collections[place], transaction)
                }
            }
        } catch { throw .views(error) }
        var parts = try partition(places, threads).map { Part(target: target, places: $0) }
        parts.append(Part(target: serving, places: []))
        try runAll(parts, through: min(last, log.head.position))
        try serve(places, target)
    }

    /// `position`: where the slots are that served, if they may serve again.
    private func serve(
        _ places: Set<Int>, _ target: ViewStore.Target, keepingTheOthersAt position: UInt64? = nil
    ) throws(ReplayError) {
        do throws(LMDBError) {
            var placements: [Int: ViewStore.Placement] = [:]
            var served: [(CollectionModel, SlotProgress)] = []
            let now = try store.beginRead()
            for place in places {
                let model = store.catalogue.collections[place]
                let slot = target.slots[place]
                placements[place] = ViewStore.Placement(slot: slot, fingerprint: model.fingerprint)
                guard let position, let old = try store.placement(of: model, in: now) else { continue }
                served.append(
                    (model, SlotProgress(.served, slot: 1 - slot, position: position, fingerprint: old.fingerprint)))
            }
            now.end()
            try store.reserve(1 << 20)
            let transaction = try store.beginWrite()
            for (model, progress) in served { try store.store(progress, of: model, transaction) }
            try store.commit(placements, transaction)
        } catch { throw .views(error) }
    }

    func transact(reserving byteCount: Int, _ body: (borrowing WriteTransaction) throws(LMDBError) -> Void)
        throws(LMDBError)
    {
        try store.reserve(byteCount)
        let transaction = try store.beginWrite()
        try body(transaction)
        try transaction.commit()
    }

    // MARK: Side by side

    /// What one thread folds: some collections, or all with what is derived from the log itself.
    struct Part: Sendable {
        let target: ViewStore.Target
        let places: Set<Int>?
    }

    func runAll(_ parts: [Part], from start: Checkpoint = .empty, through: UInt64) throws(ReplayError) {
        let report = ReplayReport(parts.count, through: through, onProgress)
        let failure = Mutex<ReplayError?>(nil)
        DispatchQueue.concurrentPerform(iterations: parts.count) { index in
            do throws(ReplayError) {
                try run(parts[index], from: start, memoryBytes / parts.count, report, index)
            } catch {
                failure.withLock { $0 = $0 ?? error }
            }
        }
        if let failure = failure.withLock({ $0 }) { throw failure }
    }

    // MARK: One part

    private func run(
        _ part: Part, from start: Checkpoint, _ memoryBytes: Int, _ report: ReplayReport, _ index: Int
    ) throws(ReplayError) {
        var checkpoint = start
        let batch = Batch(store, mode: .replay, target: part.target, keptBytes: memoryBytes)
        var folder = Folder(
            batch, log, places: part.places, keepsLogIndex: part.target.writesLogIndex, mostKnownKeys: mostKnownKeys)
        while checkpoint.position < report.through {
            var subtrees: [(MerkleSubtree, Digest32)] = []
            do throws(LMDBError) { try batch.begin() } catch { throw .views(error) }
            do throws(ReplayError) {
                try fold(&folder, batch, &checkpoint, memoryBytes, report, index, &subtrees)
            } catch {
                guard folder.mends(error) else { throw error }
                continue
            }
            do throws(LMDBError) {
                if let failure = batch.failure { throw failure }
                try transact(reserving: batch.writeBound) { (transaction) throws(LMDBError) in
                    try batch.write(checkpoint, subtrees: subtrees, in: transaction)
                }
            } catch { throw .views(error) }
            batch.end()
            report.reached(checkpoint.position, index)
        }
    }

    /// One run: until the memory bound or the end.
    private func fold(
        _ folder: inout Folder, _ batch: Batch, _ checkpoint: inout Checkpoint, _ memoryBytes: Int,
        _ report: ReplayReport, _ index: Int, _ subtrees: inout [(MerkleSubtree, Digest32)]
    ) throws(ReplayError) {
        let keepsTree = batch.target.writesLogIndex
        var failure: ReplayError?
        var isStopped = false
        var frontier = checkpoint.frontier
        var last: (position: UInt64, leaf: Digest32?) = (checkpoint.position, nil)
        var sinceReport: UInt64 = 0
        do throws(LogError) {
            let snapshot = try log.snapshot()
            try snapshot.read(from: checkpoint.position + 1, through: report.through) { (record) throws(LogError) in
                do throws(ReplayError) {
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
                if sinceReport % 1_000 == 0, let mayGoOn, !mayGoOn() {
                    isStopped = true
                    return false
                }
                if sinceReport == 20_000 {
                    report.reached(record.position, index)
                    sinceReport = 0
                }
                return batch.memoryBytes < memoryBytes
            }
        } catch { throw .log(error) }
        if let failure { throw failure }
        if isStopped { throw .stopped }
        checkpoint = Checkpoint(position: last.position, leaf: last.leaf ?? checkpoint.leaf, frontier: frontier)
    }
}
