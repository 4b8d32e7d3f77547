internal import BSON
internal import Schema

/// What questions about secrets are, as a collection declares them.
extension BodySchemas {
    private static func text(_ summary: String) -> Value { ["type": "string", "description": .string(summary)] }

    /// One that names the document, and one secret.
    static func check(_ checks: SecretChecks) -> Document {
        var properties: Document = [
            checks.id: [
                "description": "The document's id: 24 hexadecimal digits, or as Extended JSON has it.",
                "anyOf": [
                    hexadecimal,
                    ["type": "object", "required": ["$oid"], "properties": ["$oid": hexadecimal]],
                ],
            ]
        ]
        for key in checks.keys { properties.append(key.name, text("Names the document in place of its id.")) }
        for secret in checks.secrets { properties.append(secret.name, text("What is asked about.")) }
        return [
            "type": "object", "properties": .document(properties),
            "allOf": [oneOf([checks.id] + checks.keys.map(\.name)), oneOf(checks.secrets.map(\.name))],
        ]
    }

    private static let hexadecimal: Value = ["type": "string", "pattern": "^[0-9a-fA-F]{24}$"]

    private static func oneOf(_ names: [String]) -> Value {
        ["oneOf": .array(names.map { ["required": [.string($0)]] })]
    }

    static let fits: Document = [
        "type": "object", "required": ["fits"], "properties": ["fits": ["type": "boolean"]],
    ]
    static let token: Document = [
        "type": "object", "required": ["token"], "properties": ["token": text("As it was given to its owner.")],
    ]

    static func found(_ checks: SecretChecks) -> Document {
        [
            "type": "object", "required": [.string(checks.id)],
            "properties": .document(Document([(checks.id, hexadecimal)])),
        ]
    }
}
