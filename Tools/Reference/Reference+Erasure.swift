internal import BSON
public import Schema

extension Reference {
    /// What erasing a person does to each collection, as a table: from what is declared personal or secret.
    var erasure: String {
        var text = """

            ## What erasure does
            `user.erased` and `person.erased` destroy the key of a person. What their key sealed in the log opens no more, and
            every document loses what it says of them: text reads `[erased]`, text in a unique index `[erased …]` with 16 digits
            that tell one from another, anything else null. Fields nobody declares stay in the event alone, sealed like the rest.
            Documents, counters, ids and dates stay; views, indexes and what deleted bytes left in their file go. An event about
            somebody who was erased may bring nothing personal. A location stays in the log as what it counted for, without whose
            it was. Payments have a key of their own: one on legal hold (`transaction.held`) keeps it until the last is released.
            What is recorded of nobody known (a visitor without an account) is not sealed: nobody could ask for it.

            | collection | loses | removed with the event |
            |---|---|---|

            """
        for model in catalogue.collections {
            let personal = names(model.fields, "", .personal)
            let secrets = names(model.fields, "", .password) + names(model.fields, "", .token)
            let lost = personal.isEmpty ? "nothing: it says nothing of a person" : quoted(personal)
            text += "| [\(model.name)](#\(model.name)) | \(lost) | \(quoted(secrets)) |\n"
        }
        return text
    }

    private func quoted(_ names: [String]) -> String { names.map { "`\($0)`" }.joined(separator: ", ") }

    private func names(_ fields: [FieldDescriptor], _ prefix: String, _ privacy: Privacy) -> [String] {
        fields.flatMap { field -> [String] in
            let name = prefix + field.name
            return (field.privacy == privacy ? [name] : []) + names(field.members, name + ".", privacy)
        }
    }
}
