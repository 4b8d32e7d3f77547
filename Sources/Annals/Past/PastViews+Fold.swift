import EventLog
import LMDB
import Platform
import Schema
import Synchronization
import Views

/// Making a set.
extension PastViews {
    /// Where a set is made, from which one, and how many erasures there were when it was begun.
    struct Beginning {
        let folder: String
        let base: PastSet?
        let epoch: Int
    }

    func fold(_ fold: PastFold, _ onProgress: (@Sendable (Replay.Progress) -> Void)?) throws(PastError) -> PastSet {
        if let set = state.withLock({ $0.use(fold.key) }) { return set }
        let beginning = try begin(from: fold.key)
        do throws(PastError) {
            let views = try open(beginning)
            let passedOver = try replay(into: views, fold.key, beginning) { progress in
                fold.reach(progress.position)
                onProgress?(progress)
            }
            return try keep(views, fold.key, passedOver, beginning)
        } catch {
            try? options.fileSystem.removeTree(beginning.folder)
            throw state.withLock { $0.epoch } == beginning.epoch ? error : .interrupted
        }
    }

    /// A folder for views that nobody else knows of.
    private func begin(from key: PastFold.Key) throws(PastError) -> Beginning {
        try state.withLock { (state) throws(PastError) -> Beginning in
            if state.isClosed { throw .closed }
            if state.erasing > 0 { throw .interrupted }
            // Under the lock: what an erasure moves away is not made again before it is done.
            do throws(FileError) { try options.fileSystem.makeDirectories(directory) } catch { throw .file(error) }
            state.lastFolder += 1
            return Beginning(
                folder: "\(directory)/\(state.lastFolder)", base: state.base(key), epoch: state.epoch)
        }
    }

    private func open(_ beginning: Beginning) throws(PastError) -> ViewStore {
        var writable = options.views
        writable.readOnly = false
        do throws(LMDBError) {
            if let base = beginning.base { try base.views.writeCopy(to: beginning.folder) }
            let views = try ViewStore(
                directory: beginning.folder, catalogue: catalogue, options: writable, fileSystem: options.fileSystem)
            if beginning.base == nil { try views.place(catalogue.collections) }
            return views
        } catch { throw .views(error) }
    }

    private func replay(
        into views: ViewStore, _ key: PastFold.Key, _ beginning: Beginning,
        _ onProgress: @escaping @Sendable (Replay.Progress) -> Void
    ) throws(PastError) -> PassedOver {
        let limits = FoldLimits(self, views, beginning)
        var replay = Replay(
            store: views, log: log, threads: min(options.past.threads, availableCores), onProgress: onProgress)
        replay.memoryBytes = options.past.memoryBytes
        replay.mayGoOn = { limits.mayGoOn() }
        do throws(ReplayError) {
            if let hypothesis = key.hypothesis {
                return try replay.fold(
                    key.places, through: key.position, supposing: hypothesis, beside: history.views)
            }
            try replay.fold(key.places, through: key.position)
            return PassedOver()
        } catch { throw limits.reason ?? .replay(error) }
    }

    private func keep(_ views: ViewStore, _ key: PastFold.Key, _ passedOver: PassedOver, _ beginning: Beginning)
        throws(PastError) -> PastSet
    {
        let set: PastSet
        do throws(LMDBError) {
            set = try PastSet(views, key, passedOver, disposal, options.fileSystem)
        } catch { throw .views(error) }
        guard makeRoom(for: set.byteCount, sets: 1) else { throw .tooLarge(bytes: options.past.mostBytes) }
        try state.withLock { (state) throws(PastError) in
            // Views from before an erasure say of somebody what nobody may know any more.
            guard state.epoch == beginning.epoch, !state.isClosed else { throw .interrupted }
            state.kept.append(set)
        }
        return set
    }

    /// Lets go of the sets that were not used for longest. Whether so many bytes may be there.
    func makeRoom(for byteCount: Int, sets: Int = 0) -> Bool {
        let bounds = options.past
        let dropped = state.withLock { state in
            var dropped: [PastSet] = []
            while !state.kept.isEmpty,
                state.kept.count + sets > bounds.mostSets
                    || state.kept.reduce(byteCount, { $0 + $1.byteCount }) > bounds.mostBytes
            { dropped.append(state.kept.removeFirst()) }
            return dropped
        }
        // Outside the lock: the last reference goes here.
        _ = consume dropped
        return byteCount <= bounds.mostBytes
    }

    /// The sequencer is about to make an erasure durable: every set goes first.
    ///
    /// Files that somebody reads are gone from the directory at once, and from the disk when the last reader is done.
    func beginErasing() throws(FileError) {
        let dropped = state.withLock { state in
            state.epoch += 1
            state.erasing += 1
            defer { state.kept = [] }
            return state.kept
        }
        do throws(FileError) {
            try options.fileSystem.vanish(directory)
        } catch {
            endErasing()
            throw error
        }
        withExtendedLifetime(dropped) {}
    }

    /// The erasure is durable, its keys are destroyed, and the views show it; or it failed.
    func endErasing() {
        state.withLock { state in
            state.epoch += 1
            state.erasing -= 1
        }
    }

}

/// When folding a set must stop.
private final class FoldLimits: Sendable {
    private let past: PastViews
    private let views: ViewStore
    private let epoch: Int
    private let end: ContinuousClock.Instant?
    private let stopped = Mutex<PastError?>(nil)

    init(_ past: PastViews, _ views: ViewStore, _ beginning: PastViews.Beginning) {
        self.past = past
        self.views = views
        epoch = beginning.epoch
        let seconds = past.options.past.mostSeconds
        end = seconds == .max ? nil : .now + .seconds(seconds)
    }

    var reason: PastError? { stopped.withLock { $0 } }

    func mayGoOn() -> Bool {
        guard let reason = reasonNow() else { return true }
        stopped.withLock { $0 = $0 ?? reason }
        return false
    }

    private func reasonNow() -> PastError? {
        let (isClosed, epoch) = past.state.withLock { ($0.isClosed, $0.epoch) }
        if isClosed { return .closed }
        if epoch != self.epoch { return .interrupted }
        if let end, ContinuousClock.now > end {
            return .tooSlow(seconds: past.options.past.mostSeconds)
        }
        do throws(LMDBError) {
            guard past.makeRoom(for: try views.usedBytes()) else {
                return .tooLarge(bytes: past.options.past.mostBytes)
            }
        } catch { return .views(error) }
        do throws(FileError) {
            let free = try past.options.fileSystem.volume(past.directory).freeBytes
            // Where the log refuses appends, this has stopped long before.
            guard free > past.options.log.freeSpaceFloorBytes * 2 else { return .diskFull(freeBytes: free) }
        } catch {
            // An erasure moved it away.
            return error.isMissing ? .interrupted : .file(error)
        }
        return nil
    }
}
