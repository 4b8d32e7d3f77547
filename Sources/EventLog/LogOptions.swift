/// How to open a log.
public struct LogOptions: Sendable, Hashable {
    /// Bytes of the memory map: the most the log can ever grow to. Address space, not disk. The same in every process.
    public var mapBytes: Int
    /// Read transactions at once, over all processes.
    public var maxReaders: Int
    /// Appends are refused while the log's disk has fewer bytes free than this, before LMDB could meet a full disk.
    public var freeSpaceFloorBytes: Int
    /// Milliseconds between two writes of the high-water mark while events arrive; 0: after every commit.
    public var highWaterIntervalMilliseconds: Int64
    /// Records at the log's end that opening checks.
    public var verifiedTailCount: UInt64
    /// Most bytes of one commit.
    public var largestBatchByteCount: Int
    /// Whether a commit waits for the device. false only for tests and bulk loads that can be repeated.
    public var synchronous: Bool
    public var readOnly: Bool
    /// Reads beside the process that appends, which holds a snapshot open for as long. Read-only alone.
    public var withoutLocks: Bool
    /// Whether the tree's subtrees are kept beside the records, in the same commits: for a log without views, which keep
    /// them else. Of a log, always or never.
    public var keepsTree: Bool
    /// Takes the log as it is although the high-water mark says otherwise, and moves the mark to its end. An
    /// operator's decision, for one start.
    public var acceptRollback: Bool

    public init(
        mapBytes: Int = 1 << 40, maxReaders: Int = 1024, freeSpaceFloorBytes: Int = 1 << 30,
        highWaterIntervalMilliseconds: Int64 = 1000, verifiedTailCount: UInt64 = 1000,
        largestBatchByteCount: Int = 64 << 20, synchronous: Bool = true, readOnly: Bool = false,
        withoutLocks: Bool = false, keepsTree: Bool = false, acceptRollback: Bool = false
    ) {
        self.mapBytes = mapBytes
        self.maxReaders = maxReaders
        self.freeSpaceFloorBytes = freeSpaceFloorBytes
        self.highWaterIntervalMilliseconds = highWaterIntervalMilliseconds
        self.verifiedTailCount = verifiedTailCount
        self.largestBatchByteCount = largestBatchByteCount
        self.synchronous = synchronous
        self.readOnly = readOnly
        self.withoutLocks = withoutLocks
        self.keepsTree = keepsTree
        self.acceptRollback = acceptRollback
    }
}
