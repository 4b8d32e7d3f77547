public import BSON
import Dispatch
public import EventLog
import LMDB
import Platform
public import Schema
import Synchronization
public import Views

/// Whole collections as of a position: folded from the log into views of their own, in DIR/as-of, where every query runs
/// on them as on the live ones. One set is folded at a time, by a thread that nobody else waits for; sets are kept for the
/// next question, and a later position goes on from the nearest earlier set that has its collections.
///
/// The projectors are today's, and so are the keys: who was erased reads as erased at every position. An erasure removes
/// every set before it is durable, and none is kept that was begun before it was done.
public final class PastViews: Sendable {
    struct State {
        /// The one used last at the end.
        var kept: [PastSet] = []
        var folds: [PastFold.Key: PastFold] = [:]
        /// Moves on with each erasure.
        var epoch = 0
        /// Erasures that are being made durable.
        var erasing = 0
        var isClosed = false
        var lastFolder = 0
    }

    let catalogue: Catalogue
    let log: EventLog
    let directory: String
    let options: StoreOptions
    let history: History
    private let projectors: ProjectorDates
    let state = Mutex(State())
    private let folding = DispatchQueue(label: "annals.as-of", qos: .utility)
    let disposal = DispatchQueue(label: "annals.as-of.disposal", qos: .utility)
    /// For what reads much and makes no set.
    let questions = FileThread("annals.as-of.questions")

    /// Removes what a process that was killed left.
    init(_ history: History, _ projectors: ProjectorDates, directory: String, _ options: StoreOptions) throws(FileError)
    {
        catalogue = history.catalogue
        log = history.log
        self.history = history
        self.projectors = projectors
        self.directory = directory + "/as-of"
        self.options = options
        try options.fileSystem.removeTree(self.directory)
        try options.fileSystem.removeTree(FileSystem.vanishing(directory))
    }

    // MARK: What is asked

    /// The position that a moment means; what must read the log for it does so on a thread of its own.
    public func position(of moment: PastMoment) async throws(StoreError) -> UInt64 {
        guard case .happened = moment else { return try history.position(of: moment) }
        return try await questions.run { [history] () throws(StoreError) in try history.position(of: moment) }
    }

    /// Collections as they were once the event at `position` was applied. Where folding them takes longer than `limit`, it
    /// goes on after that, and who asks again finds them.
    /// - Throws: `folding`, `busy`, `interrupted`: to be asked again.
    public func set(_ models: [CollectionModel], asOf position: UInt64, within limit: Duration) async throws(PastError)
        -> PastSet
    {
        try await set(key(models, position), within: limit)
    }

    func set(_ key: PastFold.Key, within limit: Duration) async throws(PastError) -> PastSet {
        switch begin(key) {
        case .failure(let error): throw error
        case .kept(let set): return set
        case .underWay(let fold): return try await fold.wait(within: limit)
        case .new(let fold):
            folding.async { self.run(fold) }
            return try await fold.wait(within: limit)
        }
    }

    /// The same, as long as it takes: not for threads that others need.
    public func set(
        _ models: [CollectionModel], asOf position: UInt64,
        onProgress: (@Sendable (Replay.Progress) -> Void)? = nil
    ) throws(PastError) -> PastSet {
        try set(key(models, position), onProgress)
    }

    func set(_ key: PastFold.Key, _ onProgress: (@Sendable (Replay.Progress) -> Void)?) throws(PastError) -> PastSet {
        switch begin(key) {
        case .failure(let error): throw error
        case .kept(let set): return set
        case .underWay(let fold):
            folding.sync {}
            return try fold.now()
        case .new(let fold):
            folding.sync { run(fold, onProgress) }
            return try fold.now()
        }
    }

    /// Of these collections, those whose declaration of today was not live at a position, and since when it has been, as far as
    /// this directory knows.
    public func notLive(_ models: [CollectionModel], asOf position: UInt64) -> [(model: CollectionModel, since: UInt64)]
    {
        models.compactMap { model in
            let since = projectors.since(model)
            return since > position ? (model, since) : nil
        }
    }

    func key(
        _ models: [CollectionModel], _ position: UInt64, supposing hypothesis: Hypothesis? = nil
    ) -> PastFold.Key {
        let numbers = Set(models.map(\.number))
        let places = catalogue.collections.indices.filter { numbers.contains(catalogue.collections[$0].number) }
        return PastFold.Key(position: position, places: Set(places), hypothesis: hypothesis)
    }

    // MARK: Whose turn it is

    private enum Begun {
        case kept(PastSet)
        case underWay(PastFold)
        case new(PastFold)
        case failure(PastError)
    }

    private func begin(_ key: PastFold.Key) -> Begun {
        state.withLock { state in
            if state.isClosed { return .failure(.closed) }
            if state.erasing > 0 { return .failure(.interrupted) }
            if let set = state.use(key) { return .kept(set) }
            if let fold = state.folds[key] { return .underWay(fold) }
            guard state.folds.count <= options.past.mostWaiting else { return .failure(.busy) }
            let fold = PastFold(key)
            state.folds[key] = fold
            return .new(fold)
        }
    }

    private func run(_ fold: PastFold, _ onProgress: (@Sendable (Replay.Progress) -> Void)? = nil) {
        let result: Result<PastSet, PastError>
        do throws(PastError) { result = .success(try self.fold(fold, onProgress)) } catch { result = .failure(error) }
        state.withLock { $0.folds[fold.key] = nil }
        fold.finish(result)
    }

    // MARK: Ending

    /// Nothing of it runs any more when this returns.
    func close() {
        let kept = state.withLock { state in
            state.isClosed = true
            defer { state.kept = [] }
            return state.kept
        }
        _ = consume kept
        folding.sync {}
        disposal.sync {}
        // What a reader still has goes with the reader; what stays is removed at the next start.
        try? options.fileSystem.removeTree(directory)
    }
}

extension PastViews.State {
    /// The set that has these collections at this position, which is then the one used last.
    mutating func use(_ key: PastFold.Key) -> PastSet? {
        guard
            let place = kept.lastIndex(where: {
                $0.position == key.position && $0.places.isSuperset(of: key.places) && $0.hypothesis == key.hypothesis
            })
        else { return nil }
        let set = kept.remove(at: place)
        kept.append(set)
        return set
    }

    /// The set from which folding a later one goes on; nothing in it was supposed yet.
    func base(_ key: PastFold.Key) -> PastSet? {
        let end = min(key.position, key.hypothesis?.position ?? .max)
        return kept.filter { $0.hypothesis == nil && $0.position < end && $0.places.isSuperset(of: key.places) }
            .max { ($0.position, -$0.byteCount) < ($1.position, -$1.byteCount) }
    }
}
