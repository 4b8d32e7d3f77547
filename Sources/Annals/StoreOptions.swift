public import CoreMetrics
public import EventLog
public import Platform
import Schema
public import Views

/// How a store is opened. The defaults are for a server; tests replace clock, randomness and file system.
public struct StoreOptions: Sendable {
    public var log = LogOptions()
    public var views = ViewStore.Options()
    /// The most events, and bytes, of one request and of one commit.
    public var largestBatchEvents = 5_000
    public var largestBatchBytes = 8 << 20
    /// The most bytes that the data of one event may have.
    public var largestEventBytes = 1 << 20
    /// Each so many events that touch a document, a version of it is kept. Another number than the store was opened with folds
    /// all views anew.
    public var versionInterval = Catalogue.standardVersionInterval
    /// Events waiting for the sequencer before appends are turned away.
    public var queueLimit = 50_000
    /// The most events that the skip of an anomaly may apply which were held because of it: all are in memory at once.
    public var mostReleasedEvents = 100_000
    /// Whether timers fire by the clock while the store is open. Not for tools that only read or import.
    public var firesTimers = true
    /// Opens a directory on a network or user-space file system too, where maps and locks are known to misbehave.
    public var forcesFileSystem = false
    /// Seconds between two flushes of the views to the device, which tell whether it takes them; 0: only at the end.
    public var viewsFlushSeconds = 300
    /// Of scrypt (RFC 7914): memory and time of one password hash. N must be a power of two.
    public var passwordRounds = 1 << 14
    /// Signed checkpoints of the log.
    public var checkpoints = CheckpointOptions()
    /// What looking back at whole collections may cost.
    public var past = PastOptions()
    /// Where the key is that wraps the keys of persons.
    public var masterKey = MasterKeySource.inDirectory
    public var fileSystem = FileSystem.system
    public var clock = Clock.system
    public var randomness = Randomness.system
    /// Where measurements go: what the process has chosen for swift-metrics, if it has chosen one by now.
    public var metrics: any MetricsFactory = MetricsSystem.factory
    /// Told what opening decided, and how far a rebuild is.
    public var report: @Sendable (String) -> Void = { _ in }

    public init() {}
}

/// Where the master key comes from.
public enum MasterKeySource: Sendable {
    /// `keys/master` in the store's directory, made on the first start.
    case inDirectory
    /// A file of 32 bytes elsewhere, made on the first start.
    case file(String)
    /// From the environment, or a key service.
    case given(MasterKey)
}
