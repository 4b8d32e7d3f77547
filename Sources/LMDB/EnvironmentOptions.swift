internal import CLMDB

/// How to open an environment.
///
/// Always on: MDB_NOTLS (readers are not tied to threads) and MDB_NORDAHEAD. Never used: MDB_NOMETASYNC (loses
/// acknowledged writes), MDB_MAPASYNC, MDB_NOMEMINIT (writes stray heap content into the file).
public struct EnvironmentOptions: Sendable, Hashable {
    /// Length of the memory map in bytes: the most the data file may ever grow to. Address space, not disk; reserve
    /// plenty once, it is never changed while open. Every process that opens the environment uses the same.
    public var mapBytes: Int
    /// The most tables that may be open.
    public var maxTables: Int
    /// The most read transactions at once, over all processes. Each open or pooled one takes a slot.
    public var maxReaders: Int
    /// Whether a commit waits until it is on the device. False (MDB_NOSYNC): survives the end of the process, but after
    /// a crash of the machine the content may be silently wrong, and must be thrown away.
    public var synchronous: Bool
    /// Writes go straight to the map (MDB_WRITEMAP): faster, but a full disk kills the process with SIGBUS unless
    /// space is reserved ahead with `Environment.reserveSpace`. Not for the log.
    public var writeMap: Bool
    public var readOnly: Bool
    /// Reads without LMDB's lock file (MDB_NOLOCK), beside the process that writes: it leaves no trace there, and keeps no page
    /// from being used again. Somebody in that process has to hold a snapshot open that is no newer than the first
    /// one here. Read-only alone.
    public var withoutLocks: Bool

    public init(
        mapBytes: Int, maxTables: Int, maxReaders: Int = 1024, synchronous: Bool, writeMap: Bool = false,
        readOnly: Bool = false, withoutLocks: Bool = false
    ) {
        self.mapBytes = mapBytes
        self.maxTables = maxTables
        self.maxReaders = maxReaders
        self.synchronous = synchronous
        self.writeMap = writeMap
        self.readOnly = readOnly
        self.withoutLocks = withoutLocks
    }

    var flags: UInt32 {
        var flags = MDB_NOTLS | MDB_NORDAHEAD
        if !synchronous { flags |= MDB_NOSYNC }
        if writeMap { flags |= MDB_WRITEMAP }
        if readOnly { flags |= MDB_RDONLY }
        if withoutLocks { flags |= MDB_NOLOCK }
        return UInt32(flags)
    }
}
