public import BSON
public import Schema

extension EventName {
    public static let preferencesCreated: EventName = "userPreferences.created"
    public static let preferencesChanged: EventName = "userPreferences.changed"
    public static let preferencesDeleted: EventName = "userPreferences.deleted"
}

/// How users want the product to look and behave, one document each.
public enum UserPreferences: Collection {
    public static let name = "userpreferences"
    public static let number: CollectionNumber = 3
    public static let summary = "How a user wants the product: interface, chat, notifications, privacy."

    // MARK: What it stores

    public struct Fields: FieldSet {
        public let userID = Field.reference("userId", to: "users").required().changed(by: "userPreferences.created")
        public let theme = Field.string("ui.theme").oneOf("light", "dark", "system").defaulting(to: "system")
        public let sidebarCollapsed = Field.boolean("ui.sidebarCollapsed").defaulting(to: false)
        public let defaultView = Field.string("ui.defaultView").oneOf("grid", "list").defaulting(to: "grid")
        public let itemsPerPage = Field.number("ui.itemsPerPage").within(10...100).defaulting(to: 20)
        public let defaultAgent = Field.string("chat.defaultAgent").defaulting(to: "einstein")
        public let autoSave = Field.boolean("chat.autoSave").defaulting(to: true)
        public let messageHistory = Field.number("chat.messageHistory").within(10...1000).defaulting(to: 100)
        public let typingIndicator = Field.boolean("chat.typingIndicator").defaulting(to: true)
        public let emailMarketing = Field.boolean("notifications.email.marketing").defaulting(to: false)
        public let emailUpdates = Field.boolean("notifications.email.updates").defaulting(to: true)
        public let emailSecurity = Field.boolean("notifications.email.security").defaulting(to: true)
        public let pushMessages = Field.boolean("notifications.push.messages").defaulting(to: true)
        public let pushMentions = Field.boolean("notifications.push.mentions").defaulting(to: true)
        public let pushAchievements = Field.boolean("notifications.push.achievements").defaulting(to: false)
        public let analytics = Field.boolean("privacy.analytics").defaulting(to: true)
        public let crashReports = Field.boolean("privacy.crashReports").defaulting(to: false)
        public let dataSharing = Field.boolean("privacy.dataSharing").defaulting(to: false)
        public let createdAt = Field.timestamp("createdAt")
        public let updatedAt = Field.timestamp("updatedAt")
        public init() {}
    }
    public static let field = Fields()

    public static let indexes = [
        Index(field.userID).unique(),
        Index(field.theme),
        Index(field.defaultAgent),
    ]

    // MARK: What may happen

    /// A fact that needs nothing but whose preferences it is about.
    public struct Named: FieldSet {
        public let userID = Field.reference("userId", to: "users").required()
        public init() {}
    }
    public static let named = Named()

    public struct Resolved: FieldSet {
        public let preferences = Field.objectID("preferences")
        public let user = Field.objectID("user")
        public init() {}
    }
    public static let resolved = Resolved()

    public static let events = [
        Event.creation(
            .preferencesCreated, Self.self, stream: "users", key: field.userID,
            "A user has preferences: what is left out is at its default.", resolves: resolved
        ) { context in
            context.resolve(resolved.preferences, context.documentID)
            context.resolveOwner(resolved.user, context.require(Users.self, field.userID)?.id)
        },
        Event.patch(
            .preferencesChanged, Self.self, stream: "users", key: field.userID, "Preferences change.",
            resolves: resolved
        ) { known($0) },
        Event.fact(
            .preferencesDeleted, named, stream: "users", key: named.userID, "The preferences are removed.",
            resolves: resolved
        ) { known($0) },
    ]

    /// Resolves the preferences of the user that the event names; refuses where there are none.
    private static func known(_ context: GuardContext) {
        let preferences = context.require(Self.self, field.userID, by: named.userID)
        context.resolve(resolved.preferences, preferences?.id)
        context.resolveOwner(resolved.user, preferences?[field.userID])
    }

    // MARK: What follows

    public static let follows: [EventName] = events.map(\.name) + [.userDeleted]

    public static func apply(_ event: RecordedEvent, to preferences: inout View<Self>) throws(Anomaly) {
        switch event.type {
        case .preferencesCreated: try preferences.insert()
        case .preferencesChanged: try preferences.patch(event.resolved(resolved.preferences))
        case .preferencesDeleted: try preferences.remove(event.resolved(resolved.preferences))
        case .userDeleted:
            // Absent where the user had none.
            guard let id = event.resolved(Users.resolved.preferences) else { return }
            try preferences.remove(id)
        default: throw preferences.unexpected()
        }
    }
}
