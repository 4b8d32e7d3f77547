public import BSON
public import Views

extension ViewAnomaly {
    /// As JSON.
    public var described: Document {
        [
            "collection": .string(collection), "document": document.map { .string("\($0)") } ?? .null,
            "position": .int64(Int64(clamping: position)), "type": .string(eventType), "reason": .string(reason),
            "held": .int64(Int64(heldCount)),
            "firstHeld": .array(held.map { .int64(Int64(clamping: $0)) }),
        ]
    }
}

extension DuplicateKey {
    /// As JSON.
    public var described: Document {
        [
            "collection": .string(collection), "index": .string(index), "count": .int64(Int64(count)),
            "documents": .array(documents.map { .string("\($0)") }),
        ]
    }
}
