public import BSON
public import Schema

/// What a user did on one day, UTC. A document comes to be with the day's first activity, and stays: what is taken back
/// later (a message deleted) is subtracted from the day that counted it, but the user was active then, so `firstAt` and
/// `lastAt` stay as they are, and so does a document whose counters are all 0 again.
public enum UserActivities: Collection {
    public static let name = "useractivities"
    public static let number: CollectionNumber = 26  // On disk. Never reused.
    public static let summary = "A user's UTC day: how much of what they did, from when to when."

    // MARK: What it stores

    public struct Fields: FieldSet {
        public let userID = Field.reference("userId", to: "users").required().changed(by: UserActivities.naming)
        /// The UTC day, yyyy-mm-dd.
        public let date = Field.string("date").required().changed(by: UserActivities.naming)
        public let sessions = Field.counter("sessions", by: "session.started, session.deleted")
        /// Of every role, in the user's own sessions.
        public let messages = Field.counter("messages", by: "message.sent, message.deleted, session.deleted")
        public let tokens = Field.counter(
            "tokens", by: "message.sent, message.edited, message.deleted, session.deleted")
        public let logins = Field.counter("logins", by: "user.loggedIn")
        /// Counted on the day of `publishedAt`.
        public let posts = Field.counter("posts", by: "post.published, post.deleted, post.restored")
        /// Active ones.
        public let comments = Field.counter(
            "comments", by: "comment.added, comment.hidden, comment.deleted, comment.restored, comment.purged")
        /// Given.
        public let likes = Field.counter("likes", by: "like.added, like.removed")
        /// Earned less deducted; a day of deductions alone is below 0.
        public let points = Field.counter("points", by: "points.earned, points.deducted, achievement.unlocked")
        public let toolUses = Field.counter("toolUses", by: "tool.used, tool.deleted")
        /// Counted on the day of `timestamp`.
        public let pageViews = Field.counter("pageViews", by: "analytics.tracked, analytics.deleted")
        public let firstAt = Field.date("firstAt").derived(by: UserActivities.activities)
        public let lastAt = Field.date("lastAt").derived(by: UserActivities.activities)
        public let createdAt = Field.timestamp("createdAt")
        public let updatedAt = Field.timestamp("updatedAt")
        public init() {}
    }
    public static let field = Fields()

    private static let naming = "no event: it names the document"

    public static let indexes: [Index] = [
        Index(field.userID, field.date.descending).unique(),
        Index(field.date.descending),
        Index(field.lastAt.descending),
    ]

    // MARK: What may happen: nothing of its own

    public static let events: [Event] = []

    // MARK: What is an activity

    /// The events that a user's day begins with: `userengagements` counts by them too.
    static let activityEvents: [EventName] = [
        .sessionStarted, .messageSent, .userLoggedIn, .postPublished, .commentAdded, .likeAdded, .pointsEarned,
        .pointsDeducted, .achievementUnlocked, .toolUsed, .analyticsTracked,
    ]
    static let activities = activityEvents.map(\.description).joined(separator: ", ")

    /// Whose activity one of `activityEvents` is, and when it happened.
    struct Activity {
        let user: ObjectID
        /// The event's time, unless the document has another: so days agree with the documents that they count.
        let moment: DateTime

        /// `nil` where nobody known was active.
        init?(_ event: RecordedEvent) {
            switch event.type {
            case .postPublished: moment = event[CommunityPosts.field.publishedAt] ?? event.time
            case .analyticsTracked:
                guard event[AnalyticsEvents.field.eventType] == AnalyticsEvents.pageView else { return nil }
                moment = event[AnalyticsEvents.field.timestamp] ?? event.time
            default: moment = event.time
            }
            guard let user = event.resolved(Users.resolved.user) else { return nil }
            self.user = user
        }
    }

    // MARK: What follows

    public static let follows: [EventName] =
        activityEvents + [
            .sessionDeleted, .messageEdited, .messageDeleted, .postDeleted, .postRestored, .commentHidden,
            .commentDeleted, .commentRestored, .commentPurged, .likeRemoved, .toolDeleted, .analyticsDeleted,
        ]

    public static func apply(_ event: RecordedEvent, to days: inout View<Self>) throws(Anomaly) {
        switch event.type {
        case .sessionStarted: try count(1, field.sessions, event, &days)
        case .messageSent:
            try count(1, field.messages, event, &days) { $0.add(ChatMessages.tokenChange(of: event), to: field.tokens) }
        case .userLoggedIn: try count(1, field.logins, event, &days)
        case .postPublished: try count(1, field.posts, event, &days)
        case .commentAdded: try count(1, field.comments, event, &days)
        case .likeAdded: try count(1, field.likes, event, &days)
        case .pointsEarned: try count(event[UserRewards.points.points] ?? 0, field.points, event, &days)
        case .pointsDeducted: try count(-(event[UserRewards.points.points] ?? 0), field.points, event, &days)
        case .achievementUnlocked: try count(event[UserRewards.unlocking.points] ?? 0, field.points, event, &days)
        case .toolUsed: try count(1, field.toolUses, event, &days)
        case .analyticsTracked: try count(1, field.pageViews, event, &days)
        default: try recount(event, &days)
        }
    }

    private static func count(
        _ amount: Int64, _ counter: Field<Int64>, _ event: RecordedEvent, _ days: inout View<Self>,
        _ more: (borrowing Draft<Self>) -> Void = { _ in }
    ) throws(Anomaly) {
        guard let activity = Activity(event) else { return }
        let date = activity.moment.dayText
        let names: Document = ["userId": .objectID(activity.user), "date": .string(date)]
        try days.adjustOrCreate(id(activity.user, date), from: names) { day in
            day.add(amount, to: counter)
            more(day)
            if day[field.firstAt].map({ activity.moment < $0 }) ?? true { day[field.firstAt] = activity.moment }
            day.raise(field.lastAt, to: activity.moment)
        }
    }

    // MARK: What is taken back, or restored

    private static func recount(_ event: RecordedEvent, _ days: inout View<Self>) throws(Anomaly) {
        switch event.type {
        case .sessionDeleted: try takeBackSession(event, &days)
        case .messageEdited, .messageDeleted:
            let resolved = ChatMessages.resolved
            // Without an owner the session was deleted before, and what its messages counted with it.
            guard let owner = event.resolved(resolved.owner) else { return }
            try change(owner, event.resolved(resolved.wasCreatedAt)?.dayText, &days) { day in
                day.add(ChatMessages.messageChange(of: event), to: field.messages)
                day.add(ChatMessages.tokenChange(of: event), to: field.tokens)
            }
        case .postDeleted, .postRestored:
            let resolved = CommunityPosts.resolved
            // A draft was never counted.
            guard let publishedAt = event.resolved(resolved.wasPublishedAt) else { return }
            try change(event.resolved(resolved.user), publishedAt.dayText, &days) { day in
                day.add(event.type == .postDeleted ? -1 : 1, to: field.posts)
            }
        case .commentHidden, .commentDeleted, .commentRestored, .commentPurged:
            let resolved = CommunityComments.resolved
            let amount = CommunityComments.activeChange(of: event)
            guard amount != 0 else { return }
            try change(event.resolved(resolved.user), event.resolved(resolved.wasCreatedAt)?.dayText, &days) { day in
                day.add(amount, to: field.comments)
            }
        case .likeRemoved:
            let resolved = CommunityLikes.resolved
            try change(event.resolved(resolved.user), event.resolved(resolved.wasCreatedAt)?.dayText, &days) { day in
                day.add(CommunityLikes.change(of: event), to: field.likes)
            }
        case .toolDeleted:
            let resolved = ToolUsages.resolved
            guard let user = event.resolved(resolved.user) else { return }
            try change(user, event.resolved(resolved.wasCreatedAt)?.dayText, &days) { $0.add(-1, to: field.toolUses) }
        case .analyticsDeleted:
            let resolved = AnalyticsEvents.resolved
            guard event.resolved(resolved.wasEventType) == AnalyticsEvents.pageView,
                let user = event.resolved(resolved.user)
            else { return }
            try change(user, event.resolved(resolved.wasTimestamp)?.dayText, &days) { $0.add(-1, to: field.pageViews) }
        default: throw days.unexpected()
        }
    }

    /// A session goes, and its messages count no longer: each is taken from its own day.
    private static func takeBackSession(_ event: RecordedEvent, _ days: inout View<Self>) throws(Anomaly) {
        let resolved = ChatSessions.resolved
        let owner = event.resolved(resolved.owner)
        try change(owner, event.resolved(resolved.wasCreatedAt)?.dayText, &days) { $0.add(-1, to: field.sessions) }
        let messageDays = event.resolved[resolved.wasMessageDays.path]?.document
        try messageDays?.forEach { (_, element) throws(Anomaly) in
            let counted = element.document
            let messages = counted?[ChatSessions.messageDay.messages.path]?.int64 ?? 0
            let tokens = counted?[ChatSessions.messageDay.tokens.path]?.int64 ?? 0
            try change(owner, counted?[ChatSessions.messageDay.date.path]?.string, &days) { day in
                day.add(-messages, to: field.messages)
                day.add(-tokens, to: field.tokens)
            }
        }
    }

    /// Changes the day that counted something: it is there.
    private static func change(
        _ user: ObjectID?, _ date: String?, _ days: inout View<Self>, _ change: (borrowing Draft<Self>) -> Void
    ) throws(Anomaly) {
        let id: ObjectID? = if let user, let date { id(user, date) } else { nil }
        try days.update(id) { day in change(day) }
    }

    private static func id(_ user: ObjectID, _ date: String) -> ObjectID { .natural(name, user.description, date) }
}
