internal import Glibc
internal import LMDB
public import Platform
internal import Synchronization

/// The log: every accepted event, in order, durable; the truth of which all else is derived.
///
/// Opened once in a process, used from any thread; one at a time appends (the sequencer). Errors of a commit stop it:
/// see ``LogError/outcomeUnknown(_:)``.
public final class EventLog: Sendable {
    /// Which log this is, and which it continues.
    public let identity: LogIdentity
    public let options: LogOptions
    /// Whether there were records but no high-water file, when the log was opened: a rollback could then not be seen.
    public let highWaterWasMissing: Bool

    /// The keys of what is sealed; `nil` where nothing is to be opened or sealed.
    public let keys: KeyRing?

    let environment: Environment
    let records: Table
    /// Hashes of complete subtrees, where the log keeps them itself.
    let tree: Table?
    let directory: String
    let fileSystem: FileSystem
    let clock: Clock
    /// Held while appending. Never taken inside `state` or `highWater`.
    let writer = Mutex(WriterState())
    /// Held for moments.
    let state: Mutex<State>
    let highWater: Mutex<HighWaterState>

    struct State {
        var head: LogHead
        var stopped: LogError.StopReason?
    }

    struct HighWaterState {
        var file: HighWaterFile
        /// By the clock, milliseconds.
        var storedAt: Int64
        var error: FileError?
    }

    /// Opens the log in `directory`; creates it where there is none and the high-water mark does not say that there
    /// was.
    ///
    /// - `directory`: the LMDB environment's; its parent exists.
    /// - `highWaterPath`: the file with the high-water mark, not in `directory`.
    /// - `identity`: of a log that is made here; `nil`: a new one.
    /// - Throws: ``LogError/rolledBack(expected:found:)``, ``LogError/highWaterDamaged(path:)``, damage found at the
    ///   end of the log, ``LogError/storage(_:)``, ``LogError/file(_:)``.
    public init(
        directory: String, highWaterPath: String, options: LogOptions = LogOptions(), fileSystem: FileSystem = .system,
        clock: Clock = .system, randomness: Randomness = .system, keys: KeyRing? = nil,
        identity: LogIdentity? = nil
    ) throws(LogError) {
        self.keys = keys
        var file = try HighWaterFile.open(highWaterPath, fileSystem, replaceDamaged: options.acceptRollback)
        environment = try Self.openEnvironment(directory, file.mark, options, fileSystem)
        guard let records = environment.table("records"), let metaTable = environment.table("meta") else {
            throw .damagedMetadata(key: "tables")
        }
        self.records = records
        tree = options.keepsTree ? environment.table("tree") : nil
        try Self.checkDurability(environment, options)
        let snapshot = LogSnapshot(try Self.beginRead(environment), records: records, tree: tree)
        let head = try snapshot.checkedHead(tailCount: options.verifiedTailCount)
        self.identity = try Self.loadMetadata(environment, metaTable, head, options, randomness, identity).identity
        try snapshot.check(file.mark, head, acceptRollback: options.acceptRollback)

        highWaterWasMissing = file.mark == nil && head.position > 0
        if !options.readOnly, file.mark != head.mark {
            do throws(FileError) {
                try file.replace(with: head.mark)
            } catch {
                throw .file(error)
            }
        }
        if options.keepsTree {
            let frontier = try snapshot.frontier(size: head.position) { (subtree) throws(LogError) in
                try snapshot.storedSubtree(subtree)
            }
            writer.withLock { $0.frontier = frontier }
        }
        self.directory = directory
        self.options = options
        self.fileSystem = fileSystem
        self.clock = clock
        state = Mutex(State(head: head, stopped: options.readOnly ? .readOnly : nil))
        highWater = Mutex(HighWaterState(file: file, storedAt: clock.now(), error: nil))
    }

    /// 16 random bytes, made with the log.
    public var origin: Digest16 { identity.origin }

    /// The last durable record.
    public var head: LogHead {
        state.withLock { $0.head }
    }

    /// Why the log takes no more appends; nil while it does.
    public var stopReason: LogError.StopReason? {
        state.withLock { $0.stopped }
    }

    /// Stores the high-water mark and takes no more appends. Reading goes on; LMDB closes with the last reference.
    public func close() throws(LogError) {
        let wasOpen = writer.withLock { _ in
            state.withLock { state in
                defer { if state.stopped == nil { state.stopped = .closed } }
                return state.stopped == nil
            }
        }
        if wasOpen { try storeHighWaterMark() }
    }

    /// A view of the log as of now.
    public func snapshot() throws(LogError) -> LogSnapshot {
        LogSnapshot(try Self.beginRead(environment), records: records, tree: tree)
    }

    /// How many records there are and the root over them, where the log keeps its tree itself.
    public var treeHead: (size: UInt64, root: Digest32)? {
        writer.withLock { $0.frontier.map { ($0.size, $0.root) } }
    }
}
