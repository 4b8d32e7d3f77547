internal import BSON
internal import HTTPTypes
internal import Schema

/// All that the door answers.
enum Operations {
    private static let json = "application/json"
    private static let documents = ["application/json", "application/x-ndjson", "text/csv"]

    static func all(_ checks: [SecretChecks]) -> [Operation] {
        events + log + reads + consumers + collections + replays + parked + anomalies + rebuilds + holds + backups
            + operations
            + checks.flatMap(secrets)
    }

    private static let events = [
        Operation(
            .post, "/v1/events", "appendEvents",
            "Append one CloudEvent (structured or binary), a batch (all or nothing), or NDJSON (each line a request).",
            scope: "append:TYPE", parameters: ["history", "onRefusal"],
            headers: ["Idempotency-Key", "If-Match", "If-None-Match", "Annals-Condition", "traceparent"],
            body: [
                "application/cloudevents+json", "application/cloudevents-batch+json", json, "application/x-ndjson",
            ], answers: [(201, [json]), (200, [json, "application/x-ndjson"]), (202, [json])],
            problems: [409, 412, 413, 415, 422, 507]),
        Operation(
            .get, "/v1/events", "readEvents", "Events as a page, as lines, or as a stream that goes on.",
            scope: "audit", reads: true, parameters: EventSelection.filters.union(EventSelection.pageOnly),
            headers: ["Last-Event-ID"],
            answers: [(200, [json, "application/x-ndjson", "text/event-stream"])], problems: [406]),
        Operation(.get, "/v1/schemas", "listEventTypes", "The event types there are.", scope: "any"),
        Operation(
            .get, "/v1/schemas/{type}", "eventSchema", "JSON Schema of an event's data.", scope: "any",
            answers: [(200, ["application/schema+json"])], problems: [404]),
    ]

    private static let plain = "text/plain; charset=utf-8"

    private static let log = [
        Operation(
            .get, "/v1/log/checkpoint", "checkpoint",
            "A signed note of how far the log is, and the root over it (C2SP tlog-checkpoint).", scope: "audit",
            answers: [(200, [plain])], problems: [404]),
        Operation(
            .get, "/v1/log/key", "logKey", "The key that checkpoints are checked with.", scope: "audit",
            answers: [(200, [plain])]),
        Operation(
            .get, "/v1/log/export", "exportLog",
            "Records as they lie in the log, from a position on: as many as fit an answer, whose header Annals-Position names "
                + "the last. `annals import --verbatim` makes a log of them.", scope: "admin", reads: true,
            parameters: ["fromPosition", "toPosition"], answers: [(200, ["application/x-ndjson"])],
            problems: [400, 404]),
        Operation(
            .get, "/v1/log/proof/inclusion", "proveEvent", "That an event is in the log; checked without the server.",
            scope: "audit", reads: true, parameters: ["position", "size", "withholdData"], problems: [400, 404]),
        Operation(
            .get, "/v1/log/proof/consistency", "proveExtension",
            "That the log holds all that it held when it had so many events.", scope: "audit",
            parameters: ["since", "size"], problems: [400, 404]),
        Operation(
            .get, "/v1/roots", "roots",
            "How far the views are, the log's root and a root for each view: servers with one log answer the same.",
            scope: "audit"),
    ]

    private static let reads = [
        Operation(
            .get, "/v1/reads", "listReads",
            "The audit trail of reads, oldest first: who asked what shape of question, and how much it was answered.",
            scope: "audit", reads: true, parameters: ["after", "limit", "principal"], problems: [404]),
        Operation(
            .get, "/v1/reads/checkpoint", "readsCheckpoint",
            "A signed note of how far the audit trail of reads is, and the root over it.", scope: "audit",
            answers: [(200, [plain])], problems: [404]),
        Operation(
            .get, "/v1/reads/key", "readsKey", "The key that checkpoints of the audit trail are checked with.",
            scope: "audit", answers: [(200, [plain])], problems: [404]),
        Operation(
            .get, "/v1/reads/proof/consistency", "proveReadsExtension",
            "That the audit trail of reads holds all that it held when it had so many entries.", scope: "audit",
            parameters: ["since"], problems: [400, 404]),
    ]

    private static let consumers = [
        Operation(
            .get, "/v1/consumers", "listConsumers", "The named consumers and their places.", scope: "audit", reads: true
        ),
        Operation(
            .get, "/v1/consumers/{name}", "consumer", "One consumer.", scope: "audit", reads: true, problems: [404]),
        Operation(
            .get, "/v1/consumers/{name}/events", "consume",
            "Events after what the consumer has acknowledged. Makes it, with the filters given, where there is none.",
            scope: "audit", reads: true, parameters: EventSelection.filters,
            answers: [(200, [json, "text/event-stream"])],
            problems: [406, 409, 507]),
        Operation(
            .post, "/v1/consumers/{name}/ack", "acknowledge", "Everything up to a position is done.", scope: "audit",
            body: [json], problems: [404, 413, 415, 422, 507]),
        Operation(
            .delete, "/v1/consumers/{name}", "deleteConsumer", "Forget a consumer's place.", scope: "audit",
            answers: [(204, [])], problems: [404]),
    ]

    private static let collections = [
        Operation(
            .get, "/v1/collections", "listCollections", "The collections that the key may read.", scope: "read:NAME",
            reads: true),
        Operation(
            .get, "/v1/collections/{name}", "collection", "A collection's fields, indexes and events.",
            scope: "read:NAME", reads: true,
            problems: [404]),
        Operation(
            .get, "/v1/collections/{name}/{id}", "document", "A document, without its secrets.", scope: "read:NAME",
            reads: true,
            parameters: PastQuestion.parameters.union(["format"]), problems: [404, 422]),
        Operation(
            .get, "/v1/collections/{name}/changes", "changes",
            "What events made of the collection's documents, before and after: a page, or a stream that goes on.",
            scope: "read:NAME", reads: true, parameters: ChangeRoutes.parameters, headers: ["Last-Event-ID"],
            answers: [(200, [json, "text/event-stream"])], problems: [404, 406]),
        question(
            "find",
            "Documents that a filter admits: a page (limit, 100 by default), whose cursor, sent with the same question, "
                + "gives the next in any order; as lines or a table without a limit, all of them. With consistent, all "
                + "pages are of the first one's position; 410 where the collection has changed since.",
            answers: documents, members: QuestionMember.find, problems: [410]),
        question(
            "aggregate", "A pipeline over a collection, and over others that the key may read.", answers: documents,
            members: QuestionMember.aggregate),
        question(
            "count", "How many documents a filter admits.", answers: [json], takesFormat: false,
            members: QuestionMember.count),
        question(
            "distinct", "The values of a field, each once; those of an array one by one.", answers: [json],
            takesFormat: false, members: QuestionMember.distinct),
        question(
            "explain", "How a find or an aggregation would be run.", answers: [json], takesFormat: false,
            members: QuestionMember.explain),
    ]

    private static let replays = [
        Operation(
            .get, "/v1/collections/{name}/{id}/history", "history",
            "What each event made of a document, oldest first, without its secrets.", scope: "read:NAME", reads: true,
            parameters: ReplayRoutes.historyParameters, problems: [400, 404, 422]),
        Operation(
            .post, "/v1/replay/diff", "diff",
            "In which documents collections differ between two positions or moments: the first of each collection, and how "
                + "many in all. Those that the key may read, unless some are named.", scope: "any", reads: true,
            body: [json],
            members: ReplayRoutes.diffMembers, problems: [400, 404, 413, 415, 422]),
        Operation(
            .post, "/v1/replay/what-if", "whatIf",
            "What documents would be without an event, or had it brought other data: of the collections that follow it and that "
                + "the key may read. Guards are not asked again. 503 (folding) while it is being folded: ask again, with the "
                + "position that it names as asOf.", scope: "audit", reads: true, body: [json],
            members: ReplayRoutes.whatIfMembers, problems: [400, 404, 413, 415, 422]),
    ]

    private static func question(
        _ name: String, _ summary: String, answers: [String], takesFormat: Bool = true, members: [String],
        problems: [Int] = []
    ) -> Operation {
        Operation(
            .post, "/v1/collections/{name}/\(name)", name, summary, scope: "read:NAME", reads: true,
            parameters: takesFormat ? ["format"] : [], body: [json], members: members, answers: [(200, answers)],
            problems: [404, 406, 413, 415, 422] + problems)
    }

    private static let parked = [
        Operation(
            .get, "/v1/parked", "listParked", "Refused events that were kept aside.", scope: "admin", reads: true),
        Operation(.get, "/v1/parked/{id}", "parked", "One of them.", scope: "admin", reads: true, problems: [404]),
        Operation(
            .post, "/v1/parked/{id}/retry", "retryParked", "Append it now.", scope: "admin",
            answers: [(201, [json]), (200, [json])], problems: [404, 409, 422, 507]),
        Operation(
            .delete, "/v1/parked/{id}", "discardParked", "Forget it for good.", scope: "admin", answers: [(204, [])],
            problems: [404]),
    ]

    private static let anomalies = [
        Operation(
            .get, "/v1/anomalies", "listAnomalies",
            "Events that views could not apply, and how many later ones of their documents are held.", scope: "admin",
            reads: true, parameters: AnomalyRoutes.parameters, problems: [404]),
        Operation(
            .post, "/v1/anomalies/skip", "skipAnomaly",
            "Leave the event out of its view, and apply what was held because of it, in its order.", scope: "admin",
            body: [json], members: QuestionMember.skipAnomaly, answers: [(201, [json])],
            problems: [404, 413, 415, 422, 507]),
        Operation(
            .post, "/v1/anomalies/retry", "retryAnomalies",
            "Fold the views anew that have anomalies, while the old ones serve: for a program that was mended.",
            scope: "admin", body: [json], members: QuestionMember.retryAnomalies, answers: [(202, [json])],
            problems: [404, 409, 413, 415]),
    ]

    private static let rebuilds =
        [
            Operation(
                .get, "/v1/rebuilds", "listRebuilds",
                "Views that were folded anew since the server started, and how far.",
                scope: "admin"),
            Operation(
                .post, "/v1/rebuilds", "rebuild", "Fold views anew while the old ones serve.", scope: "admin",
                body: [json], members: QuestionMember.rebuild, answers: [(202, [json])], problems: [404, 409, 413, 415]),
        ]
        + [
            ("serve", "Let a view serve that was built to be reviewed."),
            ("discard", "Throw away what was built to be reviewed, or what served before."),
            ("rollback", "Let the view serve again that served before, brought up to date."),
        ].map { step, summary in
            Operation(
                .post, "/v1/rebuilds/{name}/\(step)", "\(step)Rebuild", summary, scope: "admin",
                answers: [(202, [json])], problems: [404, 409])
        }

    private static let holds = [
        Operation(
            .post, "/v1/holds", "holdSnapshot",
            "Hold a snapshot, so that a process beside the server can read its files: `annals replay verify`. It ends by itself "
                + "where it is not renewed.", scope: "admin", body: [json], members: QuestionMember.hold,
            answers: [(201, [json])], problems: [413, 415]),
        Operation(
            .post, "/v1/holds/{id}/renew", "renewHold", "Hold it for as long again.", scope: "admin",
            answers: [(204, [])], problems: [404]),
        Operation(
            .delete, "/v1/holds/{id}", "releaseHold", "Let it go.", scope: "admin", answers: [(204, [])],
            problems: [404]),
    ]

    private static let backups = [
        Operation(
            .post, "/v1/backup", "makeBackup",
            "Begin a backup on the server's machine: in any directory for who uses the store's own door, below the server's "
                + "for others.", scope: "admin", body: [json], members: BackupRoutes.members,
            answers: [(202, [json])], problems: [400, 409, 413, 415, 422]),
        Operation(
            .get, "/v1/backup", "backup", "How the backup is that is being made, or was made last.", scope: "admin"),
    ]

    private static let operations = [
        Operation(
            .get, "/metrics", "metrics", "Metrics for Prometheus.", scope: "metrics",
            answers: [(200, ["text/plain; version=0.0.4; charset=utf-8"])]),
        Operation(.get, "/livez", "liveness", "The process is alive."),
        Operation(.get, "/readyz", "readiness", "The store takes events."),
        Operation(.get, "/openapi.json", "openAPI", "This description."),
    ]

    private static func secrets(_ checks: SecretChecks) -> [Operation] {
        [
            secret(
                checks.collection, "/v1/\(checks.collection)/check", "\(checks.collection)Check",
                "Whether a secret fits.",
                BodySchemas.check(checks), BodySchemas.fits, problems: [409])
        ]
            + checks.lookups.map { lookup in
                secret(
                    checks.collection, "/v1/\(checks.collection)/\(lookup.name)", "\(checks.collection)-\(lookup.name)",
                    "Whose a token is.", BodySchemas.token, BodySchemas.found(checks))
            }
    }

    private static func secret(
        _ collection: String, _ path: String, _ name: String, _ summary: String, _ question: Document,
        _ answer: Document,
        problems: [Int] = []
    ) -> Operation {
        var operation = Operation(
            .post, path, name, summary, reads: true, body: [json], problems: [401, 404, 413, 422, 429] + problems)
        operation.question = question
        operation.answer = answer
        operation.takesCheckKey = true
        operation.collection = collection
        return operation
    }
}
