import BSON
import Dispatch
import EventLog
import Platform
import Proofs
import Synchronization

/// The audit trail of reads: a log of its own in DIR/reads, each entry a record of it.
///
/// Who is about to read asks for a place with ``begin()`` and fills it with ``write(_:)``; entries wait in memory, a few
/// thousand at most, and are flushed together, within a second. Reads are refused while the disk does not take them.
/// `close()` when done.
public final class ReadTrail: Sendable {
    private struct State {
        var waiting: [ReadEntry] = []
        /// Places given away, and entries that wait.
        var taken = 0
        var isScheduled = false
        var failure: LogError?
        var isClosed = false
    }

    let log: EventLog
    let checkpoints: Checkpoints
    private let options: StoreOptions
    private let mostWaiting: Int
    private let state = Mutex(State())
    /// What is written, one flush after the other; and all that is signed.
    private let thread = DispatchQueue(label: "annals.reads", qos: .userInitiated)
    private let meanwhile = Mutex<LogBatch>(LogBatch())

    /// How long entries are gathered for one flush.
    static let gathering = DispatchTimeInterval.milliseconds(250)
    /// Before what a full disk did not take is tried again.
    static let patience = DispatchTimeInterval.seconds(1)
    /// Entries of one flush, and bytes of them, about.
    static let (mostOfBatch, mostBytesOfBatch) = (5_000, 8 << 20)
    public static let standardMostWaiting = 16_384

    /// Where it lies in a store's directory.
    static func directory(_ store: String) -> String { store + "/reads" }

    /// Opens the trail of a store that is open, or begins one.
    ///
    /// `mostWaiting`: places that may be taken at once. `isReadOnly`: only looks: nothing is written, and where there is none,
    /// none is begun.
    public init(
        _ store: Store, mostWaiting: Int = ReadTrail.standardMostWaiting, isReadOnly: Bool = false
    ) throws(ReadTrailError) {
        let directory = Self.directory(store.directory)
        let options = store.options
        let isThere: Bool
        do throws(FileError) {
            isThere = try options.fileSystem.exists(directory + "/log")
            if !isReadOnly { try options.fileSystem.makeDirectories(directory) }
        } catch { throw .file(error) }
        guard isThere || !isReadOnly else { throw .missing(directory: store.directory) }
        log = try Self.open(directory, options, isReadOnly: isReadOnly)
        checkpoints = Checkpoints(
            directory: store.directory, identity: store.log.identity, options: options, notes: directory,
            suffix: Self.suffix(log.identity))
        self.options = options
        self.mostWaiting = mostWaiting
        if !isReadOnly, options.checkpoints.seconds > 0 { keepCheckpoints() }
    }

    /// What stands behind the name of the store's log in that of its trail.
    static func suffix(_ identity: LogIdentity) -> String { "/reads/\(identity.origin)" }

    static func open(_ directory: String, _ options: StoreOptions, isReadOnly: Bool) throws(ReadTrailError) -> EventLog
    {
        var rules = options.log
        rules.keepsTree = true
        rules.readOnly = isReadOnly
        do throws(LogError) {
            return try EventLog(
                directory: directory + "/log", highWaterPath: directory + "/high-water", options: rules,
                fileSystem: options.fileSystem, clock: options.clock, randomness: options.randomness)
        } catch { throw .log(error) }
    }

    // MARK: Writing

    /// Takes a place for what is about to be read. It must be filled, or given back.
    public func begin() throws(ReadTrailError) {
        try state.withLock { (state) throws(ReadTrailError) in
            if let failure = state.failure { throw .unwritten(failure) }
            if state.isClosed { throw .closed }
            guard state.taken < mostWaiting else { throw .full(most: mostWaiting) }
            state.taken += 1
        }
    }

    /// Fills a place. Returns at once.
    public func write(_ entry: ReadEntry) {
        let isDue = state.withLock { state in
            state.waiting.append(entry)
            defer { state.isScheduled = true }
            return !state.isScheduled
        }
        if isDue { thread.asyncAfter(deadline: .now() + Self.gathering) { [weak self] in self?.drain() } }
    }

    /// Gives a place back: nothing was read.
    public func cancel() { state.withLock { $0.taken -= 1 } }

    /// How many places are taken, and entries that wait among them.
    public var waiting: (taken: Int, entries: Int) { state.withLock { ($0.taken, $0.waiting.count) } }

    /// Why nothing is read; `nil` while the disk takes all.
    public var failure: LogError? { state.withLock { $0.failure } }

    /// Writes what waits, now.
    /// - Throws: ``ReadTrailError/unwritten(_:)``
    public func flush() throws(ReadTrailError) {
        thread.sync { drain() }
        if let failure { throw .unwritten(failure) }
    }

    /// The same for a task.
    func flushed() async throws(ReadTrailError) {
        await withCheckedContinuation { continuation in
            thread.async {
                self.drain()
                continuation.resume()
            }
        }
        if let failure { throw .unwritten(failure) }
    }

    /// Writes what waits, and takes no more.
    public func close() throws(ReadTrailError) {
        state.withLock { $0.isClosed = true }
        if !log.options.readOnly { try flush() }
        do throws(LogError) { try log.close() } catch { throw .log(error) }
    }

    /// On its thread alone.
    private func drain() {
        var count: Int
        repeat {
            let entries = state.withLock { state in
                state.isScheduled = false
                return Array(state.waiting.prefix(Self.mostOfBatch))
            }
            count = 0
            guard !entries.isEmpty else { break }
            do throws(LogError) {
                count = try append(entries)
                let (was, isMore) = state.withLock { state in
                    state.waiting.removeFirst(count)
                    state.taken -= count
                    defer { state.failure = nil }
                    return (state.failure, !state.waiting.isEmpty)
                }
                if was != nil { options.report("the audit trail of reads is written again") }
                if !isMore { break }
            } catch {
                failed(error)
                break
            }
        } while count > 0
        // Entries that came while this one flushed and found it scheduled are looked at here.
        let isMore = state.withLock { state in
            guard state.failure == nil, !state.waiting.isEmpty, !state.isScheduled else { return false }
            state.isScheduled = true
            return true
        }
        if isMore { thread.asyncAfter(deadline: .now() + Self.gathering) { [weak self] in self?.drain() } }
    }

    /// As many of them as one flush takes; how many those are.
    private func append(_ entries: [ReadEntry]) throws(LogError) -> Int {
        try meanwhile.withLock { (batch) throws(LogError) in
            batch.removeAll()
            let head = log.head
            // A clock that was set back does not set the trail back.
            let now = DateTime(milliseconds: max(options.clock.now(), head.recordedTime.milliseconds))
            for (place, entry) in entries.enumerated() {
                let position = head.position + 1 + UInt64(place)
                do throws(RecordError) {
                    try batch.add(entry.draft, position: position, recordedTime: now, streamVersion: position)
                } catch { throw .damagedRecord(position: position, error) }
                if batch.byteCount >= Self.mostBytesOfBatch { break }
            }
            try log.append(batch)
            return batch.count
        }
    }

    /// A disk that is full may have room again; after anything else the log has stopped.
    private func failed(_ error: LogError) {
        let isNew = state.withLock { state in
            let isNew = state.failure == nil
            // Why it stopped says more than that it has.
            if isNew || log.stopReason == nil { state.failure = error }
            return isNew
        }
        if isNew {
            options.report("warning: reads are refused, for the audit trail of reads cannot be written: \(error)")
        }
        guard log.stopReason == nil else { return }
        state.withLock { $0.isScheduled = true }
        thread.asyncAfter(deadline: .now() + Self.patience) { [weak self] in self?.drain() }
    }

    // MARK: Signing

    /// Entries that are durable, and the root over them.
    func head() -> Checkpoints.Head { log.treeHead ?? (0, MerkleTree.emptyRoot) }

    /// About once a second, as long as the trail lives.
    private func keepCheckpoints() {
        thread.asyncAfter(deadline: .now() + .seconds(1)) { [weak self] in
            guard let self, !state.withLock({ $0.isClosed }) else { return }
            try? log.storeHighWaterMark()
            checkpoints.keepUp { () throws(CheckpointError) in head() }
            keepCheckpoints()
        }
    }
}
