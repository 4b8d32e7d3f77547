internal import BSON

/// JSON Schemas of what is sent and answered as JSON, by the operation's name.
enum BodySchemas {
    private static let text: Document = ["type": "string"]
    private static let flag: Document = ["type": "boolean"]
    private static let whole: Document = ["type": "integer", "minimum": 0]
    private static let anyObject: Document = ["type": "object"]
    private static let textOrNull: Document = ["type": ["string", "null"]]

    /// An object with these members; those of `optional` may be missing. More may come with time.
    private static func object(_ members: [(String, Document)], optional: [(String, Document)] = []) -> Document {
        [
            "type": "object", "required": .array(members.map { .string($0.0) }),
            "properties": .document(Document((members + optional).map { ($0.0, .document($0.1)) })),
        ]
    }

    private static func list(_ element: Document) -> Document { ["type": "array", "items": .document(element)] }

    // MARK: Answers

    private static let receipt = object(
        [("position", whole), ("streamVersion", whole), ("duplicate", flag)], optional: [("document", text)])
    private static let event = object(
        [
            ("specversion", text), ("id", text), ("source", text), ("type", text), ("subject", text), ("time", text),
            ("position", wholeOrTyped), ("recordedtime", text), ("streamversion", wholeOrTyped),
            ("schemaversion", wholeOrTyped), ("data", anyObject),
        ], optional: [("principal", text), ("actor", text), ("correlationid", text), ("causationid", text)])
    private static let eventPage = object([
        ("events", list(event)), ("next", whole), ("complete", flag), ("position", whole),
    ])
    private static let consumer = object(
        [("name", text), ("acknowledged", whole), ("behind", whole), ("createdAt", text), ("filter", anyObject)],
        optional: [("acknowledgedAt", text)])
    private static let parked = object([
        ("id", text), ("parkedAt", text), ("principal", text), ("event", anyObject),
        ("reasons", list(object([("field", text), ("rule", text), ("value", textOrNull), ("message", text)]))),
    ])
    private static let anomalies = object(
        [
            (
                "anomalies",
                list(
                    object([
                        ("collection", text), ("document", textOrNull), ("position", whole), ("type", text),
                        ("reason", text), ("held", whole), ("firstHeld", list(whole)),
                    ]))
            ), ("count", whole), ("held", whole),
        ],
        optional: [
            (
                "duplicates",
                list(object([("collection", text), ("index", text), ("count", whole), ("documents", list(text))]))
            )
        ])
    private static let rebuilds = object([
        (
            "rebuilds",
            list(
                object([
                    ("collection", text), ("purpose", textOrNull), ("state", text), ("position", whole),
                    ("through", whole), ("differences", list(anyObject)), ("reason", textOrNull),
                ]))
        )
    ])
    private static let described = object([
        ("name", text), ("number", whole), ("documents", whole), ("summary", text), ("fields", list(anyObject)),
        ("indexes", list(object([("name", text), ("key", anyObject), ("unique", flag), ("sparse", flag)]))),
        ("events", list(text)),
    ])

    private static let backup = object(
        [("state", ["enum": ["none", "running", "done", "failed"]])],
        optional: [
            ("backup", text), ("position", whole), ("through", whole), ("report", anyObject), ("problem", anyObject),
        ])

    /// `notLiveThen`: collections whose projectors of today were not live at that position.
    private static let asOf = object(
        [("position", whole)],
        optional: [("notLiveThen", list(object([("collection", text), ("liveSince", whole)])))])

    /// In canonical form a number is an object that names its type.
    private static let wholeOrTyped: Document = ["type": ["integer", "object"]]
    private static let difference = object([
        ("collection", text), ("added", whole), ("changed", whole), ("removed", whole), ("documents", list(anyObject)),
    ])

    private static let answers: [String: Document] = [
        "appendEvents": ["anyOf": [.document(receipt), .document(object([("receipts", list(receipt))]))]],
        "readEvents": eventPage,
        "listEventTypes": object([
            ("types", list(object([("type", text), ("schemaversion", whole), ("summary", text), ("schema", text)])))
        ]),
        "eventSchema": anyObject,
        "listConsumers": object([("consumers", list(anyObject))]),
        "consumer": consumer, "acknowledge": consumer, "consume": eventPage,
        "listCollections": object([
            (
                "collections",
                list(
                    object([
                        ("name", text), ("number", whole), ("documents", whole), ("summary", text),
                        ("anomalies", whole),
                    ]))
            )
        ]),
        "changes": object([
            (
                "changes",
                list(
                    object([
                        // In canonical form a number is an object that names its type.
                        ("position", ["type": ["integer", "object"]]), ("type", text), ("time", text),
                        ("recordedtime", text), ("documents", list(anyObject)),
                    ]))
            ), ("next", whole), ("complete", flag), ("position", whole),
        ]),
        "collection": described, "document": anyObject,
        "find": object(
            [("documents", list(anyObject)), ("more", flag), ("position", whole)],
            optional: [("cursor", textOrNull), ("asOf", asOf)]),
        "aggregate": object([("documents", list(anyObject)), ("position", whole)], optional: [("asOf", asOf)]),
        "count": object([("count", whole), ("position", whole)], optional: [("asOf", asOf)]),
        "distinct": object([("values", ["type": "array"]), ("position", whole)], optional: [("asOf", asOf)]),
        "explain": anyObject,
        "listAnomalies": anomalies, "skipAnomaly": receipt, "retryAnomalies": object([("collections", list(text))]),
        "listRebuilds": rebuilds, "rebuild": rebuilds, "serveRebuild": rebuilds, "discardRebuild": rebuilds,
        "rollbackRebuild": rebuilds,
        "history": object([("versions", list(anyObject)), ("complete", flag), ("position", wholeOrTyped)]),
        "diff": object([("from", whole), ("to", whole), ("collections", list(difference))]),
        "whatIf": object([
            ("event", anyObject), ("supposed", text), ("position", whole), ("guards", text),
            ("collections", list(difference)),
            ("passedOver", object([("count", whole), ("events", list(anyObject))])),
        ]),
        "listParked": object([("events", list(parked)), ("damaged", list(text))]), "parked": parked,
        "retryParked": receipt,
        "makeBackup": backup, "backup": backup,
        "liveness": object([("status", text)]),
        "readiness": object([("status", text), ("position", whole), ("anomalies", whole), ("eventsHeld", whole)]),
        "proveEvent": object(
            [
                ("format", text), ("size", whole), ("hashes", list(text)), ("head", text), ("checkpoint", text),
                ("key", text),
            ], optional: [("data", text), ("dataDigest", text)]),
        "proveExtension": object([
            ("format", text), ("from", whole), ("hashes", list(text)), ("checkpoint", text), ("key", text),
        ]),
        "openAPI": object([("openapi", text), ("info", anyObject), ("paths", anyObject)]),
    ]

    /// What an operation answers with a status.
    static func answer(_ operation: String, _ status: Int) -> Document {
        if status == 202, operation == "appendEvents" { return object([("status", whole), ("parked", text)]) }
        return answers[operation] ?? [:]
    }

    // MARK: Questions

    private static let sent = object(
        [
            ("specversion", ["const": "1.0"]),
            ("source", ["type": "string", "format": "uri-reference", "minLength": 1]), ("type", text),
        ],
        optional: [
            ("id", text), ("subject", text), ("time", ["type": "string", "format": "date-time"]), ("data", anyObject),
            ("expectedversion", whole), ("actor", text), ("correlationid", text), ("causationid", text),
            ("corrects", whole), ("traceparent", text), ("datacontenttype", text),
        ])
    /// What an operation is sent in a media type; questions about collections are `QuestionMember`'s.
    static func question(_ operation: String, _ type: String) -> Document {
        if operation == "acknowledge" { return object([("position", whole)]) }
        guard operation == "appendEvents" else { return [:] }
        switch type {
        case "application/cloudevents+json": return sent
        case "application/cloudevents-batch+json": return list(sent)
        default: return ["anyOf": [.document(sent), .document(list(sent))]]
        }
    }
}
