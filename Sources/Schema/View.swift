public import BSON

/// A projector's hold on its own collection while it applies one event.
public struct View<C: Collection>: ~Copyable {
    let storage: any DocumentStorage
    let model: CollectionModel
    let event: RecordedEvent

    init(_ storage: any DocumentStorage, _ model: CollectionModel, _ event: RecordedEvent) {
        self.storage = storage
        self.model = model
        self.event = event
    }

    // MARK: Documents that come to be

    /// Adds the document that the event's data carries: declared fields in their order, derived ones at their start,
    /// `createdAt` and `updatedAt` from the event's time. `finish` may set what only this event knows.
    public mutating func insert(_ finish: (inout Draft<C>) throws(Anomaly) -> Void = { _ throws(Anomaly) in })
        throws(Anomaly)
    {
        guard let id = event.data[model.idPath]?.objectID else { throw anomaly("the event carries no _id") }
        var draft: Draft<C> = try make(id, from: event.data)
        try finish(&draft)
    }

    /// Adds a document made on the side, from defaults and what `fill` sets.
    public mutating func create(_ id: ObjectID, _ fill: (inout Draft<C>) throws(Anomaly) -> Void) throws(Anomaly) {
        var draft = try make(id, from: nil)
        try fill(&draft)
    }

    /// Adds a document made on the side that carries `fields`, in the order in which the collection declares them;
    /// derived ones start at their default.
    public mutating func create(
        _ id: ObjectID, from fields: Document,
        _ fill: (inout Draft<C>) throws(Anomaly) -> Void = { _ throws(Anomaly) in }
    ) throws(Anomaly) {
        var draft = try fields.withRaw { (raw) throws(Anomaly) -> Draft<C> in try make(id, from: raw) }
        try fill(&draft)
    }

    private func make(_ id: ObjectID, from data: RawDocument?) throws(Anomaly) -> Draft<C> {
        let entry: Int? = withKey(id) { key -> Int? in
            guard storage.locate(model.number, key: key) < 0 else { return nil }
            return model.template.build(id: id, data: data, time: event.time) { bytes in
                storage.insert(model.number, key: key, document: bytes)
            }
        }
        guard let entry else { throw anomaly("\(id) exists already") }
        return Draft(storage, entry)
    }

    // MARK: Documents that are there

    /// The document with this `_id`, for reading; `nil` where there is none.
    public func find(_ id: ObjectID) -> Draft<C>? {
        let entry = withKey(id) { storage.locate(model.number, key: $0) }
        return entry < 0 ? nil : Draft(storage, entry)
    }

    // MARK: Documents that change

    /// Changes a document by an event of its own: `updatedAt` becomes the event's time, unless it is later already.
    public mutating func update(_ id: ObjectID?, _ change: (inout Draft<C>) throws(Anomaly) -> Void) throws(Anomaly) {
        var draft = try draft(id)
        try change(&draft)
        if let updatedAt = model.updatedAt { draft.raise(updatedAt, to: event.time) }
    }

    /// Changes what other areas' events maintain (counters): `updatedAt` stays. Nothing personal belongs here.
    public mutating func adjust(_ id: ObjectID?, _ change: (inout Draft<C>) throws(Anomaly) -> Void) throws(Anomaly) {
        var draft = try draft(id)
        storage.isAdjusting = true
        defer { storage.isAdjusting = false }
        try change(&draft)
    }

    /// As `adjust`, making the document first where there is none.
    public mutating func adjustOrCreate(
        _ id: ObjectID, start: (inout Draft<C>) throws(Anomaly) -> Void,
        _ change: (inout Draft<C>) throws(Anomaly) -> Void
    ) throws(Anomaly) {
        let known = withKey(id) { storage.locate(model.number, key: $0) }
        var draft = known >= 0 ? Draft<C>(storage, known) : try make(id, from: nil)
        if known < 0 { try start(&draft) }
        try change(&draft)
        if let updatedAt = model.updatedAt { draft.raise(updatedAt, to: event.time) }
    }

    /// As `adjust`, making the document first where there is none, with `fields` as in `create(_:from:)`.
    public mutating func adjustOrCreate(
        _ id: ObjectID, from fields: @autoclosure () -> Document, _ change: (inout Draft<C>) throws(Anomaly) -> Void
    ) throws(Anomaly) {
        let entry = withKey(id) { storage.locate(model.number, key: $0) }
        if entry < 0 { try create(id, from: fields()) }
        try update(id, change)
    }

    /// Applies the event's `set`, `unset`, `push` and `pull`, which the engine has cast and checked.
    public mutating func patch(_ id: ObjectID?) throws(Anomaly) {
        let event = event
        try update(id) { draft throws(Anomaly) in draft.patch(event) }
    }

    public mutating func remove(_ id: ObjectID?) throws(Anomaly) {
        storage.remove(try draft(id).entry)
    }

    private func draft(_ id: ObjectID?) throws(Anomaly) -> Draft<C> {
        guard let id else { throw anomaly("the event does not say which document") }
        let entry = withKey(id) { storage.locate(model.number, key: $0) }
        guard entry >= 0 else { throw anomaly("no document \(id)") }
        return Draft(storage, entry)
    }

    /// An event this projector has no case for.
    public func unexpected() -> Anomaly { anomaly("\(event.type) is followed but not applied") }

    private func anomaly(_ reason: String) -> Anomaly {
        Anomaly(model.number, "\(model.name), \(event.type) at \(event.position): \(reason)", isOurs: true)
    }
}
