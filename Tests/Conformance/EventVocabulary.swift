/// What `events.md` says of event names in words: the test cannot read it, so it stands here.
enum EventVocabulary {
    /// The collection that declares an entity's events.
    static let homes = [
        "user": "users", "person": "users", "userProfile": "userprofiles", "userPreferences": "userpreferences",
        "agent": "agents", "agentReview": "agentreviews", "agentSubscription": "agentsubscriptions",
        "agentPersonalization": "agentpersonalizations",
        "session": "chatsessions", "message": "chatmessages", "canvasProject": "chatcanvasprojects",
        "post": "communityposts", "comment": "communitycomments", "like": "communitylikes",
        "contact": "contactmessages", "ticket": "supporttickets",
        "analytics": "analyticsevents", "tool": "toolusages",
        "points": "userrewards", "achievement": "userrewards", "reward": "userrewards",
        "rewardDefinition": "rewarddefinitions", "experiment": "labexperiments",
        "webinar": "webinars", "webinarRegistration": "webinarregistrations",
        "job": "jobpostings", "application": "jobapplications", "transaction": "transactions",
    ]
    /// Events whose entity is not that of the collection they create.
    static let exceptionalHomes = ["agent.reviewed": "agentreviews"]

    /// Named by the page, and declared by no collection.
    static let ofNoCollection: [String: String] = [:]

    /// "Plain events": every entity has `.changed` and `.deleted`, those that are deleted softly have all four.
    static let plain = ["changed", "deleted"]
    static let plainOfSoftlyDeleted = ["restored", "purged"]
    /// Their status has the value `deleted`.
    static let softlyDeleted: Set = ["post", "comment", "canvasProject"]

    /// Plain events that we do not have.
    static let withoutPlainEvent = [
        "like.changed": "a like says nothing that could change: another target is another like",
        "like.deleted": "like.removed is that",
        "person.changed": "an address that was erased has nothing that could change",
        "person.deleted": "person.erased is that",
        "points.changed": ofUserRewards, "points.deleted": ofUserRewards,
        "achievement.changed": ofUserRewards, "achievement.deleted": ofUserRewards,
        "reward.changed": ofUserRewards, "reward.deleted": ofUserRewards,
    ]
    private static let ofUserRewards = "no entity, but a fact about userrewards, no field of which callers own"

    private static let ofLegalHolds = "erasure spares what the law wants kept, so somebody must say what that is"

    /// Events that stand in a stream which the page's table does not give their collection.
    static let exceptionalStreams = ["person.erased": "persons"]

    /// Declared, and never made by the generator.
    static let notGenerated = [
        "comment.changed":
            "no field of a comment is a caller's, so each such patch is refused, naming the event to send"
    ]

    /// Declared, and not named by the page.
    static let besides = [
        "user.unlocked": "named beside user.loginFailed, as what the scheduler appends",
        "user.passwordResetExpired": "reset tokens have timers, and timers append events",
        "transaction.held": ofLegalHolds, "transaction.released": ofLegalHolds,
        "job.reopened": "what was closed too early is opened again, as session.reopened does",
    ]
}
