internal import BSON
internal import Schema

/// What a projector works on while one event is tried: the documents it looks for, as they were before that event.
///
/// A document that is not folded that far is noted as missing, and what the projector makes without it is thrown away.
final class RefoldStorage: DocumentStorage {
    struct Entry {
        let document: RefoldedDocument
        var bytes: UnsafeMutablePointer<MutableDocument>
        var isPresent: Bool
        var isTouched = false
        var clearsState = false
        var written: [[UInt8]: [UInt8]] = [:]
    }

    let arena = Arena(chunkBytes: 1 << 16, keptBytes: 1 << 20)
    var isAdjusting = false
    private(set) var entries: [Entry] = []
    /// To be folded first.
    private(set) var missing: RefoldedDocument?
    /// What it was is no longer here: older versions must be kept.
    private(set) var forgot = false
    private var position: UInt64 = 0
    private var attempt = 0
    private let collection: CollectionNumber
    typealias Find = (_ key: UnsafeRawBufferPointer, _ position: UInt64) -> RefoldedDocument?
    typealias StateAtStart = (
        _ name: [UInt8], _ document: RefoldedDocument, _ start: RefoldedDocument.Start
    ) -> (isKept: Bool, value: [UInt8]?)
    private let find: Find
    private let stateAtStart: StateAtStart

    /// - `find`: the document of a key before a position, its positions known up to there; `nil` where they cannot be read.
    /// - `state`: what a state was when the version was kept from which a document is folded.
    init(_ collection: CollectionNumber, find: @escaping Find, state: @escaping StateAtStart) {
        self.collection = collection
        self.find = find
        stateAtStart = state
    }

    func begin(_ position: UInt64) {
        self.position = position
        attempt += 1
        entries.removeAll(keepingCapacity: true)
        missing = nil
        forgot = false
        isAdjusting = false
        arena.reset()
    }

    // MARK: Looking

    func locate(_ collection: CollectionNumber, key: UnsafeRawBufferPointer) -> Int {
        guard let entry = load(collection, key) else { return -1 }
        return entries[entry].isPresent ? entry : -1
    }

    private func load(_ collection: CollectionNumber, _ key: UnsafeRawBufferPointer) -> Int? {
        guard collection == self.collection, missing == nil, let document = find(key, position) else { return nil }
        if document.attempt == attempt { return document.entry }
        if let next = document.next, next < position {
            missing = document
            return nil
        }
        guard document.knows(before: position) else {
            forgot = true
            return nil
        }
        let before = document.document(before: position)
        let bytes = before.map { $0.withRaw { MutableDocument(copying: $0, in: arena) } }
        return add(document, bytes ?? MutableDocument(in: arena, slack: 0), isPresent: before != nil)
    }

    private func add(_ document: RefoldedDocument, _ bytes: MutableDocument, isPresent: Bool) -> Int {
        let place = arena.allocate(MemoryLayout<MutableDocument>.stride)
            .bindMemory(to: MutableDocument.self, capacity: 1)
        place.initialize(to: bytes)
        document.attempt = attempt
        document.entry = entries.count
        entries.append(Entry(document: document, bytes: place, isPresent: isPresent))
        return entries.count - 1
    }

    func raw(_ entry: Int) -> RawDocument { entries[entry].bytes.pointee.raw }

    // Projectors have their own collection by `_id` alone; these are for guards.
    func locate(_ collection: CollectionNumber, uniqueIndex: Int, key: UnsafeRawBufferPointer) -> Int { -1 }
    func scan(
        _ collection: CollectionNumber, index: Int, prefix: UnsafeRawBufferPointer, backward: Bool,
        _ body: (Int) -> Bool
    ) {}
    func keyID(of person: Person) -> [UInt8]? { nil }

    // MARK: Changing

    func insert(_ collection: CollectionNumber, key: UnsafeRawBufferPointer, document: UnsafeRawBufferPointer) -> Int {
        let bytes = MutableDocument(bytes: document, in: arena, slack: 32)
        guard let entry = load(collection, key) else {
            // Thrown away: something is missing.
            return add(RefoldedDocument(ObjectID(seconds: 0, rest: 0), []), bytes, isPresent: true)
        }
        entries[entry].bytes.pointee = bytes
        entries[entry].isPresent = true
        entries[entry].isTouched = true
        return entry
    }

    func edit(_ entry: Int) -> UnsafeMutablePointer<MutableDocument> {
        entries[entry].isTouched = true
        return entries[entry].bytes
    }

    func changed(_ entry: Int, identity: UInt64) {}
    func changedAnything(_ entry: Int) {}

    func remove(_ entry: Int) {
        entries[entry].isTouched = true
        entries[entry].isPresent = false
        entries[entry].clearsState = true
        entries[entry].written.removeAll()
    }

    func state(_ entry: Int, _ name: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        let name = Array(name)
        let value: [UInt8]?
        if let written = entries[entry].written[name] {
            value = written
        } else if entries[entry].clearsState {
            value = nil
        } else {
            value = state(name, of: entries[entry].document)
        }
        return value.map { bytes in
            bytes.withUnsafeBytes { UnsafeRawBufferPointer(start: arena.copy($0, capacity: 1), count: $0.count) }
        }
    }

    private func state(_ name: [UInt8], of document: RefoldedDocument) -> [UInt8]? {
        switch document.state(name, before: position) {
        case .known(let value): return value
        case .atStart(let start):
            let (isKept, value) = stateAtStart(name, document, start)
            // The version went with its document meanwhile: what it began with is no longer here.
            if !isKept { forgot = true }
            return value
        }
    }

    func setState(_ entry: Int, _ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) {
        entries[entry].isTouched = true
        entries[entry].written[Array(name)] = Array(value)
    }
}
