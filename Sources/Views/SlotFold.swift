public import EventLog
internal import LMDB
public import Schema

/// Folds one collection anew into its slot that does not serve, beside a writer that goes on: in runs so short that the
/// writer hardly waits. How far it is, is committed with each run, so that it goes on there after a crash.
///
/// One at a time, and not thread-safe. What an erasure does not reach, it must not keep: once somebody was erased the slot
/// is emptied by ``ViewStore/scrub()``, and this begins anew.
public struct SlotFold: ~Copyable {
    public let model: CollectionModel
    public private(set) var progress: SlotProgress
    private let views: ViewStore
    private let place: Int
    private let target: ViewStore.Target
    private let batch: Batch
    private var folder: Folder
    private let log: EventLog
    /// How many documents a run writes: as many as fit into `longestWrite`.
    private var runDocuments = 200
    /// What a writer may have to wait for one run.
    static let longestWrite = Duration.milliseconds(1)
    private static let mostDocuments = 50_000
    private static let mostRecords = 20_000
    /// Records between two looks at the clock.
    private static let recordsPerLook = 64

    /// Goes on where the slot was left, if it was folded by today's declaration; else from the first event.
    ///
    /// `anew`: from the first event in any case.
    public init(_ views: ViewStore, _ log: EventLog, place: Int, purpose: SlotProgress.Purpose, anew: Bool = false)
        throws(ReplayError)
    {
        model = views.catalogue.collections[place]
        self.views = views
        self.place = place
        self.log = log
        target = Self.target(views, place)
        batch = Batch(views, mode: .replay, target: target)
        folder = Folder(batch, log, places: [place], keepsLogIndex: false, mostKnownKeys: 1)
        let slot = target.slots[place]
        progress = SlotProgress(purpose, slot: slot, position: 0, fingerprint: model.fingerprint)
        do throws(LMDBError) {
            let stored = try views.slotProgress(of: model, in: views.beginRead())
            if !anew, let stored, stored.slot == slot, stored.fingerprint == model.fingerprint {
                progress.position = stored.position
            }
            try start()
        } catch { throw .views(error) }
    }

    /// What the view that serves did not apply, this one may: what it then holds of persons, nobody else notes. Where that
    /// cannot be told, it is noted twice.
    private static func target(_ views: ViewStore, _ place: Int) -> ViewStore.Target {
        let applies = try? views.snapshot().hasPassedOver(views.catalogue.collections[place])
        return views.shadowTarget(writesOwned: applies ?? true)
    }

    /// Notes what the slot is for; empties it where it is to be folded from the first event.
    private func start() throws(LMDBError) {
        try views.reserve(1 << 20)
        let transaction = try views.beginWrite()
        if progress.position == 0 { try views.empty(place + 1, target, transaction) }
        try views.store(progress, of: model, transaction)
        try transaction.commit()
    }

    /// Folds some more events, up to `last`; `limit`: no new ones after so long.
    public mutating func run(through last: UInt64, for limit: Duration? = nil) throws(ReplayError) {
        guard progress.position < last else { return }
        defer { batch.end() }
        guard try isStillThere() else { return try startAgain() }
        let reached: UInt64
        do throws(ReplayError) { reached = try fold(through: last, for: limit) } catch {
            // The next run folds the same again, with care.
            guard folder.mends(error) else { throw error }
            return
        }
        do throws(LMDBError) {
            if let failure = batch.failure { throw failure }
            try views.reserve(batch.writeBound)
            if try write(reached) { return }
        } catch { throw .views(error) }
        try startAgain()
    }

    /// Whether the slot is as it was left, in the snapshot that the run reads.
    private func isStillThere() throws(ReplayError) -> Bool {
        do throws(LMDBError) {
            try batch.begin()
            return try batch.holds(progress, of: model)
        } catch { throw .views(error) }
    }

    /// Somebody was erased meanwhile: what was folded may hold them.
    private mutating func startAgain() throws(ReplayError) {
        progress.position = 0
        batch.holding.forget()
        do throws(LMDBError) { try start() } catch { throw .views(error) }
    }

    private mutating func fold(through last: UInt64, for limit: Duration?) throws(ReplayError) -> UInt64 {
        let end = limit.map { ContinuousClock.now + $0 }
        var failure: ReplayError?
        var reached = progress.position
        var records = 0
        do throws(LogError) {
            let snapshot = try log.snapshot()
            try snapshot.read(from: progress.position + 1, through: last) { (record) throws(LogError) in
                do throws(ReplayError) { try folder.apply(record) } catch {
                    failure = error
                    return false
                }
                reached = record.position
                records += 1
                if let end, records % Self.recordsPerLook == 0, ContinuousClock.now > end { return false }
                return batch.entryCount < runDocuments && records < Self.mostRecords
            }
        } catch { throw .log(error) }
        if let failure { throw failure }
        return reached
    }

    /// False where the slot was emptied meanwhile.
    private mutating func write(_ position: UInt64) throws(LMDBError) -> Bool {
        let clock = ContinuousClock()
        let transaction = try views.beginWrite()
        let start = clock.now
        guard try views.slotProgress(of: model, in: transaction) == progress else { return false }
        if let keys = log.keys { batch.forgetOwned { (try? keys.isDestroyed($0)) ?? false } }
        var next = progress
        next.position = position
        try batch.write(
            Checkpoint(position: position, leaf: .zero, frontier: MerkleFrontier()), subtrees: [], in: transaction)
        try views.store(next, of: model, transaction)
        try transaction.commit()
        progress = next
        let taken = start.duration(to: clock.now)
        if taken > Self.longestWrite {
            runDocuments = max(20, runDocuments / 2)
        } else if taken < Self.longestWrite / 2 {
            runDocuments = min(Self.mostDocuments, runDocuments + runDocuments / 4)
        }
        return true
    }

    /// Lets the slot serve, and keeps the other as it is. The writer of the views must rest meanwhile.
    ///
    /// - Returns: false where the slot is not where the views are, or no more: it begins anew where somebody was erased.
    public mutating func serve() throws(ReplayError) -> Bool {
        var isGone = false
        do throws(LMDBError) {
            let now = try views.beginRead()
            let position = try views.checkpoint(in: now).position
            let old = try views.placement(of: model, in: now)
            now.end()
            guard progress.position == position else { return false }
            let served = SlotProgress(
                .served, slot: 1 - progress.slot, position: position, fingerprint: old?.fingerprint ?? [])
            let transaction = try views.beginWrite()
            if try views.slotProgress(of: model, in: transaction) == progress {
                try views.store(served, of: model, transaction)
                try views.commit([place: .init(slot: progress.slot, fingerprint: model.fingerprint)], transaction)
            } else {
                isGone = true
            }
        } catch { throw .views(error) }
        if isGone { try startAgain() }
        return !isGone
    }
}
