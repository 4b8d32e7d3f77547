internal import BSON
internal import Schema

private let documentIDField = Field.objectID("_id")

extension GuardContext {
    /// The `_id` of the document that a creation event brings.
    var documentID: ObjectID? { self[documentIDField] }

    /// The agent that a field names by `_id` or by `id` ("einstein"); refuses where there is none.
    func agent(_ reference: Field<String>) -> Existing<Agents>? {
        guard let name = self[reference] else { return nil }
        if let id = ObjectID(hex: name), let agent = find(Agents.self, id: id) { return agent }
        if let agent = find(Agents.self, (Agents.field.id, name)) { return agent }
        refuse(.exists, reference, "no agent has this _id or id; agent.created makes one")
        return nil
    }

    /// Resolves when the user registered, which says whose cohort an activity counts for; not where the user is gone.
    func resolveUserSince(_ user: ObjectID?) {
        resolve(Users.userSince, user.flatMap { find(Users.self, id: $0) }?[Users.field.createdAt])
    }

    /// Refuses a field that was given, but as a number that is not whole.
    func requireWhole(_ field: Field<Int64>) {
        if let value = data[field.path], !value.isNull, self[field] == nil {
            refuse(.cast, field, "must be a whole number")
        }
    }
}
