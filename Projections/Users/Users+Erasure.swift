public import BSON
public import Schema

extension EventName {
    public static let userErased: EventName = "user.erased"
    public static let personErased: EventName = "person.erased"
}

/// The end of what is known of a person: their key is destroyed, so that the log tells nothing of them any more, and every
/// document loses what it says of them. What was counted stays counted.
extension Users {
    /// Somebody who is no user, known by an address: contacts, applicants, attendees.
    public struct Address: FieldSet {
        /// Kept as a keyed hash.
        public let email = Field.string("email").required().lowercased().trimmed().token()
        public let reason = Field.string("reason")
        public init() {}
    }
    public static let address = Address()

    static let erasureEvents: [Event] = [
        .fact(
            .userErased, Named(), stream: "users", key: userID,
            "What is known of a user is erased. Payments on legal hold keep what they say until they are released.",
            resolves: resolved, guard: erase),
        .fact(
            .personErased, address, stream: "persons", key: address.email,
            "What is known of whoever has this e-mail address, and is no user, is erased.", guard: eraseAddress),
    ]

    private static func erase(_ context: GuardContext) {
        guard let id = context[userID] else { return }
        if context.isErased(.user(id)) { return context.refuse(.state, userID, "this user was erased already") }
        if let user = context.find(Users.self, id: id) {
            context.resolve(resolved.user, id)
            resolvePrior(user, context)
            refuseRunning(id, context)
        } else if !context.knows(.user(id)), !context.knows(.payer(id)) {
            context.refuse(.exists, userID, "nothing is known of such a user")
        }
        context.erase(.user(id), forGood: true)
        let isHeld = Transactions.hasHold(id, context)
        if !isHeld { context.erase(.payer(id), forGood: true) }
        context.resolve(resolved.isHeld, isHeld)
    }

    private static func eraseAddress(_ context: GuardContext) {
        guard let hash = context[address.email] else { return }
        let person = Person.address(keyedHash: hash)
        guard context.knows(person) else {
            return context.refuse(.exists, address.email, "nothing is known of anyone with this address")
        }
        // Whoever writes again from this address begins anew.
        context.erase(person, forGood: false)
    }

    /// What no key sealed goes with the event itself: hashes of secrets, and whether the account is open.
    static func erase(_ user: inout Draft<Self>) {
        user[field.isActive] = false
        user[field.emailVerified] = false
        user[field.password] = nil
        user[field.resetPasswordToken] = nil
        user[field.resetPasswordExpires] = nil
        user[field.twoFactorEnabled] = false
        user[field.backupCodes] = []
        user[field.lockedUntil] = nil
        if user[field.planStatus] == "active", user[field.plan] != "free" { user[field.planStatus] = "cancelled" }
    }
}
