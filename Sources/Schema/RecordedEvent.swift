public import BSON
import Crypto

/// An accepted event as projectors see it. Its bytes are valid while the fold that hands it out runs.
public struct RecordedEvent {
    public let type: EventName
    /// Global, gapless, from 1.
    public let position: UInt64
    /// When it happened, by the caller's word: documents, days and weeks use it.
    public let time: DateTime
    public let data: RawDocument
    /// What the guard looked up; prior values stand under `was`.
    public let resolved: RawDocument
    public let source: UnsafeRawBufferPointer
    public let id: UnsafeRawBufferPointer

    public init(
        type: EventName, position: UInt64, time: DateTime, data: RawDocument, resolved: RawDocument,
        source: UnsafeRawBufferPointer, id: UnsafeRawBufferPointer
    ) {
        self.type = type
        self.position = position
        self.time = time
        self.data = data
        self.resolved = resolved
        self.source = source
        self.id = id
    }

    /// A field of the payload; `nil` where missing, null or of another type.
    @inlinable public subscript<Wrapped>(_ field: Field<Wrapped>) -> Wrapped? {
        data[field.path].flatMap { Wrapped.read($0) }
    }

    /// A field that the guard resolved.
    @inlinable public func resolved<Wrapped>(_ field: Field<Wrapped>) -> Wrapped? {
        resolved[field.path].flatMap { Wrapped.read($0) }
    }

    /// The id of a sub-document that this event brings: the same in every replay.
    public func derivedID(_ path: StaticString) -> ObjectID {
        let path = UnsafeRawBufferPointer(start: path.utf8Start, count: path.utf8CodeUnitCount)
        var parts = HashedParts(reserving: source.count + id.count + path.count + 2)
        parts.add(source)
        parts.addZero()
        parts.add(id)
        parts.addZero()
        parts.add(path)
        return parts.objectID
    }
}

extension ObjectID {
    /// The id of a document that comes to be on the side: 12 bytes of SHA-256 over collection and natural key.
    public static func natural(_ collection: String, _ key: ObjectID) -> ObjectID {
        var parts = HashedParts(reserving: 64)
        parts.add(collection)
        parts.addZero()
        key.withUnsafeBytes { parts.add($0) }
        return parts.objectID
    }

    /// As above, for a natural key of one or several texts.
    public static func natural(_ collection: String, _ key: String...) -> ObjectID {
        var parts = HashedParts(reserving: 96)
        parts.add(collection)
        for part in key {
            parts.addZero()
            parts.add(part)
        }
        return parts.objectID
    }
}
