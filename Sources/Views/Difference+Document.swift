public import BSON

extension Difference {
    /// As JSON.
    public var document: Document {
        [
            "kind": .string(kind.rawValue), "collection": .string(collection), "key": .string(key),
            "field": field.map { .string($0) } ?? .null, "live": live.map { .string($0) } ?? .null,
            "replayed": replayed.map { .string($0) } ?? .null,
        ]
    }
}
