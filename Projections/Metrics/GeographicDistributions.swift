public import BSON
public import Schema

/// Where people say they are. A location comes to be with its first user and vanishes with its last.
public enum GeographicDistributions: Collection {
    public static let name = "geographicdistributions"
    public static let number: CollectionNumber = 28  // On disk. Never reused.
    public static let summary = "A location, as users write it in their profile, with the number of users there."

    // MARK: What it stores

    public struct Fields: FieldSet {
        /// Trimmed and case-folded.
        public let location = Field.string("location").required().changed(by: "no event: it names the document")
        public let users = Field.counter("users", by: GeographicDistributions.movingEvents)
        /// Those whose account is open.
        public let activeUsers = Field.counter(
            "activeUsers", by: GeographicDistributions.movingEvents + ", user.deactivated, user.reactivated")
        public let free = Field.counter("usersByPlan.free", by: GeographicDistributions.planEvents)
        public let pro = Field.counter("usersByPlan.pro", by: GeographicDistributions.planEvents)
        public let enterprise = Field.counter("usersByPlan.enterprise", by: GeographicDistributions.planEvents)
        public let createdAt = Field.timestamp("createdAt")
        public let updatedAt = Field.timestamp("updatedAt")
        public init() {}
    }
    public static let field = Fields()

    private static let movingEvents = "user.registered, user.profileChanged, user.changed, user.deleted, user.erased"
    private static let planEvents = movingEvents + ", user.planChanged"

    public static let indexes: [Index] = [
        Index(field.location).unique(),
        Index(field.users.descending),
        Index(field.activeUsers.descending),
    ]

    // MARK: What may happen: nothing of its own

    public static let events: [Event] = []

    // MARK: What follows

    public static let follows: [EventName] = [
        .userRegistered, .userProfileChanged, .userChanged, .userPlanChanged, .userDeactivated, .userReactivated,
        .userDeleted, .userErased,
    ]

    public static func apply(_ event: RecordedEvent, to locations: inout View<Self>) throws(Anomaly) {
        let before = Person(before: event)
        var after = before
        switch event.type {
        case .userRegistered:
            let person = Person(
                location: event.resolved(Users.resolved.location), plan: event[Users.field.plan],
                isActive: event[Users.field.isActive] ?? true)
            return try move(from: nil, to: person, &locations)
        // A patch of other fields resolves no location, neither before nor after.
        case .userProfileChanged, .userChanged: after.location = event.resolved(Users.resolved.location)
        // The plan that the account names, as in `users`: one that was cancelled or has lapsed keeps its name.
        case .userPlanChanged: after.plan = event[Users.planTerms.plan]
        case .userDeactivated: after.isActive = false
        case .userReactivated: after.isActive = true
        case .userDeleted, .userErased: return try move(from: before, to: nil, &locations)
        default: throw locations.unexpected()
        }
        try move(from: before, to: after, &locations)
    }

    /// What counts of a user.
    private struct Person {
        var location: String?
        var plan: String?
        var isActive: Bool

        init(location: String?, plan: String?, isActive: Bool) {
            self.location = location
            self.plan = plan
            self.isActive = isActive
        }

        init(before event: RecordedEvent) {
            location = event.resolved(Users.resolved.wasLocation)
            plan = event.resolved(Users.resolved.wasPlan)
            isActive = event.resolved(Users.resolved.wasIsActive) ?? true
        }

        /// The document of the location: told apart by bytes, as ids are, not by how text compares.
        var document: ObjectID? { location.map { .natural(GeographicDistributions.name, $0) } }
    }

    private static func move(from old: Person?, to new: Person?, _ locations: inout View<Self>) throws(Anomaly) {
        if let old, let new, old.document == new.document {
            guard let id = old.document, old.plan != new.plan || old.isActive != new.isActive else { return }
            return try locations.update(id) { location in
                count(old, -1, in: location)
                count(new, 1, in: location)
            }
        }
        if let old, let id = old.document {
            var isEmpty = false
            try locations.update(id) { location in
                count(old, -1, in: location)
                isEmpty = location[field.users] == 0
            }
            if isEmpty { try locations.remove(id) }
        }
        if let new, let name = new.location, let id = new.document {
            try locations.adjustOrCreate(id, from: ["location": .string(name)]) { location in
                count(new, 1, in: location)
            }
        }
    }

    private static func count(_ person: Person, _ change: Int64, in location: borrowing Draft<Self>) {
        location.add(change, to: field.users)
        if person.isActive { location.add(change, to: field.activeUsers) }
        switch person.plan {
        case "free": location.add(change, to: field.free)
        case "pro": location.add(change, to: field.pro)
        case "enterprise": location.add(change, to: field.enterprise)
        default: break
        }
    }
}
