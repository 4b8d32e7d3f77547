public import BSON
public import Schema

extension EventName {
    public static let profileCreated: EventName = "userProfile.created"
    public static let profileChanged: EventName = "userProfile.changed"
    public static let profileDeleted: EventName = "userProfile.deleted"
}

/// What users tell about themselves, one profile each.
public enum UserProfiles: Collection {
    public static let name = "userprofiles"
    public static let number: CollectionNumber = 2
    public static let summary =
        "What a user tells about themselves: person, profession, interests, achievements, privacy."

    // MARK: What it stores

    public struct Achievement: FieldSet {
        public let title = Field.string("title").required()
        public let description = Field.string("description")
        public let earnedAt = Field.date("earnedAt").defaultingToNow()
        public let badgeURL = Field.string("badgeUrl")
        public init() {}
    }
    public struct Fields: FieldSet {
        public let userID = Field.reference("userId", to: "users").required().changed(by: "userProfile.created")
        public let firstName = Field.string("personalInfo.firstName").trimmed().personal()
        public let lastName = Field.string("personalInfo.lastName").trimmed().personal()
        public let dateOfBirth = Field.date("personalInfo.dateOfBirth").personal()
        public let gender = Field.string("personalInfo.gender").oneOf("male", "female", "other").personal()
        public let phoneNumber = Field.string("personalInfo.phoneNumber").personal()
        public let company = Field.string("professionalInfo.company").personal()
        public let jobTitle = Field.string("professionalInfo.jobTitle").personal()
        public let industry = Field.string("professionalInfo.industry")
        public let experience = Field.string("professionalInfo.experience")
        public let skills = Field.strings("professionalInfo.skills")
        public let interests = Field.strings("interests")
        public let achievements = Field.objects("achievements", of: Achievement())
            .changed(by: "achievement.unlocked")
        public let profileVisibility = Field.string("privacy.profileVisibility").oneOf("public", "private", "friends")
            .defaulting(to: "public")
        public let showEmail = Field.boolean("privacy.showEmail").defaulting(to: false)
        public let showActivity = Field.boolean("privacy.showActivity").defaulting(to: true)
        public let createdAt = Field.timestamp("createdAt")
        public let updatedAt = Field.timestamp("updatedAt")
        public init() {}
    }
    public static let field = Fields()

    public static let indexes = [
        Index(field.userID).unique(),
        Index(field.industry),
        Index(field.skills),
        Index(field.profileVisibility),
    ]

    // MARK: What may happen

    /// A fact that needs nothing but whose profile it is about.
    public struct Named: FieldSet {
        public let userID = Field.reference("userId", to: "users").required()
        public init() {}
    }
    public static let named = Named()

    public struct Resolved: FieldSet {
        public let profile = Field.objectID("profile")
        public let user = Field.objectID("user")
        public init() {}
    }
    public static let resolved = Resolved()

    public static let events = [
        Event.creation(
            .profileCreated, Self.self, stream: "users", key: field.userID, "A user has a profile.",
            resolves: resolved
        ) { context in
            context.resolve(resolved.profile, context.documentID)
            context.resolveOwner(resolved.user, context.require(Users.self, field.userID)?.id)
        },
        Event.patch(
            .profileChanged, Self.self, stream: "users", key: field.userID, "What the profile says changes.",
            resolves: resolved
        ) { known($0) },
        Event.fact(
            .profileDeleted, named, stream: "users", key: named.userID,
            "The profile is removed; the account stays.",
            resolves: resolved
        ) { known($0) },
    ]

    /// Resolves the profile of the user that the event names; refuses where there is none.
    private static func known(_ context: GuardContext) {
        let profile = context.require(Self.self, field.userID, by: named.userID)
        context.resolve(resolved.profile, profile?.id)
        context.resolveOwner(resolved.user, profile?[field.userID])
    }

    // MARK: What follows

    public static let follows: [EventName] =
        events.map(\.name) + [.achievementUnlocked, .userDeleted]

    public static func apply(_ event: RecordedEvent, to profiles: inout View<Self>) throws(Anomaly) {
        switch event.type {
        case .profileCreated: try profiles.insert()
        case .profileChanged: try profiles.patch(event.resolved(resolved.profile))
        case .profileDeleted: try profiles.remove(event.resolved(resolved.profile))
        case .achievementUnlocked:
            // Absent where the user has no profile.
            guard let id = event.resolved(UserRewards.resolved.profile) else { return }
            try profiles.adjust(id) { $0.push(.document(achievement(event)), to: field.achievements) }
        case .userDeleted:
            guard let id = event.resolved(Users.resolved.profile) else { return }
            try profiles.remove(id)
        default: throw profiles.unexpected()
        }
    }

    private static let earned = Achievement()

    private static func achievement(_ event: RecordedEvent) -> Document {
        var achievement: Document = ["_id": .objectID(event.derivedID("userprofiles.achievements"))]
        for text in [earned.title, earned.description, earned.badgeURL] {
            guard let value = event[text] else { continue }
            achievement.append(text.descriptor.name, .string(value))
        }
        achievement.append(earned.earnedAt.descriptor.name, .dateTime(event.time))
        return achievement
    }
}
