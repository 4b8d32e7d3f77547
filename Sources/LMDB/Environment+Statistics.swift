internal import CLMDB

/// An environment in figures.
public struct EnvironmentStatistics: Sendable, Hashable {
    public let pageBytes: Int
    public let mapBytes: Int
    /// Number of the last page ever used; the data file's length follows it and never shrinks.
    public let lastPage: Int
    public let lastTransactionIdentifier: Int
    public let maxReaders: Int
    /// Reader slots ever taken at once.
    public let readerSlots: Int
    /// Read transactions open now, over all processes.
    public let activeReaders: Int
    /// Ended read transactions kept for the next, over all processes; each holds a slot.
    public let idleReaders: Int
    /// Commits since the oldest open snapshot; 0 if none is open. While it is high, freed pages are not reused.
    public let oldestReaderLag: Int
    /// Whether commits wait for the device, as LMDB itself says: none of its flags that weaken that is set.
    public let synchronous: Bool
    /// Whether writes go straight to the map, as LMDB itself says.
    public let writeMap: Bool

    /// Bytes up to the last page ever used.
    public var usedBytes: Int { (lastPage + 1) * pageBytes }
}

extension Environment {
    /// The environment in figures, now. O(reader slots).
    public func statistics() throws(LMDBError) -> EnvironmentStatistics {
        var pages = MDB_stat()
        try check(mdb_env_stat(core.pointer, &pages), "mdb_env_stat", core.directory)
        let (snapshots, idleReaders) = try readers()
        // After the readers: a reader that begins in between would otherwise seem to be ahead of the last commit.
        let information = try core.information()
        var flags: UInt32 = 0
        try check(mdb_env_get_flags(core.pointer, &flags), "mdb_env_get_flags", core.directory)
        return EnvironmentStatistics(
            pageBytes: Int(pages.ms_psize),
            mapBytes: information.me_mapsize,
            lastPage: information.me_last_pgno,
            lastTransactionIdentifier: information.me_last_txnid,
            maxReaders: Int(information.me_maxreaders),
            readerSlots: Int(information.me_numreaders),
            activeReaders: snapshots.count,
            idleReaders: idleReaders,
            oldestReaderLag: snapshots.min().map { max(0, information.me_last_txnid - $0) } ?? 0,
            synchronous: flags & UInt32(MDB_NOSYNC | MDB_NOMETASYNC | MDB_MAPASYNC) == 0,
            writeMap: flags & UInt32(MDB_WRITEMAP) != 0)
    }

    /// Bytes up to the last page ever used, and the map's. O(1).
    public func usedBytes() throws(LMDBError) -> (used: Int, map: Int) {
        var pages = MDB_stat()
        try check(mdb_env_stat(core.pointer, &pages), "mdb_env_stat", core.directory)
        let information = try core.information()
        return ((information.me_last_pgno + 1) * Int(pages.ms_psize), information.me_mapsize)
    }

    /// Commits since the oldest open snapshot, over all processes; 0 if none is open.
    public func oldestReaderLag() throws(LMDBError) -> Int {
        try statistics().oldestReaderLag
    }

    /// Frees the reader slots of processes that died, and returns how many there were.
    @discardableResult
    public func checkReaders() throws(LMDBError) -> Int {
        var dead: Int32 = 0
        try check(mdb_reader_check(core.pointer, &dead), "mdb_reader_check", core.directory)
        return Int(dead)
    }

    /// The snapshot numbers of the read transactions open now, and how many slots are idle. LMDB only offers them as
    /// text.
    private func readers() throws(LMDBError) -> (snapshots: [Int], idle: Int) {
        var text = ""
        let code = withUnsafeMutablePointer(to: &text) { pointer in
            mdb_reader_list(
                core.pointer,
                { line, context in
                    if let line, let context {
                        context.assumingMemoryBound(to: String.self).pointee += String(cString: line)
                    }
                    return 0
                },
                pointer)
        }
        guard code >= 0 else { throw LMDBError(code: code, operation: "mdb_reader_list", detail: core.directory) }
        // Lines of process, thread and snapshot, the last "-" if the slot is idle; a heading before them.
        let words = text.split(separator: "\n").compactMap { $0.split(separator: " ").dropFirst(2).first }
        return (words.compactMap { Int($0) }, words.count { $0 == "-" })
    }
}

extension EnvironmentCore {
    func information() throws(LMDBError) -> MDB_envinfo {
        var information = MDB_envinfo()
        try check(mdb_env_info(pointer, &information), "mdb_env_info", directory)
        return information
    }
}
