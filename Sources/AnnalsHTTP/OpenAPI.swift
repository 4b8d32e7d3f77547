internal import BSON
internal import HTTPTypes

/// The door's description after OpenAPI 3.1, made of its operations.
struct OpenAPI {
    let operations: [Operation]

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
                "description": "Append events, read and follow the log, ask the views. Errors are RFC 9457 problems.",
            ],
            "paths": .document(Document(paths)),
            "components": [
                "securitySchemes": ["key": ["type": "http", "scheme": "bearer"]],
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
        let parameters =
            operation.pathParameters.map { OperationParameter.described($0, in: "path") }
            + operation.parameters.sorted().map { OperationParameter.described($0, in: "query") }
            + operation.headers.map { OperationParameter.described($0, in: "header") }
        if !parameters.isEmpty { document.append("parameters", .array(parameters.map { .document($0) })) }
        if !operation.body.isEmpty {
            let content = operation.members.isEmpty ? content(operation.body) : question(operation)
            document.append("requestBody", ["required": true, "content": .document(content)])
        }
        var answers: [(String, Value)] = operation.answers.map { answer in
            var described: Document = ["description": "Done."]
            if !answer.types.isEmpty { described.append("content", .document(content(answer.types))) }
            return (String(answer.status), .document(described))
        }
        let every = [400, 500, 503] + (operation.scope == nil ? [] : [401, 403, 429])
        for status in Set(every + operation.problems).sorted() {
            answers.append((String(status), ["$ref": "#/components/responses/Problem"]))
        }
        document.append("responses", .document(Document(answers)))
        return document
    }

    private func question(_ operation: Operation) -> Document {
        let members = operation.members.map { ($0, Value.document(QuestionMember.described($0))) }
        let schema: Document = [
            "type": "object", "properties": .document(Document(members)), "additionalProperties": false,
        ]
        return Document(operation.body.map { ($0, ["schema": .document(schema)]) })
    }

    private func content(_ types: [String]) -> Document {
        Document(
            types.map { ($0, ["schema": $0.contains("json") && !$0.contains("ndjson") ? [:] : ["type": "string"]]) })
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
