internal import EventLog
internal import LMDB

extension Replay {
    /// Folds some collections on, from where the store stands, up to `last`: what their views were once that event was
    /// applied. Streams, request keys and the tree stay out of it; nothing else writes to the store.
    ///
    /// Where it throws, the store is of no more use.
    public func fold(_ places: Set<Int>, through last: UInt64) throws(ReplayError) {
        let start: Checkpoint
        let serving = store.servingTarget()
        do throws(LMDBError) { start = try store.checkpoint(in: try store.beginRead()) } catch { throw .views(error) }
        let target = serving.with(slots: serving.slots, writesLogIndex: false)
        if !places.isEmpty, last > start.position {
            let parts = try partition(places, threads).map { Part(target: target, places: $0) }
            try runAll(parts, from: start, through: last)
        }
        try finish(through: last, start, serving)
    }

    func finish(through last: UInt64, _ start: Checkpoint, _ serving: ViewStore.Target) throws(ReplayError) {
        // Without leaf and tree: nobody asks these views for proofs.
        let end = Checkpoint(position: last, leaf: .zero, frontier: start.frontier)
        do throws(LMDBError) {
            try transact(reserving: 1 << 20) { (transaction) throws(LMDBError) in
                try store.store(end, serving, transaction)
            }
        } catch { throw .views(error) }
    }
}
