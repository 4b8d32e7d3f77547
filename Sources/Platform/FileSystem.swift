/// The file operations the engine does outside LMDB, as closures, so that a test can make any one of them fail.
///
/// Every stored closure is one step; the methods in `FileSystem+Durably.swift` are built of these steps only, so a
/// test that replaces a step sees the whole sequence. Paths are passed to the system as they are.
public struct FileSystem: Sendable {
    /// Reads a file from start to end. (path)
    public var readWhole: @Sendable (String) throws(FileError) -> [UInt8]

    /// Reads so many bytes at an offset; fewer where the file ends before. (path, offset in bytes, count)
    public var read: @Sendable (String, Int, Int) throws(FileError) -> [UInt8]

    /// Creates or truncates a file (permissions 0600), writes the bytes and flushes them to the device. (path, bytes)
    public var writeWhole: @Sendable (String, [UInt8]) throws(FileError) -> Void

    /// Writes the bytes at an offset, creating the file (permissions 0600) if need be, and flushes them.
    /// (path, offset in bytes, bytes)
    public var overwrite: @Sendable (String, Int, [UInt8]) throws(FileError) -> Void

    /// Renames; replaces a file, or an empty directory, at the target. (from, to)
    public var rename: @Sendable (String, String) throws(FileError) -> Void

    /// Removes a file, a link or an empty directory. (path)
    public var remove: @Sendable (String) throws(FileError) -> Void

    /// Makes one directory with permissions 0700; its parent must exist. (path)
    public var makeDirectory: @Sendable (String) throws(FileError) -> Void

    /// The names in a directory, sorted, without "." and "..". (path)
    public var list: @Sendable (String) throws(FileError) -> [String]

    /// What the path leads to, links followed; nil if there is nothing. (path)
    public var status: @Sendable (String) throws(FileError) -> FileStatus?

    /// The file system that holds the path, which must exist. (path)
    public var volume: @Sendable (String) throws(FileError) -> VolumeStatus

    /// Flushes a file or a directory to the device. (path)
    public var synchronize: @Sendable (String) throws(FileError) -> Void

    /// Reserves blocks so that the file is at least so long, creating it (0600) if need be; ENOSPC if there are
    /// none. (path, length in bytes)
    public var allocate: @Sendable (String, Int) throws(FileError) -> Void

    /// Takes the lock on a file, creating it if need be; EWOULDBLOCK if anyone holds it. (path)
    public var lock: @Sendable (String) throws(FileError) -> LockFile

    public init(
        readWhole: @escaping @Sendable (String) throws(FileError) -> [UInt8],
        read: @escaping @Sendable (String, Int, Int) throws(FileError) -> [UInt8],
        writeWhole: @escaping @Sendable (String, [UInt8]) throws(FileError) -> Void,
        overwrite: @escaping @Sendable (String, Int, [UInt8]) throws(FileError) -> Void,
        rename: @escaping @Sendable (String, String) throws(FileError) -> Void,
        remove: @escaping @Sendable (String) throws(FileError) -> Void,
        makeDirectory: @escaping @Sendable (String) throws(FileError) -> Void,
        list: @escaping @Sendable (String) throws(FileError) -> [String],
        status: @escaping @Sendable (String) throws(FileError) -> FileStatus?,
        volume: @escaping @Sendable (String) throws(FileError) -> VolumeStatus,
        synchronize: @escaping @Sendable (String) throws(FileError) -> Void,
        allocate: @escaping @Sendable (String, Int) throws(FileError) -> Void,
        lock: @escaping @Sendable (String) throws(FileError) -> LockFile
    ) {
        self.readWhole = readWhole
        self.read = read
        self.writeWhole = writeWhole
        self.overwrite = overwrite
        self.rename = rename
        self.remove = remove
        self.makeDirectory = makeDirectory
        self.list = list
        self.status = status
        self.volume = volume
        self.synchronize = synchronize
        self.allocate = allocate
        self.lock = lock
    }
}
