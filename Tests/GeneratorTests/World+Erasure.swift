import Foundation

/// Who was erased, and what may still be said of their documents: nothing that would tell who they are.
extension World {
    /// Whom a document is about: a user's id, or the address of somebody who is no user.
    static let erasedPerson = "erased"

    func isErased(_ person: String) -> Bool { person == Self.erasedPerson || erased.contains(person) }

    mutating func erasure(_ facts: Facts) -> String? {
        let id = facts.text("userId")
        guard facts.subject == "users/\(id)", !erased.contains(id) else { return "erasure" }
        if let user = users[id] {
            guard user.state == "active" || user.state == "deactivated" else { return "user is \(user.state)" }
            let live = subscriptions.values.contains { $0.owner == id && ["active", "paused"].contains($0.state) }
            if live { return "has a subscription" }
            users[id]?.state = "erased"
            addresses = addresses.filter { $0.value != id }
        } else if !deleted.contains(id) {
            return "unknown user"
        }
        erased.insert(id)
        return nil
    }

    mutating func personErasure(_ facts: Facts) -> String? {
        let address = facts.text("email").lowercased()
        guard facts.subject.isEmpty else { return "an address in the subject" }
        guard guests.remove(address) != nil else { return "nothing is known of them" }
        for (id, it) in contacts where it.person == address { contacts[id]?.person = Self.erasedPerson }
        for (id, it) in applications where it.person == address { applications[id]?.person = Self.erasedPerson }
        for (id, it) in registrations where it.person == address { registrations[id]?.person = Self.erasedPerson }
        return nil
    }

    /// Whom a new document is about; an address that no user has becomes known.
    mutating func person(_ user: String, orEmail email: String) -> String {
        if !user.isEmpty { return user }
        guests.insert(email.lowercased())
        return email.lowercased()
    }
}
