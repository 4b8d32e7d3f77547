public import BSON
public import Schema

extension EventName {
    public static let analyticsTracked: EventName = "analytics.tracked"
    public static let analyticsChanged: EventName = "analytics.changed"
    public static let analyticsDeleted: EventName = "analytics.deleted"
}

/// What visitors and users do on the pages: seen, clicked, started.
public enum AnalyticsEvents: Collection {
    public static let name = "analyticsevents"
    public static let number: CollectionNumber = 15
    public static let summary = "One thing that a visitor or user did: its type, its properties, where and with what."

    // MARK: What it stores

    public struct Fields: FieldSet {
        public let eventID = Field.string("eventId").required().generated(prefix: "evt_")
            .changed(by: "analytics.tracked")
        /// Absent for a visitor nobody knows.
        public let userID = Field.reference("userId", to: "users").changed(by: "analytics.tracked")
        /// The visit's; not one of the chat's.
        public let sessionID = Field.string("sessionId")
        public let eventType = Field.string("eventType").required().changed(by: "analytics.tracked")
        public let eventName = Field.string("eventName").required()
        public let properties = Field.mixed("properties").personal()
        public let userAgent = Field.string("context.userAgent").personal()
        public let ipAddress = Field.string("context.ipAddress").personal()
        public let referrer = Field.string("context.referrer")
        public let url = Field.string("context.url")
        public let device = Field.string("context.device")
        public let browser = Field.string("context.browser")
        public let os = Field.string("context.os")
        public let timestamp = Field.date("timestamp").defaultingToNow().changed(by: "analytics.tracked")
        public init() {}
    }
    public static let field = Fields()

    public static let indexes = [
        Index(field.eventID).unique(),
        Index(field.userID, field.timestamp.descending),
        Index(field.sessionID, field.timestamp.descending),
        Index(field.eventType, field.timestamp.descending),
        Index(field.eventName, field.timestamp.descending),
        Index(field.timestamp.descending),
        Index(field.url),
        Index(field.sessionID),
        Index(field.timestamp),
    ]

    /// What counts as a page that somebody looked at.
    static let pageView = "page_view"

    // MARK: What may happen

    /// A fact that needs nothing but which one it is about.
    public struct Named: FieldSet {
        public let eventID = Field.string("eventId").required()
        public init() {}
    }
    public static let named = Named()

    public struct Resolved: FieldSet {
        public let tracked = Field.objectID("tracked")
        public let user = Field.objectID("user")
        public let userSince = Users.userSince
        public let wasEventType = Field.string("was.eventType")
        /// When it happened: the day that counted a page view.
        public let wasTimestamp = Field.date("was.timestamp")
        public init() {}
    }
    public static let resolved = Resolved()

    public static let events = [
        Event.creation(
            .analyticsTracked, Self.self, stream: "visits", key: field.eventID, "A visitor or user did something.",
            resolves: resolved
        ) { context in
            context.resolve(resolved.tracked, context.documentID)
            let user = context.require(Users.self, field.userID)?.id
            context.resolveOwner(resolved.user, user)
            context.resolveUserSince(user)
        },
        Event.patch(
            .analyticsChanged, Self.self, stream: "visits", key: field.eventID,
            "What was noted of it is put right.", resolves: resolved
        ) { known($0) },
        Event.fact(
            .analyticsDeleted, named, stream: "visits", key: named.eventID, "It is removed.", resolves: resolved
        ) { known($0) },
    ]

    private static func known(_ context: GuardContext) {
        guard let tracked = context.require(Self.self, field.eventID, by: named.eventID) else { return }
        context.resolve(resolved.tracked, tracked.id)
        context.resolveOwner(resolved.user, tracked[field.userID])
        context.resolve(resolved.wasEventType, tracked[field.eventType])
        context.resolve(resolved.wasTimestamp, tracked[field.timestamp])
    }

    // MARK: What follows

    public static let follows: [EventName] = events.map(\.name)

    public static func apply(_ event: RecordedEvent, to tracked: inout View<Self>) throws(Anomaly) {
        switch event.type {
        case .analyticsTracked: try tracked.insert()
        case .analyticsChanged: try tracked.patch(event.resolved(resolved.tracked))
        case .analyticsDeleted: try tracked.remove(event.resolved(resolved.tracked))
        default: throw tracked.unexpected()
        }
    }
}
