public import BSON

/// When something about a document falls due, and the event that then says so. The event is an ordinary one: its guard
/// drops it where it is stale.
///
/// The engine keeps a due index from what `due` says of each document, as it keeps declared indexes: in the views, made
/// anew by any rebuild. Replay fires nothing.
public struct Timer: Sendable {
    public let event: EventName
    let watched: [String]
    let dueMoment: @Sendable (RawDocument) -> DateTime?
    let payload: @Sendable (RawDocument) -> Document
    let pendingPart: @Sendable (RawDocument) -> ObjectID?

    /// `watching`: every field that `due` reads. `due`: pure; `nil` while nothing is pending. `data`: of the event.
    /// `part`: the sub-document that is due, where several of a document may be due at one moment, one after another.
    public init<each Wrapped: StoredValue>(
        _ event: EventName, watching fields: repeat Field<each Wrapped>,
        due: @escaping @Sendable (RawDocument) -> DateTime?, data: @escaping @Sendable (RawDocument) -> Document,
        part: @escaping @Sendable (RawDocument) -> ObjectID? = { _ in nil }
    ) {
        self.event = event
        var names: [String] = []
        repeat names.append((each fields).descriptor.name)
        watched = names
        dueMoment = due
        payload = data
        pendingPart = part
    }

    /// When the document's timer is due.
    public func due(_ document: RawDocument) -> DateTime? { dueMoment(document) }

    /// The event's data.
    public func data(_ document: RawDocument) -> Document { payload(document) }

    /// The sub-document that is due, where the timer tells them apart.
    public func part(_ document: RawDocument) -> ObjectID? { pendingPart(document) }
}

extension RawDocument {
    /// A declared field; `nil` where missing, null or of another type.
    @inlinable public subscript<Wrapped>(_ field: Field<Wrapped>) -> Wrapped? {
        self[field.path].flatMap { Wrapped.read($0) }
    }
}

/// A tree of sorted keys that the engine keeps for a collection: of a declared index, or of a timer.
public enum KeyTree: Sendable {
    case index(Index)
    case timer(Timer)

    public var name: String {
        switch self {
        case .index(let index): index.name
        case .timer(let timer): "due \(timer.event)"
        }
    }

    /// Gives every key of `document`, each once. A timer's key is its due moment: 8 bytes that sort as moments do.
    public func forEachKey<E>(
        of document: RawDocument, scratch: inout [UInt8], _ body: (UnsafeRawBufferPointer) throws(E) -> Void
    ) throws(E) {
        switch self {
        case .index(let index): try index.pattern.forEachKey(of: document, scratch: &scratch, body)
        case .timer(let timer):
            guard let due = timer.due(document) else { return }
            scratch.removeAll(keepingCapacity: true)
            DueKey.append(due, to: &scratch)
            try scratch.withUnsafeBufferPointer { (key: UnsafeBufferPointer<UInt8>) throws(E) in
                try body(UnsafeRawBufferPointer(key))
            }
        }
    }
}

/// The key of a due moment: milliseconds since 1970, big endian, its sign turned around.
enum DueKey {
    static func append(_ due: DateTime, to key: inout [UInt8]) {
        let biased = UInt64(bitPattern: due.milliseconds) ^ (1 << 63)
        withUnsafeBytes(of: biased.bigEndian) { key.append(contentsOf: $0) }
    }
}
