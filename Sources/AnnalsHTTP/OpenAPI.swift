internal import BSON
internal import HTTPTypes

/// The door's description after OpenAPI 3.1, made of its operations.
struct OpenAPI {
    let operations: [Operation]
    /// The names that stand for `{name}` below collections, and for `{type}`.
    let collections: [String]
    let types: [String]

    var document: Document {
        var paths: [(String, Value)] = []
        for path in Set(operations.map(\.path)).sorted() {
            let here = operations.filter { $0.path == path }
            paths.append(
                (path, .document(Document(here.map { ($0.method.rawValue.lowercased(), .document(described($0))) }))))
        }
        return [
            "openapi": "3.1.0",
            "info": [
                "title": "Annals", "version": "1",
                "description": .string(
                    "Append events, read and follow the log, ask the views. Errors are RFC 9457 problems. "
                        + "HEAD answers what GET does without its body; 405 names the methods that a path has."),
            ],
            "paths": .document(Document(paths)),
            "components": [
                "securitySchemes": [
                    "key": ["type": "http", "scheme": "bearer"], "checkKey": ["type": "http", "scheme": "bearer"],
                ],
                "schemas": ["Problem": .document(Self.problem)],
                "responses": [
                    "Problem": [
                        "description": "Why not, and how to mend it.",
                        "content": [
                            "application/problem+json": ["schema": ["$ref": "#/components/schemas/Problem"]]
                        ],
                    ]
                ],
            ],
        ]
    }

    private func described(_ operation: Operation) -> Document {
        var document: Document = ["operationId": .string(operation.name), "summary": .string(operation.summary)]
        if let scope = operation.scope {
            document.append("description", .string("Where the store has keys, takes one with the scope \(scope)."))
            document.append("security", [["key": []]])
        }
        if operation.takesCheckKey {
            document.append("description", "Takes the check key that the server was started with.")
            document.append("security", [["checkKey": []]])
        }
        let parameters =
            operation.pathParameters.map { named($0, operation.path) }
            + operation.parameters.sorted().map { OperationParameter.described($0, in: "query") }
            + operation.headers.map { OperationParameter.described($0, in: "header") }
        if !parameters.isEmpty { document.append("parameters", .array(parameters.map { .document($0) })) }
        if !operation.body.isEmpty {
            let bodies = content(operation.body) { type in
                operation.question
                    ?? (operation.members.isEmpty
                        ? BodySchemas.question(operation.name, type) : QuestionMember.schema(operation.members))
            }
            document.append("requestBody", ["required": true, "content": .document(bodies)])
        }
        var answers: [(String, Value)] = operation.answers.map { answer in
            var described: Document = ["description": "Done."]
            if !answer.types.isEmpty {
                let schema = operation.answer ?? BodySchemas.answer(operation.name, answer.status)
                described.append("content", .document(content(answer.types) { _ in schema }))
            }
            return (String(answer.status), .document(described))
        }
        let every = [400, 431, 500, 503, 505] + (operation.scope == nil ? [] : [401, 403, 421, 429])
        for status in Set(every + operation.problems).union(operation.body.isEmpty ? [] : [408]).sorted() {
            answers.append((String(status), ["$ref": "#/components/responses/Problem"]))
        }
        document.append("responses", .document(Document(answers)))
        return document
    }

    /// A name in the path: one of those there are, where they are known.
    private func named(_ name: String, _ path: String) -> Document {
        let parameter = OperationParameter.described(name, in: "path")
        let words = name == "type" ? types : path.hasPrefix("/v1/collections/") && name == "name" ? collections : []
        guard !words.isEmpty else { return parameter }
        let schema: Document = ["type": "string", "enum": .array(words.map { .string($0) })]
        return parameter.setting("schema", to: .document(schema))
    }

    private func content(_ types: [String], _ schema: (String) -> Document) -> Document {
        Document(
            types.map { type in
                let isJSON = type.contains("json") && !type.contains("ndjson")
                return (type, ["schema": .document(isJSON ? schema(type) : ["type": "string"])])
            })
    }

    private static let problem: Document = [
        "type": "object", "required": ["type", "title", "status", "detail"],
        "properties": [
            "type": ["type": "string"], "title": ["type": "string"], "status": ["type": "integer"],
            "detail": ["type": "string"],
            "errors": [
                "type": "array",
                "items": [
                    "type": "object",
                    "properties": [
                        "index": ["type": "integer"], "type": ["type": "string"], "field": ["type": "string"],
                        "rule": ["type": "string"], "value": ["type": ["string", "null"]],
                        "message": ["type": "string"],
                    ],
                ],
            ],
        ],
    ]
}
