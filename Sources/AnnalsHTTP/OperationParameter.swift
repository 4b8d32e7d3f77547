internal import BSON

/// What a name in a URL, or a header, means wherever it stands.
enum OperationParameter {
    private static let position: Document = ["type": "integer", "minimum": 0]
    private static let time: Document = ["type": "string", "format": "date-time"]
    private static let text: Document = ["type": "string"]

    private static func words(_ words: [String]) -> Document {
        ["type": "string", "enum": .array(words.map { .string($0) })]
    }

    private static let known: [String: (summary: String, schema: Document)] = [
        "subject": ("Only this stream.", text),
        "type": ("Only this type, or all that begin so: user.*", ["type": "array", "items": ["type": "string"]]),
        "entity": ("Only what touched this document: COLLECTION/ID.", text),
        "from": ("Recorded at this time or later.", time),
        "to": ("Recorded before this time.", time),
        "after": ("Only after this position.", position),
        "before": ("Only before this position.", position),
        "collection": ("Only of this view.", text),
        "duplicates": (
            "Whether documents that share a key of a unique index are told too; reads those indexes whole.",
            words(["true", "false"])
        ),
        "most": ("How many are told one by one.", ["type": "integer", "minimum": 1, "maximum": 10_000]),
        "limit": ("The most events.", ["type": "integer", "minimum": 1]),
        "direction": ("Oldest or newest first.", words(["forward", "backward"])),
        "format": ("How BSON's types are written.", words(DocumentFormat.allCases.map(\.rawValue))),
        "asOf": ("A position, or an RFC 3339 time: as it was then, by the projectors of today.", text),
        "by": ("Whose time asOf is.", words(PastQuestion.Basis.allCases.map(\.rawValue))),
        "history": ("Timers fire by the events' own time.", words(["true", "false"])),
        "onRefusal": ("Whether a refused event is kept aside.", words(["refuse", "park"])),
        "Idempotency-Key": ("The id of an event that has none.", text),
        "If-Match": ("The version that the stream must have.", text),
        "If-None-Match": ("*: the stream must be new.", text),
        "Annals-Condition": ("What may not have happened since.", text),
        "traceparent": ("W3C Trace Context, recorded with the event.", text),
        "Last-Event-ID": ("Where a stream goes on.", position),
        "position": ("The event.", position),
        "fromPosition": ("The first; 1 unless given.", ["type": "integer", "minimum": 1]),
        "toPosition": ("The last; the newest unless given.", position),
        "size": ("How many events the tree has; those of the newest checkpoint unless given.", position),
        "since": ("How many events the log had.", position),
        "withholdData": ("The digest of the event's data in its place.", words(["true", "false"])),
        "principal": ("Only this caller's.", text),
        "name": ("The collection's, or the consumer's.", text),
        "id": ("The document's, or the parked event's.", text),
    ]

    static func described(_ name: String, in place: String) -> Document {
        let (summary, schema) = known[name] ?? ("", text)
        var document: Document = ["name": .string(name), "in": .string(place), "required": .bool(place == "path")]
        if !summary.isEmpty { document.append("description", .string(summary)) }
        document.append("schema", .document(schema))
        return document
    }
}
