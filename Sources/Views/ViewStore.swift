public import LMDB
public import Platform
public import Schema
internal import Synchronization

/// The views at rest: one LMDB environment with three trees per collection and slot, and what is derived from the log.
///
/// Not synced at commit: a killed process loses nothing; after a crash of the machine `ViewsMarker` says whether to trust
/// it. Everything here can be thrown away and comes back from the log.
public final class ViewStore: Sendable {
    public let catalogue: Catalogue
    public let directory: String
    let environment: Environment
    let meta: Table
    let streams: Table
    let streamChunks: Table
    let requests: Table
    let merkle: Table
    /// person → the id of the key that seals what is known of them.
    let persons: Table
    /// Key id, collection number u8, encoded `_id` → nothing: documents that hold what the key sealed.
    let owned: Table
    /// By place in the catalogue, then slot.
    let tables: [[ViewTables]]
    let serving: ServingSlots
    let fileSystem: FileSystem
    /// Up to where in the data file blocks are reserved.
    private let reservedBytes = Mutex(0)
    /// Held by who fills or empties the slots that do not serve.
    let idleSlots = Mutex(())
    let snapshotLimit: SnapshotLimit
    let changes: CollectionChanges

    public struct Options: Sendable {
        /// The length of the map: fixed, sparse on disk.
        public var mapBytes: Int
        public var writeMap: Bool
        public var readOnly: Bool
        /// Reads beside the process that writes, which holds a snapshot open for as long. Read-only alone.
        public var withoutLocks: Bool
        /// The most snapshots at once; more are refused (`tooManyReaders`).
        public var maxSnapshots: Int

        public init(
            mapBytes: Int = 64 << 30, writeMap: Bool = true, readOnly: Bool = false, withoutLocks: Bool = false,
            maxSnapshots: Int = 256
        ) {
            self.mapBytes = mapBytes
            self.writeMap = writeMap
            self.readOnly = readOnly
            self.withoutLocks = withoutLocks
            self.maxSnapshots = maxSnapshots
        }
    }

    /// Opens the views in `directory`, creating them where there are none.
    public init(
        directory: String, catalogue: Catalogue, options: Options = Options(), fileSystem: FileSystem = .system
    ) throws(LMDBError) {
        let names = ViewTableNames.all(catalogue)
        let environmentOptions = EnvironmentOptions(
            mapBytes: options.mapBytes, maxTables: max(256, names.count + 64), synchronous: false,
            writeMap: options.writeMap, readOnly: options.readOnly, withoutLocks: options.withoutLocks)
        let environment =
            options.readOnly
            ? try Environment(
                directory: directory, tables: names, options: environmentOptions, fileSystem: fileSystem)
            : try Environment.openOrCreate(
                directory: directory, tables: names, options: environmentOptions, fileSystem: fileSystem)
        meta = try Self.table(environment, ViewTableNames.meta)
        streams = try Self.table(environment, ViewTableNames.streams)
        streamChunks = try Self.table(environment, ViewTableNames.streamChunks)
        requests = try Self.table(environment, ViewTableNames.requests)
        merkle = try Self.table(environment, ViewTableNames.merkle)
        persons = try Self.table(environment, ViewTableNames.persons)
        owned = try Self.table(environment, ViewTableNames.owned)
        var tables: [[ViewTables]] = []
        for model in catalogue.collections {
            var slots: [ViewTables] = []
            for slot in 0...1 {
                slots.append(
                    ViewTables(
                        documents: try Self.table(environment, ViewTableNames.documents(model, slot)),
                        indexes: try Self.table(environment, ViewTableNames.indexes(model, slot)),
                        side: try Self.table(environment, ViewTableNames.side(model, slot))))
            }
            tables.append(slots)
        }
        let transaction = try environment.beginRead()
        var slots: [Int] = []
        for model in catalogue.collections {
            slots.append(try Meta.placement(model).read(meta, transaction).flatMap(Placement.init)?.slot ?? 0)
        }
        let position = try Meta.checkpoint.read(meta, transaction).flatMap { Checkpoint(serialized: $0) }?.position
        serving = ServingSlots(
            Target(
                models: catalogue.collections, tables: tables, streams: streams, streamChunks: streamChunks,
                slots: slots, writesLogIndex: true))
        self.tables = tables
        self.environment = environment
        self.catalogue = catalogue
        self.directory = directory
        self.fileSystem = fileSystem
        snapshotLimit = SnapshotLimit(options.maxSnapshots)
        changes = CollectionChanges(spaceCount: catalogue.collections.count + 1)
        changes.begin(at: position ?? 0)
    }

    private static func table(_ environment: borrowing Environment, _ name: String) throws(LMDBError) -> Table {
        guard let table = environment.table(name) else {
            let notFound: Int32 = -30798
            throw LMDBError(code: notFound, operation: "open table", detail: name)
        }
        return table
    }

    public func beginRead() throws(LMDBError) -> ReadTransaction { try environment.beginRead() }
    public func beginWrite() throws(LMDBError) -> WriteTransaction { try environment.beginWrite() }
    public func sync() throws(LMDBError) { try environment.sync() }
    public func statistics() throws(LMDBError) -> EnvironmentStatistics { try environment.statistics() }

    /// Frees the reader slots of processes that died; returns how many there were.
    @discardableResult
    public func checkReaders() throws(LMDBError) -> Int { try environment.checkReaders() }

    /// Reserves blocks for a transaction that may write so many bytes, so that a full disk is an error here and never a
    /// signal from the map. Space is taken ahead: small steps would cost a call for every batch.
    public func reserve(_ byteCount: Int) throws(LMDBError) {
        guard environment.options.writeMap else { return }
        let (used, map) = try environment.usedBytes()
        // Near the map's end, no page may stay with a reader whose process died.
        if used + byteCount > map { try checkReaders() }
        try reservedBytes.withLock { (reserved) throws(LMDBError) in
            guard used + byteCount > reserved else { return }
            let ahead = max(64 << 20, byteCount * 2)
            try environment.reserveSpace(byteCount: ahead, fileSystem: fileSystem)
            reserved = used + ahead
        }
    }

    // MARK: What `meta` holds

    /// The place of a view: which of its two slots serves, and the fingerprint it was built with.
    public struct Placement: Sendable, Hashable {
        public var slot: Int
        public var fingerprint: [UInt8]

        public init(slot: Int, fingerprint: [UInt8]) {
            self.slot = slot
            self.fingerprint = fingerprint
        }

        init?(_ stored: UnsafeRawBufferPointer) {
            guard stored.count > 1 else { return nil }
            self.init(slot: Int(stored[0]), fingerprint: Array(stored[1...]))
        }
    }

    public func checkpoint(in transaction: borrowing ReadTransaction) throws(LMDBError) -> Checkpoint {
        try Meta.checkpoint.read(meta, transaction).flatMap { Checkpoint(serialized: $0) } ?? .empty
    }

    public func placement(of model: CollectionModel, in transaction: borrowing ReadTransaction) throws(LMDBError)
        -> Placement?
    {
        try Meta.placement(model).read(meta, transaction).flatMap(Placement.init)
    }

    func count(_ space: Int, _ target: Target, in transaction: borrowing ReadTransaction) throws(LMDBError) -> Int {
        try Meta.count(target, space).withKey { (key) throws(LMDBError) in
            guard let value = try transaction.get(key, in: meta), value.count == 8 else { return 0 }
            return Int(Int64(littleEndian: value.loadUnaligned(as: Int64.self)))
        }
    }

    func addToCount(_ change: Int, _ target: Target, _ space: Int, _ transaction: borrowing WriteTransaction)
        throws(LMDBError)
    {
        try Meta.count(target, space).withKey { (key) throws(LMDBError) in
            let stored = try transaction.get(key, in: meta)
            let old = stored.map { Int64(littleEndian: $0.loadUnaligned(as: Int64.self)) } ?? 0
            let new = old + Int64(change)
            // As where there never was one, however the events were batched.
            guard new != 0 else {
                _ = try transaction.delete(key, in: meta)
                return
            }
            try withUnsafeBytes(of: new.littleEndian) { (value) throws(LMDBError) in
                _ = try transaction.put(key, value, in: meta)
            }
        }
    }

    func store(_ checkpoint: Checkpoint, _ target: Target, _ transaction: borrowing WriteTransaction) throws(LMDBError)
    {
        guard target.writesLogIndex else { return }
        try put(Meta.checkpoint, checkpoint.serialized, transaction)
    }

    func store(_ placement: Placement, of model: CollectionModel, _ transaction: borrowing WriteTransaction)
        throws(LMDBError)
    {
        try put(Meta.placement(model), [UInt8(placement.slot)] + placement.fingerprint, transaction)
    }

    func removePlacement(of model: CollectionModel, _ transaction: borrowing WriteTransaction) throws(LMDBError) {
        try Meta.placement(model).withKey { (key) throws(LMDBError) in _ = try transaction.delete(key, in: meta) }
    }

    func put(_ key: Meta, _ value: [UInt8], _ transaction: borrowing WriteTransaction) throws(LMDBError) {
        try key.withKey { (key) throws(LMDBError) in
            try value.withRawBytes { (value) throws(LMDBError) in _ = try transaction.put(key, value, in: meta) }
        }
    }

    /// An erasure left bytes in free pages: they are to be overwritten.
    func markUnscrubbed(_ transaction: borrowing WriteTransaction) throws(LMDBError) {
        try put(Meta.unscrubbed, [1], transaction)
    }

    /// Whose key sealed this record is not known, nor perhaps of later ones: the first stays.
    func markUnopened(_ position: UInt64, _ transaction: borrowing WriteTransaction) throws(LMDBError) {
        let isKnown = try Meta.unopened.withKey { (key) throws(LMDBError) in try transaction.get(key, in: meta) != nil }
        guard !isKnown else { return }
        try put(Meta.unopened, withUnsafeBytes(of: position.littleEndian) { Array($0) }, transaction)
    }

    /// The first record whose sealed data did not open when the log's index was made, if there is one.
    package func unopened() throws(LMDBError) -> UInt64? {
        try Meta.unopened.read(meta, try beginRead()).flatMap {
            $0.count == 8 ? UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self)) : nil
        }
    }

    /// Empties a slot of a view, its count, root and anomalies included.
    func empty(_ space: Int, _ target: Target, _ transaction: borrowing WriteTransaction) throws(LMDBError) {
        try transaction.empty(target.documents(space))
        try transaction.empty(target.side(space))
        if space != Target.streamSpace { try transaction.empty(target.indexes(space)) }
        for row in [Meta.count(target, space), Meta.root(target, space), Meta.anomalies(target, space)] {
            try row.withKey { (key) throws(LMDBError) in _ = try transaction.delete(key, in: meta) }
        }
    }

    func emptyLogIndex(_ transaction: borrowing WriteTransaction) throws(LMDBError) {
        try transaction.empty(requests)
        try transaction.empty(merkle)
        try transaction.empty(persons)
        try transaction.empty(owned)
        for row in [Meta.checkpoint, Meta.unopened] {
            try row.withKey { (key) throws(LMDBError) in _ = try transaction.delete(key, in: meta) }
        }
    }
}

/// The keys of the meta table.
struct Meta {
    let text: String

    static let checkpoint = Meta(text: "checkpoint")
    static let unscrubbed = Meta(text: "unscrubbed")
    static let unopened = Meta(text: "unopened")
    static func placement(_ model: CollectionModel) -> Meta { Meta(text: "view.\(model.number)") }
    static func progress(_ model: CollectionModel) -> Meta { Meta(text: "slot.\(model.number)") }
    static func root(_ target: ViewStore.Target, _ space: Int) -> Meta { Meta(text: "root.\(target.label(space))") }
    static func anomalies(_ target: ViewStore.Target, _ space: Int) -> Meta {
        Meta(text: "anomalies.\(target.label(space))")
    }
    static func count(_ target: ViewStore.Target, _ space: Int) -> Meta { Meta(text: "count.\(target.label(space))") }

    func withKey<R>(_ body: (UnsafeRawBufferPointer) throws(LMDBError) -> R) throws(LMDBError) -> R {
        let bytes = Array(text.utf8)
        return try bytes.withRawBytes { (key) throws(LMDBError) -> R in try body(key) }
    }

    /// The value as it lies in the map; `nil` where there is none.
    func read(_ meta: Table, _ transaction: borrowing ReadTransaction) throws(LMDBError) -> UnsafeRawBufferPointer? {
        try withKey { (key) throws(LMDBError) in try transaction.get(key, in: meta) }
    }
}
