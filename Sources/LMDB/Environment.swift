internal import CLMDB
public import Platform

/// An LMDB environment: one memory-mapped data file with named tables, one writer at a time, and any number of readers
/// that never wait.
///
/// Closed once it and every transaction begun in it are gone. 64-bit machines only; the file fits the page size and
/// byte
/// order of the machine that made it.
public struct Environment: ~Copyable, Sendable {
    let core: EnvironmentCore

    /// The library this process runs with; look at its `warning` at start.
    public static var libraryVersion: LibraryVersion { .running() }

    /// Longest key in bytes.
    public static let maxKeyBytes = 511

    /// Opens an environment that exists, and creates those of the tables that do not. A read-only one has only the
    /// tables
    /// that exist. Slots of readers whose process died are freed.
    /// - Throws: `alreadyOpen` if this process has it open, by whatever path; ENOENT if there is none: see `create`.
    public init(
        directory: String, tables: [String], options: EnvironmentOptions, fileSystem: FileSystem = .system
    ) throws(LMDBError) {
        core = try EnvironmentCore.open(
            directory: directory, tables: tables, options: options, creating: false, fileSystem: fileSystem)
    }

    /// The directory as it was given.
    public var directory: String { core.directory }

    public var options: EnvironmentOptions { core.options }

    /// A table by name; nil if it was not named at opening, or does not exist in a read-only environment.
    public func table(_ name: String) -> Table? {
        core.tables[name]
    }

    /// Begins a snapshot of the last commit. About 100 ns when an ended one can be reused.
    /// - Throws: `readersFull`.
    public func beginRead() throws(LMDBError) -> ReadTransaction {
        ReadTransaction(try core.beginRead(), core: core)
    }

    /// Begins the write transaction; waits while another thread or process has one.
    /// - Throws: `writerBusy` if this very thread has one already; EACCES if read-only.
    public func beginWrite() throws(LMDBError) -> WriteTransaction {
        WriteTransaction(try core.beginWrite(), core: core)
    }

    /// Runs the body in a snapshot.
    @discardableResult
    public func read<Result: ~Copyable>(
        _ body: (borrowing ReadTransaction) throws(LMDBError) -> Result
    ) throws(LMDBError) -> Result {
        let transaction = try beginRead()
        return try body(transaction)
    }

    /// Runs a body that throws errors of its own in a snapshot.
    @discardableResult
    public func read<Result: ~Copyable, Failure: Error>(
        _ body: (borrowing ReadTransaction) throws(Failure) -> Result
    ) throws -> Result {
        let transaction = try beginRead()
        return try body(transaction)
    }

    /// Runs the body in a write transaction and commits; aborts if the body throws.
    @discardableResult
    public func write<Result: ~Copyable>(
        _ body: (borrowing WriteTransaction) throws(LMDBError) -> Result
    ) throws(LMDBError) -> Result {
        let transaction = try beginWrite()
        let result = try body(transaction)
        try transaction.commit()
        return result
    }

    /// Runs a body that throws errors of its own in a write transaction and commits; aborts if the body throws.
    @discardableResult
    public func write<Result: ~Copyable, Failure: Error>(
        _ body: (borrowing WriteTransaction) throws(Failure) -> Result
    ) throws -> Result {
        let transaction = try beginWrite()
        let result = try body(transaction)
        try transaction.commit()
        return result
    }

    /// Flushes everything committed to the device, also where commits do not.
    public func sync() throws(LMDBError) {
        try check(mdb_env_sync(core.pointer, 1), "mdb_env_sync", core.directory)
    }
}
