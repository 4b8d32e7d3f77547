public import BSON

/// What a guard sees and does: it reads any view as it stands after the events before this one, refuses, or resolves
/// what projectors will need. One object serves all events of a sequencer in turn.
public final class GuardContext {
    let storage: any DocumentStorage
    let catalogue: Catalogue

    @exclusivity(unchecked) public private(set) var type: EventName
    @exclusivity(unchecked) public private(set) var time: DateTime
    @exclusivity(unchecked) public private(set) var data: RawDocument
    @exclusivity(unchecked) public private(set) var refusals: [Refusal] = []
    /// Whom the event's personal data is about.
    @exclusivity(unchecked) public private(set) var person: Person?
    /// The event is about somebody who was erased: it may bring nothing personal.
    @exclusivity(unchecked) public private(set) var isAboutErased = false
    /// Whom the event erases, with the key of each.
    public private(set) var erased: [Erasure] = []
    @exclusivity(unchecked) private var resolvedBlock: MutableDocument?
    private var key: [UInt8] = []
    private let hash: @Sendable (String) -> String

    /// `hash`: the keyed hash that admission keeps of tokens, as hex digits.
    public init(
        _ storage: any DocumentStorage, _ catalogue: Catalogue, hash: @escaping @Sendable (String) -> String
    ) {
        self.storage = storage
        self.catalogue = catalogue
        self.hash = hash
        type = "none"
        time = DateTime(milliseconds: 0)
        data = .empty
    }

    /// Runs the guard of one event, after the checks that its declaration implies.
    public func run(_ eventType: Catalogue.EventType, data: RawDocument, time: DateTime) {
        type = eventType.event.name
        self.time = time
        self.data = data
        refusals.removeAll(keepingCapacity: true)
        person = nil
        isAboutErased = false
        erased.removeAll(keepingCapacity: true)
        resolvedBlock = nil
        if eventType.event.shape == .creation, !eventType.event.mayExist, let target = eventType.target {
            checkUniqueness(of: target)
        }
        eventType.event.check?(self)
    }

    /// The block that goes into the record, or an empty buffer.
    public var resolved: UnsafeRawBufferPointer {
        resolvedBlock?.raw.bytes ?? UnsafeRawBufferPointer(start: nil, count: 0)
    }
    public var resolvedDocument: RawDocument { resolvedBlock?.raw ?? .empty }

    // MARK: Reading

    /// A field of the event's data.
    public subscript<Wrapped>(_ field: Field<Wrapped>) -> Wrapped? { data[field.path].flatMap { Wrapped.read($0) } }

    /// The document with this `_id`, if there is one.
    public func find<C: Collection>(_ collection: C.Type, id: ObjectID) -> Existing<C>? {
        let entry = withKey(id) { storage.locate(C.number, key: $0) }
        return entry < 0 ? nil : Existing(storage, entry)
    }

    /// The document with these values in a unique index over exactly these fields.
    public func find<C: Collection, each Wrapped: StoredValue>(
        _ collection: C.Type, _ match: repeat (Field<each Wrapped>, each Wrapped)
    ) -> Existing<C>? {
        var identity: UInt64 = 0
        for (field, _) in repeat each match { identity = combinedIdentity(identity, field.identity) }
        guard let model = catalogue[C.number], let index = model.uniqueIndex(identity) else {
            preconditionFailure("\(C.name) has no unique index over these fields")
        }
        let pattern = model.indexes[index].pattern
        var part = 0
        key.removeAll(keepingCapacity: true)
        for (_, value) in repeat each match {
            value.encodeKey(descending: pattern.parts[part].descending, limit: pattern.componentLimit, into: &key)
            part += 1
        }
        let entry = key.withUnsafeBytes { storage.locate(C.number, uniqueIndex: index, key: $0) }
        return entry < 0 ? nil : Existing(storage, entry)
    }

    /// The documents with these values in the first fields of the index of that name, from its end or its start.
    public func scan<C: Collection, Wrapped>(
        _ collection: C.Type, index: String, _ field: Field<Wrapped>, _ value: Wrapped, backward: Bool = false,
        _ body: (Existing<C>) -> Bool
    ) {
        guard let model = catalogue[C.number], let ordinal = model.index(named: index) else {
            preconditionFailure("\(C.name) has no index \(index)")
        }
        let pattern = model.indexes[ordinal].pattern
        var prefix: [UInt8] = []
        value.encodeKey(descending: pattern.parts[0].descending, limit: pattern.componentLimit, into: &prefix)
        prefix.withUnsafeBytes {
            storage.scan(C.number, index: ordinal, prefix: $0, backward: backward) { body(Existing(storage, $0)) }
        }
    }

    // MARK: Refusing

    public func refuse(_ rule: Refusal.Rule, _ field: String, value: String? = nil, _ message: String) {
        refusals.append(Refusal(rule, field, value: value, message))
    }

    public func refuse<Wrapped>(_ rule: Refusal.Rule, _ field: Field<Wrapped>, _ message: String) {
        // Refusals are logged and passed on: what is personal or a secret is not in them.
        let value = field.descriptor.privacy == .open ? data[field.path].map(\.plainText) : nil
        refuse(rule, field.descriptor.name, value: value, message)
    }

    /// The document that a field of the event refers to by `_id`; refuses where it is missing.
    public func require<C: Collection>(_ collection: C.Type, _ field: Field<ObjectID>) -> Existing<C>? {
        guard let id = self[field] else { return nil }
        if let existing = find(collection, id: id) { return existing }
        refuse(.exists, field, "no document of \(C.name) has this _id")
        return nil
    }

    /// The document that a field of the event names by a unique field; refuses where it is missing.
    public func require<C: Collection, Wrapped>(_ collection: C.Type, _ key: Field<Wrapped>, by field: Field<Wrapped>)
        -> Existing<C>?
    {
        guard let value = self[field] else { return nil }
        if let existing = find(collection, (key, value)) { return existing }
        refuse(.exists, field, "no document of \(C.name) has this \(key.descriptor.name)")
        return nil
    }

    // MARK: Resolving

    /// Adds a value to the record's `resolved` block.
    public func resolve<Wrapped>(_ field: Field<Wrapped>, _ value: Wrapped?) {
        guard let value else { return }
        if resolvedBlock == nil { resolvedBlock = MutableDocument(copying: .empty, in: storage.arena, slack: 192) }
        resolvedBlock!.set(field.path, value, in: storage.arena)
    }

    // MARK: Personal data

    /// Says whom the event's personal data is about. All events that bring personal data to one document must say the
    /// same.
    public func concerns(_ person: Person) {
        self.person = person
        isAboutErased = isErased(person)
    }

    /// The event is about somebody whose name was erased.
    public func concernsErased() { isAboutErased = true }

    /// Whether there is personal data about them, sealed under a key that still exists.
    public func knows(_ person: Person) -> Bool { storage.keyID(of: person).map { $0 != Erasure.noKey } ?? false }

    /// Whether they were erased for good.
    public func isErased(_ person: Person) -> Bool { storage.keyID(of: person) == Erasure.noKey }

    /// With this event the person's key is destroyed, and every document loses what it says of them. `forGood`: nothing
    /// about them can be recorded ever after.
    public func erase(_ person: Person, forGood: Bool) {
        erased.append(
            Erasure(person: person, keyID: storage.keyID(of: person) ?? Erasure.noKey, isForGood: forGood))
        resolve(Erasure.field, .array(erased.map(\.value)))
    }

    /// The keyed hash of a text, as admission keeps it of a `token()` field: it can be found, not read.
    public func keyedHash(_ text: String) -> String { hash(text) }

    // MARK: Uniqueness

    /// For an event that `mayExist` and brings a new document after all: refuses keys that are taken.
    public func requireUnique<C: Collection>(_ collection: C.Type) {
        if let model = catalogue[C.number] { checkUniqueness(of: model) }
    }

    /// A new document must not repeat a key of a unique index; the refusal names field, value and holder.
    private func checkUniqueness(of model: CollectionModel) {
        if let id = data[model.idPath]?.objectID, withKey(id, { storage.locate(model.number, key: $0) }) >= 0 {
            refuse(.unique, "_id", value: id.description, "a document of \(model.name) has this _id already")
        }
        for (ordinal, index) in model.indexes.enumerated() where index.isUnique {
            guard index.parts.allSatisfy({ data[$0.path] != nil }) else { continue }
            index.pattern.forEachKey(of: data, scratch: &key) { encoded in
                let holder = storage.locate(model.number, uniqueIndex: ordinal, key: encoded)
                if holder >= 0 { refuse(duplicateIn: index, of: model, held: storage.raw(holder), by: data) }
            }
        }
    }

    func refuse(duplicateIn index: Index, of model: CollectionModel, held holder: RawDocument, by document: RawDocument)
    {
        refusals.append(Refusal(duplicateIn: index, of: model, heldBy: holder, by: document))
    }
}

extension Refusal {
    /// Names the fields, the values (unless one is personal) and the document that holds them.
    public init(
        duplicateIn index: Index, of model: CollectionModel, heldBy holder: RawDocument, by document: RawDocument
    ) {
        let names = index.parts.map(\.name).joined(separator: ", ")
        let isOpen = index.parts.allSatisfy { part in
            model.fields.first { $0.name == part.name }?.privacy ?? .open == .open
        }
        let values = index.parts.map { part in document[part.path].map(\.plainText) ?? "null" }
        let id = holder.value(named: "_id").map(\.plainText) ?? "?"
        self.init(
            .unique, names, value: isOpen ? values.joined(separator: ", ") : nil,
            "is taken in \(model.name) (index \(index.name)) by document \(id)")
    }
}

/// A document that a guard found.
public struct Existing<C: Collection> {
    let storage: any DocumentStorage
    let entry: Int

    init(_ storage: any DocumentStorage, _ entry: Int) {
        self.storage = storage
        self.entry = entry
    }

    public var raw: RawDocument { storage.raw(entry) }
    public var id: ObjectID? { raw.value(named: "_id")?.objectID }

    public subscript<Wrapped>(_ field: Field<Wrapped>) -> Wrapped? { raw[field.path].flatMap { Wrapped.read($0) } }

    /// A counter, 0 where it is missing.
    public func count(_ field: Field<Int64>) -> Int64 { self[field] ?? 0 }

    /// One of the counters that the projector keeps beside the document, 0 where it is missing.
    public func count(_ counters: StaticString, _ member: ObjectID) -> Int64 {
        stateName(counters, member).withUnsafeBytes { storage.state(entry, $0).flatMap(keptNumber) ?? 0 }
    }
}
