public import BSON
public import EventLog
public import LMDB
public import Schema

/// The batch in memory: an overlay over the committed views that answers by `_id`, by unique key and by ordered index,
/// with an undo for each request. A document is decoded once, changed in memory by every event that touches it, and
/// written once; index keys are compared old against new and only the difference is written, sorted.
///
/// Not thread-safe: one sequencer owns it. Pointers into the map stay valid through the read transaction it holds.
public final class Batch: DocumentStorage {
    /// A document as the batch sees it. Plain bytes, so that saving one for undo is a copy of the struct.
    struct Entry {
        /// Place in `spaces`.
        let space: Int
        let key: UnsafeRawBufferPointer
        /// What is stored, in the map; empty where nothing is.
        let committed: UnsafeRawBufferPointer
        var document: MutableDocument
        var header: PostingHeader
        /// Bits of the indexes whose keys may have changed.
        var indexMask: UInt64 = 0
        var isPresent: Bool
        /// Changed in this batch.
        var isDirty = false
        /// Private state stored before the batch no longer counts: the document was removed.
        var stateDropped = false
        /// The event that last saved this entry for undo.
        var savedBy: UInt64 = 0
        /// The position that last touched it in this batch.
        var touchedAt: UInt64 = 0
    }

    /// What undo puts back.
    enum Undo {
        case entry(Int, Entry)
        case unique(UnsafeRawBufferPointer, space: UInt32, Int)
        case state(UnsafeRawBufferPointer, space: UInt32, Int)
        case request(UnsafeRawBufferPointer)
        case person(UnsafeRawBufferPointer, Int)
        case owned(UnsafeRawBufferPointer)
        case hold(HoldKey, Hold)
        case held(HoldKey, wasDirty: Bool)
    }

    /// A key of a unique index that two documents would hold.
    public struct Conflict {
        public let model: CollectionModel
        public let index: Int
        public let holder: Int
        public let entry: Int
    }

    public enum Mode: Sendable {
        /// Guards, uniqueness and undo.
        case live
        /// The log's own events again: accepted already, changed in place, nothing to undo.
        case replay
    }

    // Not watched for overlapping access, which costs a tenth of applying an event: one thread has a batch, and no method
    // lends one of these to what may change it.
    public let arena: Arena
    let views: ViewStore
    let mode: Mode
    /// Whether it goes on in the slots that serve, whichever these are.
    private let followsServing: Bool
    /// The tables read and written: the live slot, or the one being rebuilt.
    private(set) var target: ViewStore.Target
    @exclusivity(unchecked) var entries: [Entry] = []
    @exclusivity(unchecked) var entryTable = ByteTable()
    @exclusivity(unchecked) var uniqueTable = ByteTable()
    @exclusivity(unchecked) var stateTable = ByteTable()
    @exclusivity(unchecked) var requestTable = ByteTable()
    /// Persons to places in `personKeys`.
    @exclusivity(unchecked) var personTable = ByteTable()
    @exclusivity(unchecked) var personKeys: [Digest16?] = []
    /// Which documents hold what a key sealed: 1 where they do.
    @exclusivity(unchecked) var ownedTable = ByteTable()
    @exclusivity(unchecked) var sealing: Sealing?
    @exclusivity(unchecked) public var isAdjusting = false
    /// The keys that events of this batch destroy.
    public internal(set) var erasedKeys: [Digest16] = []
    typealias StateValue = (
        entry: Int, name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer?, isDirty: Bool
    )
    /// Values of `stateTable`: offset into this list.
    @exclusivity(unchecked) var stateValues: [StateValue] = []
    @exclusivity(unchecked) var spilled: [(entry: Int, chunk: PostingHeader)] = []
    @exclusivity(unchecked) var dropped: [Int] = []
    /// Of how many events that touch a document one leaves a version that is kept.
    let versionInterval: UInt32
    /// Documents of which the event being applied leaves such a version.
    @exclusivity(unchecked) var dueVersions: [Int] = []
    @exclusivity(unchecked) var versionRows: [VersionRow] = []
    @exclusivity(unchecked) var undo: [Undo] = []
    @exclusivity(unchecked) private var request = Savepoint()
    @exclusivity(unchecked) private var eventUndo = 0
    /// Whether what is changed can be undone: always in a live batch, in a replay while a view is applied with care.
    @exclusivity(unchecked) var keepsUndo: Bool
    /// The event being applied: its position marks what it touches.
    @exclusivity(unchecked) private(set) var position: UInt64 = 0
    @exclusivity(unchecked) var eventStamp: UInt64 = 0
    /// Whether any view has anomalies: only then is anything looked up among them.
    @exclusivity(unchecked) public internal(set) var hasHolds = false
    @exclusivity(unchecked) var holding = Holding()
    /// The first record of the batch whose sealed data does not open.
    @exclusivity(unchecked) var unopened: UInt64?
    /// Whether documents that a projector looks for are noted.
    @exclusivity(unchecked) var isWatching = false
    @exclusivity(unchecked) var orderedIndexes: [OrderedIndex] = []
    @exclusivity(unchecked) public internal(set) var conflicts: [Conflict] = []
    /// The first failure to read the views; the batch cannot go on.
    @exclusivity(unchecked) public internal(set) var failure: LMDBError?
    @exclusivity(unchecked) var transaction: ReadTransaction?
    /// One cursor per tree of indexes, kept for the batch.
    @exclusivity(unchecked) var cursors: [Int: CursorBox] = [:]
    var keyScratch: [UInt8] = []
    /// What the batch changes of each view's root, by space.
    @exclusivity(unchecked) var rootChanges: [LatticeSum?] = []
    let summer = RootSummer()
    /// What the batch writes.
    var lists = ChangeLists()
    /// An index key to look for.
    var probe: [UInt8] = []
    var streamScratch: [UInt8] = []
    let timerPlaces: [TimerPlace]
    /// For each of `timerPlaces`: nothing is due before, in milliseconds.
    @exclusivity(unchecked) var dueBounds: [Int64]

    /// `keptBytes`: memory that stays for the next batch.
    public convenience init(_ views: ViewStore, mode: Mode, target: ViewStore.Target, keptBytes: Int = 64 << 20) {
        self.init(views, mode, target, keptBytes, followsServing: false)
    }

    /// One that changes the slots that serve, also where these become others between two batches.
    package convenience init(live views: ViewStore) {
        self.init(views, .live, views.servingTarget(), 64 << 20, followsServing: true)
    }

    private init(
        _ views: ViewStore, _ mode: Mode, _ target: ViewStore.Target, _ keptBytes: Int, followsServing: Bool
    ) {
        self.followsServing = followsServing
        arena = Arena(chunkBytes: Arena.hugePageBytes, keptBytes: keptBytes)
        self.views = views
        self.mode = mode
        keepsUndo = mode == .live
        self.target = target
        versionInterval = views.catalogue.versionInterval
        timerPlaces = Self.timerPlaces(views.catalogue)
        dueBounds = Array(repeating: .min, count: timerPlaces.count)
    }

    // MARK: The life of a batch

    /// Takes a snapshot of the committed views.
    public func begin() throws(LMDBError) {
        end()
        transaction = try views.beginRead()
        if followsServing { followServing() }
        try readHoldCounts()
    }

    /// Another slot may have been let serve since the last batch; never within one.
    private func followServing() {
        let now = views.servingTarget()
        guard now !== target else { return }
        target = now
        holding.forget()
        forgetDueBounds()
    }

    /// Lets go of the snapshot and all that was changed.
    public func end() {
        clear()
        cursors.removeAll()
        transaction = nil
    }

    private func clear() {
        entries.removeAll(keepingCapacity: mode == .replay || entries.count < 1 << 16)
        entryTable.removeAll()
        uniqueTable.removeAll()
        stateTable.removeAll()
        requestTable.removeAll()
        personTable.removeAll()
        personKeys.removeAll(keepingCapacity: true)
        ownedTable.removeAll()
        erasedKeys.removeAll()
        stateValues.removeAll(keepingCapacity: true)
        spilled.removeAll(keepingCapacity: true)
        dropped.removeAll(keepingCapacity: true)
        dueVersions.removeAll(keepingCapacity: true)
        versionRows.removeAll(keepingCapacity: versionRows.count < 1 << 14)
        undo.removeAll(keepingCapacity: true)
        orderedIndexes.removeAll()
        conflicts.removeAll()
        holding.clear()
        unopened = nil
        // Of an event that ended the batch.
        sealing = nil
        failure = nil
        arena.reset()
    }

    /// From here on, `rollBack` undoes.
    public func beginRequest() {
        undo.removeAll(keepingCapacity: true)
        request = savepoint()
        conflicts.removeAll(keepingCapacity: true)
    }

    /// Undoes all that the request did.
    public func rollBack() {
        rollBack(to: request)
        sealing = nil
        conflicts.removeAll(keepingCapacity: true)
    }

    /// Starts applying the event at `position`.
    public func beginEvent(at position: UInt64) {
        self.position = position
        eventStamp += 1
        eventUndo = undo.count
    }

    /// Keeps what the event leaves where it is time to, brings the unique keys up to date with what it changed, and notes
    /// conflicts.
    public func endEvent() {
        settleOwned()
        keepVersions()
        guard mode == .live else { return }
        var at = eventUndo
        let end = undo.count
        while at < end {
            if case .entry(let index, let before) = undo[at] {
                settleUnique(index, before)
                if entries[index].space != ViewStore.Target.streamSpace { noteDue(index) }
                if !orderedIndexes.isEmpty { refreshOrdered(index) }
            }
            at += 1
        }
    }

    public var isEmpty: Bool { entries.isEmpty }
    /// Documents looked at or changed so far.
    var entryCount: Int { entries.count }
    /// Bytes held for this batch, for bounding a rebuild's runs.
    public var memoryBytes: Int {
        arena.allocatedBytes + entries.count * MemoryLayout<Entry>.stride
            + versionRows.count * MemoryLayout<VersionRow>.stride + holding.memoryBytes
    }

    /// The most that writing this batch can add to the data file: a page copied for every change, and what is new.
    public var writeBound: Int { (8 << 20) + memoryBytes * 2 }

    // MARK: Documents

    public func locate(_ collection: CollectionNumber, key: UnsafeRawBufferPointer) -> Int {
        let space = target.space(of: collection)
        if isWatching { watch(space, key) }
        let entry = load(space, key)
        return entries[entry].isPresent ? entry : -1
    }

    /// The entry of a key, there or not.
    func load(_ space: Int, _ key: UnsafeRawBufferPointer) -> Int {
        let slot = entryTable.find(key, space: UInt32(space))
        if slot >= 0 { return entryTable.value(at: slot) }
        let stored = read(key, in: target.documents(space))
        let index = entries.count
        let copy = entryTable.insert(key, space: UInt32(space), value: index, arena: arena)
        let header = stored.flatMap { PostingHeader($0) }
        entries.append(
            Entry(
                space: space, key: UnsafeRawBufferPointer(start: copy, count: key.count),
                committed: stored ?? UnsafeRawBufferPointer(start: nil, count: 0),
                document: MutableDocument(
                    borrowing: Self.document(in: stored ?? UnsafeRawBufferPointer(start: nil, count: 0))),
                header: header ?? PostingHeader(), isPresent: header != nil))
        return index
    }

    func read(_ key: UnsafeRawBufferPointer, in table: Table) -> UnsafeRawBufferPointer? {
        do {
            return try transaction?.get(key, in: table)
        } catch {
            if failure == nil { failure = error }
            return nil
        }
    }

    public func raw(_ entry: Int) -> RawDocument { entries[entry].document.raw }

    /// The document as it is stored, or the empty one.
    func committedDocument(_ entry: Int) -> RawDocument { Self.document(in: entries[entry].committed) }

    static func document(in stored: UnsafeRawBufferPointer) -> RawDocument {
        guard let base = stored.baseAddress, stored.count >= PostingHeader.fixedBytes + 5 else { return .empty }
        return RawDocument(base + PostingHeader.fixedBytes + Int(stored[12]))
    }

    public func insert(_ collection: CollectionNumber, key: UnsafeRawBufferPointer, document: UnsafeRawBufferPointer)
        -> Int
    {
        let entry = load(target.space(of: collection), key)
        save(entry)
        entries[entry].document = MutableDocument(bytes: document, in: arena, slack: 32)
        entries[entry].isPresent = true
        entries[entry].isDirty = true
        entries[entry].indexMask = ~0
        noteTouched(entry, isNew: true)
        return entry
    }

    public func edit(_ entry: Int) -> UnsafeMutablePointer<MutableDocument> {
        save(entry)
        if sealing != nil { noteTouched(entry, isNew: false) }
        return entries.withUnsafeMutableBufferPointer { entries in
            let pointer = entries.baseAddress! + entry
            return UnsafeMutableRawPointer(pointer).advanced(by: MemoryLayout<Entry>.offset(of: \.document)!)
                .assumingMemoryBound(to: MutableDocument.self)
        }
    }

    public func changed(_ entry: Int, identity: UInt64) {
        entries[entry].indexMask |= target.model(entries[entry].space).indexMask(of: identity)
    }

    public func changedAnything(_ entry: Int) { entries[entry].indexMask = ~0 }

    public func remove(_ entry: Int) {
        save(entry)
        entries[entry].isPresent = false
        entries[entry].indexMask = ~0
        entries[entry].stateDropped = true
        dropped.append(entry)
        // The history stays when the document goes: what the header held moves to a chunk.
        let header = entries[entry].header
        if header.byteCount > 0 { spilled.append((entry, header)) }
        if header.count >= versionInterval { versionRows.append(.gone(entry: entry)) }
        // One that comes again counts from 0, in this batch as in a later one, which finds nothing of it.
        entries[entry].header = PostingHeader()
        for offset in stateValues.indices where stateValues[offset].entry == entry { dropState(offset) }
    }

    /// Private state goes with its document, and comes back with it where the request is undone.
    private func dropState(_ offset: Int) {
        let (entry, name, value, _) = stateValues[offset]
        let space = UInt32(entries[entry].space)
        stateKey(entry, name).withUnsafeBytes { key in
            let slot = stateTable.find(key, space: space)
            guard value != nil, stateTable.value(at: slot) == offset else { return }
            if keepsUndo { undo.append(.state(stateTable.key(at: slot), space: space, offset)) }
            stateValues.append((entry, name, nil, false))
            stateTable.set(stateValues.count - 1, at: slot)
        }
    }

    /// The first time an event touches a document: keeps it as it was, takes a copy to change, notes the position.
    func save(_ entry: Int) {
        guard entries[entry].savedBy != eventStamp else { return }
        if keepsUndo {
            undo.append(.entry(entry, entries[entry]))
            if entries[entry].isPresent {
                entries[entry].document = MutableDocument(copying: raw(entry), in: arena, slack: 64)
            }
        } else if !entries[entry].isDirty, entries[entry].isPresent {
            entries[entry].document = MutableDocument(copying: raw(entry), in: arena, slack: 64)
        }
        entries[entry].savedBy = eventStamp
        entries[entry].isDirty = true
        touch(entry)
        if entries[entry].header.count >= versionInterval { awaitVersion(entry) }
    }

    /// Puts another document in place of one without noting that an event touched it: what an erasure leaves.
    func replaceUntouched(_ entry: Int, _ document: Document) {
        if mode == .live { undo.append(.entry(entry, entries[entry])) }
        let before = entries[entry]
        entries[entry].document = document.withRaw { MutableDocument(bytes: $0.bytes, in: arena, slack: 32) }
        entries[entry].isDirty = true
        entries[entry].indexMask = ~0
        guard mode == .live else { return }
        settleUnique(entry, before)
        if !orderedIndexes.isEmpty { refreshOrdered(entry) }
    }

    func noteUndo(ofPerson key: UnsafeRawBufferPointer, _ value: Int) {
        if mode == .live { undo.append(.person(key, value)) }
    }

    func noteUndo(ofOwned key: UnsafeRawBufferPointer) {
        if mode == .live { undo.append(.owned(key)) }
    }

    func touch(_ entry: Int) {
        // Events that were held are applied at one position, and may touch a document each.
        guard entries[entry].touchedAt != position else { return }
        entries[entry].touchedAt = position
        if let chunk = entries[entry].header.append(position) { spilled.append((entry, chunk)) }
    }
}
