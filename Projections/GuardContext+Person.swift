internal import BSON
internal import Schema

extension Person {
    static func user(_ id: ObjectID) -> Person { Person(kind: 1, id) }
    /// A user as who pays: apart from the rest, since payments may have to be kept when the rest must go.
    static func payer(_ id: ObjectID) -> Person { Person(kind: 2, id) }
    /// Whoever has an e-mail address, known by its keyed hash.
    static func address(keyedHash hex: String) -> Person { Person(kind: 3, hash: Array(hex.utf8)) }
}

extension GuardContext {
    /// The event's personal data is about a user. Unknown: nobody could ask for it to be erased, and it stays open.
    func concerns(user: ObjectID?) {
        if let user { concerns(.user(user)) }
    }

    /// Resolves the user whom a document is about: what the event says of them is theirs.
    func resolveOwner(_ field: Field<ObjectID>, _ user: ObjectID?) {
        resolve(field, user)
        concerns(user: user)
    }

    /// The event's personal data is about a user or, where none is known, about whoever has this e-mail address.
    func concerns(user: ObjectID?, orEmail email: String?) {
        if let user { return concerns(.user(user)) }
        guard let email else { return }
        if Erased.isText(email) { return concernsErased() }
        concerns(person(ofAddress: email))
    }

    /// As `person.erased` names them.
    func person(ofAddress email: String) -> Person { .address(keyedHash: keyedHash(Self.plainAddress(email))) }

    /// Lower case, without spaces around it: how addresses are told apart.
    private static func plainAddress(_ email: String) -> String {
        let folded = email.lowercased()
        guard let first = folded.firstIndex(where: { !$0.isWhitespace }),
            let last = folded.lastIndex(where: { !$0.isWhitespace })
        else { return "" }
        return String(folded[first...last])
    }
}
