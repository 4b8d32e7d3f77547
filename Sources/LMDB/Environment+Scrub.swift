internal import CLMDB
internal import Glibc

/// What overwriting an environment's unused bytes did.
public struct ScrubResult: Sendable, Hashable {
    /// Bytes that held something.
    public var overwrittenBytes = 0
    /// Free pages that older snapshots still read: to be overwritten once these have ended.
    public var pagesInUse = 0

    public var isComplete: Bool { pagesInUse == 0 }
}

extension Environment {
    /// Overwrites with zeros what deleted and changed entries left in the data file: free pages, the gaps within pages, and
    /// the ends of overflow pages. Readers go on; writers wait.
    ///
    /// LMDB has no call for this, so it reads the file's pages by their layout, that of format 1 (`MDB_DATA_VERSION`).
    /// O(pages): about a second for each 2 GiB.
    public func scrub() throws(LMDBError) -> ScrubResult {
        // Held so that nothing changes meanwhile; nothing is written through it.
        let lock = try beginWrite()
        let snapshot = try beginRead()
        let statistics = try statistics()
        let oldest = statistics.lastTransactionIdentifier - statistics.oldestReaderLag
        var file = try MappedFile(core, statistics)
        var free = FreePages(count: statistics.lastPage + 1)
        try free.read(snapshot.handle, visibleAfter: oldest)
        var result = ScrubResult()
        result.pagesInUse = free.inUse
        try file.scrub(free, &result, core.directory)
        file.unmap()
        lock.abort()
        return result
    }

    /// Whether a branch page of the table holds a key that no entry begins with any more, of those that `concerns` picks:
    /// deleting a page's first entry leaves its key above. O(pages of the table).
    public func hasStaleKeys(
        _ table: Table, where concerns: (UnsafeRawBufferPointer) -> Bool
    ) throws(LMDBError) -> Bool {
        let lock = try beginWrite()
        let snapshot = try beginRead()
        guard let name = core.tables.first(where: { $0.value == table })?.key,
            let root = try TableRoots.root(of: name, snapshot.handle)
        else { return false }
        let file = try MappedFile(core, try statistics())
        defer { file.unmap() }
        var isStale = false
        _ = file.firstKey(root) { key, first in
            if !isStale, concerns(key), !key.elementsEqual(first) { isStale = true }
        }
        lock.abort()
        return isStale
    }
}

/// The layout of LMDB's pages that scrubbing reads: `struct MDB_page`, `MDB_node` and `MDB_db` of lmdb 0.9.
private enum PageLayout {
    static let headerBytes = 16
    static let flags = 10
    static let lower = 12
    static let upper = 14
    static let overflowPages = 12
    static let branch: UInt16 = 0x01
    static let leaf: UInt16 = 0x02
    static let overflow: UInt16 = 0x04
    static let nodeHeaderBytes = 8
    static let bigData: UInt16 = 0x01
    static let noPage = UInt64.max
    /// Of `md_root` in `MDB_db`.
    static let root = 40
    /// The tables of free pages and of named tables.
    static let freeTable: UInt32 = 0
    static let mainTable: UInt32 = 1
}

/// Where named tables begin.
private enum TableRoots {
    static func root(of table: String, _ transaction: TransactionHandle) throws(LMDBError) -> UInt64? {
        var name = table
        var value = MDB_val()
        let code = name.withUTF8 { utf8 in
            var key = MDB_val(mv_size: utf8.count, mv_data: UnsafeMutableRawPointer(mutating: utf8.baseAddress))
            var cursor: OpaquePointer?
            let opened = mdb_cursor_open(transaction.pointer, PageLayout.mainTable, &cursor)
            guard opened == MDB_SUCCESS else { return opened }
            defer { mdb_cursor_close(cursor) }
            return mdb_cursor_get(cursor, &key, &value, MDB_SET_KEY)
        }
        if code == MDB_NOTFOUND { return nil }
        try check(code, "mdb_cursor_get", table)
        guard value.mv_size >= PageLayout.root + 8, let data = value.mv_data else { return nil }
        let root = data.loadUnaligned(fromByteOffset: PageLayout.root, as: UInt64.self)
        return root == PageLayout.noPage ? nil : root
    }
}

/// The pages that no snapshot reads, by LMDB's own list.
private struct FreePages {
    private var isFree: [Bool]
    /// Free, but read by older snapshots.
    private(set) var inUse = 0

    init(count: Int) { isFree = Array(repeating: false, count: count) }

    enum Use { case none, free, older }

    private var isOlder: Set<Int> = []

    func use(_ page: Int) -> Use { isFree[page] ? .free : isOlder.contains(page) ? .older : .none }

    /// Pages freed by a transaction later than `oldest` are seen by a snapshot that is open.
    mutating func read(_ transaction: TransactionHandle, visibleAfter oldest: Int) throws(LMDBError) {
        var cursor: OpaquePointer?
        try check(mdb_cursor_open(transaction.pointer, PageLayout.freeTable, &cursor), "mdb_cursor_open", "free pages")
        defer { mdb_cursor_close(cursor) }
        var key = MDB_val()
        var value = MDB_val()
        var code = mdb_cursor_get(cursor, &key, &value, MDB_FIRST)
        while code == MDB_SUCCESS {
            if let id = key.mv_data, let list = value.mv_data, key.mv_size == 8 {
                let freedBy = Int(clamping: id.loadUnaligned(as: UInt64.self))
                note(UnsafeRawBufferPointer(start: list, count: value.mv_size), isVisible: freedBy > oldest)
            }
            code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)
        }
        guard code == MDB_NOTFOUND else {
            throw LMDBError(code: code, operation: "mdb_cursor_get", detail: "free pages")
        }
    }

    /// `list`: a count, then page numbers, 8 bytes each.
    private mutating func note(_ list: UnsafeRawBufferPointer, isVisible: Bool) {
        guard list.count >= 8 else { return }
        let count = Int(clamping: list.loadUnaligned(as: UInt64.self))
        for index in 0..<min(count, list.count / 8 - 1) {
            let page = Int(clamping: list.loadUnaligned(fromByteOffset: 8 + index * 8, as: UInt64.self))
            guard isFree.indices.contains(page) else { continue }
            if isVisible {
                isOlder.insert(page)
                inUse += 1
            } else {
                isFree[page] = true
            }
        }
    }
}

/// The data file, mapped once more, so that what LMDB maps for reading alone can be overwritten.
private struct MappedFile {
    private let base: UnsafeMutableRawPointer
    private let byteCount: Int
    private let pageBytes: Int

    init(_ core: EnvironmentCore, _ statistics: EnvironmentStatistics) throws(LMDBError) {
        var descriptor: Int32 = -1
        try check(mdb_env_get_fd(core.pointer, &descriptor), "mdb_env_get_fd", core.directory)
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw LMDBError(code: errno, operation: "fstat", detail: core.directory)
        }
        pageBytes = statistics.pageBytes
        byteCount = min(Int(status.st_size), statistics.usedBytes) / pageBytes * pageBytes
        guard let mapped = mmap(nil, byteCount, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0),
            mapped != MAP_FAILED
        else { throw LMDBError(code: errno, operation: "mmap", detail: core.directory) }
        base = mapped
    }

    func unmap() { munmap(base, byteCount) }

    private var pageCount: Int { byteCount / pageBytes }
    private func page(_ number: Int) -> UnsafeMutableRawPointer { base + number * pageBytes }

    private func load<T: FixedWidthInteger>(_ page: UnsafeMutableRawPointer, _ offset: Int, as type: T.Type) -> T {
        page.loadUnaligned(fromByteOffset: offset, as: T.self)
    }

    mutating func scrub(_ free: FreePages, _ result: inout ScrubResult, _ directory: String) throws(LMDBError) {
        // The first two pages are the metas.
        var number = 2
        while number < pageCount {
            let page = page(number)
            switch free.use(number) {
            case .free:
                clear(page, pageBytes, &result)
                number += 1
            case .older: number += 1
            case .none:
                guard load(page, 0, as: UInt64.self) == UInt64(number) else {
                    let corrupted: Int32 = -30796
                    throw LMDBError(code: corrupted, operation: "scrub", detail: "\(directory): page \(number)")
                }
                let flags = load(page, PageLayout.flags, as: UInt16.self)
                if flags & PageLayout.overflow != 0 {
                    number += max(1, Int(load(page, PageLayout.overflowPages, as: UInt32.self)))
                } else {
                    scrubNodes(page, isLeaf: flags & PageLayout.leaf != 0, &result)
                    number += 1
                }
            }
        }
    }

    /// The gap between a page's list of nodes and its nodes, and what follows the values that lie in overflow pages.
    private func scrubNodes(_ page: UnsafeMutableRawPointer, isLeaf: Bool, _ result: inout ScrubResult) {
        let lower = Int(load(page, PageLayout.lower, as: UInt16.self))
        let upper = Int(load(page, PageLayout.upper, as: UInt16.self))
        guard lower >= PageLayout.headerBytes, lower <= upper, upper <= pageBytes else { return }
        clear(page + lower, upper - lower, &result)
        guard isLeaf else { return }
        for index in 0..<(lower - PageLayout.headerBytes) / 2 {
            guard let node = node(page, index), node.flags & PageLayout.bigData != 0 else { continue }
            let data = node.key.baseAddress.map { $0 + node.key.count }
            guard let first = data?.loadUnaligned(as: UInt64.self), first < UInt64(pageCount) else { continue }
            let overflow = self.page(Int(first))
            let pages = Int(load(overflow, PageLayout.overflowPages, as: UInt32.self))
            let used = PageLayout.headerBytes + node.size
            guard Int(first) + pages <= pageCount, used <= pages * pageBytes else { continue }
            clear(overflow + used, pages * pageBytes - used, &result)
        }
    }

    /// Writes only where there is something: a page that is left alone stays clean.
    private func clear(_ start: UnsafeMutableRawPointer, _ count: Int, _ result: inout ScrubResult) {
        guard count > 0 else { return }
        let bytes = UnsafeRawBufferPointer(start: start, count: count)
        // The first byte is zero and each is like the one before it.
        guard bytes[0] != 0 || memcmp(start, start + 1, count - 1) != 0 else { return }
        memset(start, 0, count)
        result.overwrittenBytes += count
    }

    // MARK: Keys

    private struct Node {
        let flags: UInt16
        /// Of a leaf's value.
        let size: Int
        /// Of a branch.
        let child: UInt64
        let key: UnsafeRawBufferPointer
    }

    private func node(_ page: UnsafeMutableRawPointer, _ index: Int) -> Node? {
        let offset = Int(load(page, PageLayout.headerBytes + index * 2, as: UInt16.self))
        guard offset >= PageLayout.headerBytes, offset + PageLayout.nodeHeaderBytes <= pageBytes else { return nil }
        let low = load(page, offset, as: UInt16.self)
        let high = load(page, offset + 2, as: UInt16.self)
        let flags = load(page, offset + 4, as: UInt16.self)
        let keyCount = Int(load(page, offset + 6, as: UInt16.self))
        guard offset + PageLayout.nodeHeaderBytes + keyCount <= pageBytes else { return nil }
        return Node(
            flags: flags, size: Int(low) | Int(high) << 16,
            child: UInt64(low) | UInt64(high) << 16 | UInt64(flags) << 32,
            key: UnsafeRawBufferPointer(start: page + offset + PageLayout.nodeHeaderBytes, count: keyCount))
    }

    /// The first key at or below a page; `body` is told of each key of the branches with the first key below it.
    func firstKey(
        _ number: UInt64, _ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) -> Void
    ) -> UnsafeRawBufferPointer? {
        guard number < UInt64(pageCount) else { return nil }
        let page = page(Int(number))
        guard load(page, PageLayout.flags, as: UInt16.self) & PageLayout.branch != 0 else {
            return node(page, 0)?.key
        }
        var first: UnsafeRawBufferPointer?
        let count = (Int(load(page, PageLayout.lower, as: UInt16.self)) - PageLayout.headerBytes) / 2
        for index in 0..<count {
            guard let node = node(page, index), let below = firstKey(node.child, body) else { continue }
            if index == 0 { first = below }
            if !node.key.isEmpty { body(node.key, below) }
        }
        return first
    }
}
