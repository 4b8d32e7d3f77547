public import BSON
internal import Dispatch
public import EventLog
public import LMDB
import Platform
internal import Synchronization
public import Schema
public import Views

/// A directory with a log and its views, open in this process: append, read, replay.
///
///     let store = try Store(directory: "annals-data", collections: allCollections)
///     let receipt = try await store.append(NewEvent(id: "1", source: "/shop", type: "user.registered", data: […]))
///
/// One process owns a directory. `close()` when done; a process that just dies loses nothing that was answered.
public final class Store: Sendable {
    public let directory: String
    public let catalogue: Catalogue
    public let log: EventLog
    public let views: ViewStore
    public let options: StoreOptions
    /// What opening found and did, for people.
    public let openingReport: [String]
    /// A word on the master key, where this start made one: whoever runs the store must not miss it.
    public let masterKeyNotice: String?
    let sequencer: Sequencer
    let admitter: Admitter
    let hashing = HashingThreads()
    private let lock: LockFile
    private let scheduler: Scheduler
    private let upkeep: Upkeep
    private let viewsAreLost: ViewsLost
    private let scrubber: Scrubber
    let visible: PositionSignal
    /// Readers of events whose places are kept here.
    public let consumers: Consumers
    /// Refused events that were kept aside.
    public let parked: ParkedEvents
    private let answered: VisibleAnswer
    private let meters: StoreMeters
    let checkpoints: Checkpoints
    /// Snapshots held for another process that reads the files: `replay verify` beside a server.
    public let holds: SnapshotHolds
    /// Views folded anew while the old ones serve.
    public let rebuilds: Rebuilds
    /// Whole collections as they were.
    public let past: PastViews

    /// Opens the store in `directory`, creating it where there is none; brings the views to the log's end first.
    public convenience init(
        directory: String, collections: [any Collection.Type], options: StoreOptions = StoreOptions()
    ) throws(StoreError) {
        let catalogue: Catalogue
        do { catalogue = try Catalogue(collections, versionInterval: options.versionInterval) } catch {
            throw .catalogue(error)
        }
        try self.init(directory: directory, catalogue: catalogue, options: options)
    }

    public init(directory: String, catalogue: Catalogue, options: StoreOptions = StoreOptions()) throws(StoreError) {
        var opening = StoreOpening(directory: directory, catalogue: catalogue, options: options)
        lock = try opening.lockDirectory()
        try opening.removeLeftVerification()
        let ring = try opening.openKeyRing()
        log = try opening.openLog(ring)
        let keys = try opening.openKeys(log)
        try opening.finishErasing(log)
        views = try opening.openViews(log)
        openingReport = opening.decisions
        masterKeyNotice = opening.masterKeyNotice
        self.directory = directory
        self.catalogue = catalogue
        self.options = options
        admitter = Admitter(
            catalogue: catalogue, keys: keys, clock: options.clock,
            secrets: Secrets.hashing(keys, rounds: options.passwordRounds, randomness: options.randomness),
            ids: .system(options.randomness), largestEventBytes: options.largestEventBytes)
        let meters = StoreMeters(options.metrics)
        self.meters = meters
        sequencer = try Sequencer(
            log: log, views: views, admitter: admitter, keys: ring, meters: meters, directory: directory,
            options: options)
        let scrubber = Scrubber(views, options.report)
        self.scrubber = scrubber
        do throws(FileError) {
            past = try PastViews(
                History(catalogue: catalogue, log: log, views: views),
                ProjectorDates(directory: directory, catalogue, at: log.head.position, options.fileSystem),
                directory: directory, options)
        } catch { throw .file(error) }
        sequencer.past = past
        sequencer.prepared = PreparedViews(store: directory, catalogue: catalogue, options: options)
        sequencer.onErasure = { [weak scrubber] in scrubber?.request() }
        do throws(LMDBError) { if try views.isUnscrubbed() { scrubber.request() } } catch { throw .views(error) }
        do throws(LMDBError) {
            visible = PositionSignal(at: try views.checkpoint(in: views.beginRead()).position)
        } catch { throw .views(error) }
        let parked = ParkedEvents(directory: directory, options)
        self.parked = parked
        consumers = Consumers(
            directory: directory, fileSystem: options.fileSystem, clock: options.clock
        ) { [visible] in visible.position }
        let answered = VisibleAnswer(signal: visible, views: views)
        self.answered = answered
        sequencer.start()
        holds = SnapshotHolds(log, views, options.randomness)
        rebuilds = Rebuilds(RebuiltStore(log: log, views: views, sequencer: sequencer))
        let lost = ViewsLost(directory, options, sequencer)
        viewsAreLost = lost
        let checkpoints = Checkpoints(directory: directory, identity: log.identity, options: options)
        self.checkpoints = checkpoints
        upkeep = Upkeep(log: log, views: views, checkpoints: checkpoints, options: options) { lost.tell($0) }
        scheduler = Scheduler(sequencer, upkeep, answered, parked, options)
    }

    /// Answers what is queued, then flushes log and views, and says so in the marker.
    public func close() throws(StoreError) {
        visible.finish()
        scheduler.stop()
        rebuilds.stop()
        holds.stop()
        sequencer.close()
        past.close()
        scrubber.finish()
        guard !viewsAreLost.isSo else {
            // Without a marker the next opening makes them anew.
            do throws(LogError) { return try log.close() } catch { throw .log(error) }
        }
        do throws(LMDBError) { try views.sync() } catch { throw .views(error) }
        do throws(LogError) { try log.close() } catch { throw .log(error) }
        try StoreOpening.mark(.clean, directory, options)
    }

    /// Overwrites what erasures left in the views' file, now; it is done anyway soon after each. False: snapshots that are
    /// open still read some of it.
    public func scrub() throws(StoreError) -> Bool {
        do throws(LMDBError) { return try views.scrub() } catch { throw .views(error) }
    }

    // MARK: Appending

    /// Appends one event. Returns when it is durable in the log and visible in the views.
    @discardableResult
    public func append(_ event: NewEvent, principal: String = "", isHistory: Bool = false) async throws(AppendError)
        -> Receipt
    {
        try await append([event], principal: principal, isHistory: isHistory)[0]
    }

    /// Appends all events, or none.
    ///
    /// `isHistory`: timers that are due by the events' own time fire before them, as they would have then.
    @discardableResult
    public func append(_ events: [NewEvent], principal: String = "", isHistory: Bool = false) async throws(AppendError)
        -> [Receipt]
    {
        guard !events.isEmpty else { return [] }
        return try await append(
            admitted: try admit(events, principal: principal), timers: isHistory ? .byStream : .none)
    }

    func append(admitted: [AdmittedEvent], timers: PendingRequest.Timers = .none) async throws(AppendError) -> [Receipt]
    {
        let result = await withCheckedContinuation {
            (continuation: CheckedContinuation<Result<[Receipt], AppendError>, Never>) in
            submit(admitted, timers: timers) { continuation.resume(returning: $0) }
        }
        return try result.get()
    }

    /// Casts, checks and hashes, without waiting for anyone.
    func admit(_ events: [NewEvent], principal: String) throws(AppendError) -> [AdmittedEvent] {
        if let reason = sequencer.stopped.withLock({ $0 }) { throw .stopped(reason) }
        let bytes = events.reduce(0) { $0 + $1.data.bytes.count }
        guard events.count <= options.largestBatchEvents, bytes <= options.largestBatchBytes else {
            throw .tooLarge(events: events.count, bytes: bytes)
        }
        var admitted: [AdmittedEvent] = []
        admitted.reserveCapacity(events.count)
        var refused: [(index: Int, refusals: Refusals)] = []
        for (index, event) in events.enumerated() {
            do throws(Refusals) {
                admitted.append(try admitter.admit(event, principal: principal))
            } catch {
                refused.append((index, error))
            }
        }
        guard refused.isEmpty else { throw .refused(refused) }
        return admitted
    }

    private func submit(
        _ events: [AdmittedEvent], timers: PendingRequest.Timers = .none,
        _ answer: @escaping @Sendable (Result<[Receipt], AppendError>) -> Void
    ) {
        switch sequencer.queue.add(pending(events, timers, answer)) {
        case .accepted: break
        case .full: answer(.failure(.overloaded))
        case .closed: answer(.failure(.stopped("the store is closing")))
        }
    }

    /// Whoever waits for positions is told before who waits for the answer.
    private func pending(
        _ events: [AdmittedEvent], _ timers: PendingRequest.Timers,
        _ answer: @escaping @Sendable (Result<[Receipt], AppendError>) -> Void
    ) -> PendingRequest {
        let start = DispatchTime.now()
        return PendingRequest(events, timers: timers) { [answered, meters] result in
            answered.tell(result, timers)
            answer(result)
            meters.answered(since: start)
        }
    }

    /// Fires every timer that is due by the store's clock. Returns when their events are durable and visible.
    public func fireDueTimers() async throws(AppendError) {
        let result = await withCheckedContinuation {
            (continuation: CheckedContinuation<Result<[Receipt], AppendError>, Never>) in
            submit([], timers: .byClock) { continuation.resume(returning: $0) }
        }
        _ = try result.get()
    }

    /// Appends one event without an `async` context: `answer` is called on the thread that all answers share,
    /// and must be quick.
    ///
    /// `isHistory`: timers that are due by the event's own time fire before it, as they would have then.
    public func submit(
        _ events: [NewEvent], principal: String = "", isHistory: Bool = false,
        answer: @escaping @Sendable (Result<[Receipt], AppendError>) -> Void
    ) {
        do throws(AppendError) {
            submit(try admit(events, principal: principal), timers: isHistory ? .byStream : .none, answer)
        } catch {
            answer(.failure(error))
        }
    }

    /// The same, but where the queue is full this waits until there is room. Returns once the events are queued, so that
    /// who submits one request after the other keeps their order.
    public func submitWhenRoom(
        _ events: [NewEvent], principal: String = "", isHistory: Bool = false,
        answer: @escaping @Sendable (Result<[Receipt], AppendError>) -> Void
    ) async {
        let request: PendingRequest
        do throws(AppendError) {
            request = pending(try admit(events, principal: principal), isHistory ? .byStream : .none, answer)
        } catch { return answer(.failure(error)) }
        if await sequencer.queue.addWhenRoom(request) == .closed {
            answer(.failure(.stopped("the store is closing")))
        }
    }

    // MARK: Reading

    /// The position of the newest event; 0 in an empty store.
    public var position: UInt64 { log.head.position }

    /// Runs `body` on the views as of one position. No `await` inside.
    @discardableResult
    public func read<R>(_ body: (borrowing ViewSnapshot) throws -> R) throws -> R {
        try body(try views.snapshot())
    }

    /// The same, with the views' own errors alone.
    public func snapshot() throws(LMDBError) -> ViewSnapshot { try views.snapshot() }

    /// The collection of this name.
    public func collection(_ name: String) throws(StoreError) -> CollectionModel {
        guard let model = catalogue[name] else { throw .notFound("there is no collection \(name)") }
        return model
    }

    /// A document by its `_id`, copied.
    public func document(_ collection: String, id: ObjectID) throws(StoreError) -> Document? {
        let model = try self.collection(collection)
        do throws(LMDBError) {
            let snapshot = try snapshot()
            return try snapshot.document(model, id: id).map { Document(copying: $0) }
        } catch { throw .views(error) }
    }

    /// Why the store takes no more appends, if it does not.
    public var stopReason: String? { sequencer.stopped.withLock { $0 } }
    public var metrics: SequencerMetrics { sequencer.metrics }
    public var queueDepth: Int { sequencer.queue.depth }
    /// Commits since the oldest open snapshot, as of the last check, every ten seconds.
    public var longestReaderLag: Int { upkeep.longestReaderLag }
}
