internal import Annals
internal import BSON

/// What the members of a question's body are, and which question has which.
enum QuestionMember {
    static let find =
        [
            "filter", "sort", "skip", "limit", "projection", "hint", "cursor", "consistent", "afterPosition",
        ] + asked + past
    static let aggregate = ["pipeline", "hint", "afterPosition"] + asked + past
    static let count = ["filter", "skip", "limit", "hint", "afterPosition"] + asked + past
    static let distinct = ["field", "filter", "hint", "afterPosition"] + asked + past
    private static let asked = ["maxTimeMS", "comment"]
    private static let past = ["asOf", "by"]
    static let explain = explainedFind + ["pipeline"]
    static let explainedFind = ["filter", "sort", "skip", "limit", "projection"] + explainedPipeline.dropFirst()
    static let explainedPipeline = ["pipeline", "hint"] + asked

    static let rebuild = ["collections", "purpose"]
    static let hold = ["of"]
    static let retryAnomalies = ["collections"]
    static let skipAnomaly = ["collection", "document", "position"]

    private static let object: Document = ["type": "object"]
    private static let wholeNumber: Document = ["type": "integer", "minimum": 0]

    private static let known: [String: (summary: String, schema: Document)] = [
        "filter": ("Which documents, as MongoDB writes it, in JSON or Extended JSON.", object),
        "sort": ("In which order: 1 or -1 for each field.", object),
        "skip": ("How many are left out first.", wholeNumber),
        "limit": ("The most documents of a page, or of those counted.", wholeNumber),
        "projection": ("Which fields.", object),
        "hint": ("The name of an index, its key, or {\"$natural\": 1}.", ["type": ["string", "object"]]),
        "cursor": (
            "Where the page before ended: what its answer gave, with the same filter, sort, skip, projection, hint and "
                + "consistent.", ["type": "string"]
        ),
        "consistent": ("Whether all pages must be of the first one's position.", ["type": "boolean"]),
        "maxTimeMS": (
            "The most milliseconds that answering may take, never more than the server lets it; 0 is what the server lets it.",
            ["type": "integer", "minimum": 0, "maximum": .int32(.max)]
        ),
        "comment": ("What the question is for: an attribute of its span.", ["type": "string", "maxLength": 1_000]),
        "afterPosition": ("Waits until the views hold this position.", wholeNumber),
        "asOf": (
            "A position, or an RFC 3339 time: the collections as they were once that event was applied, or the last one "
                + "recorded by then, by the projectors of today. 503 (folding) while they are being folded.",
            ["type": ["integer", "string"]]
        ),
        "by": (
            "Whose time asOf is: recorded-time, or event-time, the last position such that no event up to it says that it "
                + "is of later.", ["type": "string", "enum": ["recorded-time", "event-time"]]
        ),
        "pipeline": ("Stages, as MongoDB writes them.", ["type": "array", "items": .document(object)]),
        "purpose": (
            "Whether it serves once it is there, only where its documents equal those that serve, or after a review.",
            ["type": "string", "enum": .array(RebuildStatus.purposes.map { .string($0.name) })]
        ),
        "of": (
            "Of what.",
            ["type": "string", "enum": .array(SnapshotHolds.Subject.allCases.map { .string($0.rawValue) })]
        ),
        "directory": (
            "Where the backup is made or gone on with: from the root for who uses the store's own door, a name below the "
                + "server's directory of backups for others.", ["type": "string", "minLength": 1]
        ),
        "withoutMasterKey": ("Whether keys/master stays where it is.", ["type": "boolean"]),
        "withSigningKey": ("Whether the key that signs checkpoints goes along.", ["type": "boolean"]),
        "withViews": ("Whether the views go along, with what is personal in clear.", ["type": "boolean"]),
        "from": ("A position, or an RFC 3339 time.", ["type": ["integer", "string"]]),
        "to": ("Another.", ["type": ["integer", "string"]]),
        "collections": ("Names; all collections where none is named.", ["type": "array", "items": ["type": "string"]]),
        "collection": ("Of which view.", ["type": "string", "minLength": 1]),
        "document": ("Of the document that is held, in hex.", ["type": "string"]),
        "position": ("Of the event that could not be applied; needed where no document is held.", wholeNumber),
        "without": ("The position of the event that is left out.", wholeNumber),
        "replace": ("The position of the event that brings other data.", wholeNumber),
        "event": ("What it is replaced by: a CloudEvent of its type, of which data alone counts.", object),
        "field": ("Whose values: a dotted path.", ["type": "string", "minLength": 1]),
    ]

    /// Without which there is no question.
    private static let required = ["field", "directory", "from", "to", "collection"]

    /// The schema of a question with these members.
    static func schema(_ members: [String]) -> Document {
        var schema: Document = [
            "type": "object",
            "properties": .document(Document(members.map { ($0, .document(described($0))) })),
            "additionalProperties": false,
        ]
        let needed = members == aggregate ? ["pipeline"] : members.filter { required.contains($0) }
        if !needed.isEmpty { schema.append("required", .array(needed.map { .string($0) })) }
        return schema
    }

    private static func described(_ name: String) -> Document {
        let (summary, schema) = known[name] ?? ("", object)
        return Document(schema.pairs.map { ($0.name, $0.value) } + [("description", .string(summary))])
    }
}
