import BSON

/// What the specification cannot say of a collection: which event makes a document, and whom it refers to.
struct Recipe: Sendable {
    typealias Names = @Sendable (World) async throws -> Value

    var event: String
    /// Text that names another document: by field, one that is there.
    var names: [String: Names] = [:]
    /// What is in every event, beside what the rules require.
    var given: [(String, Value)] = []
    /// The field that tells the document, where the event does not name it by `_id`.
    var foundBy: String?

    static let all: [String: Recipe] = [
        "users": Recipe(event: "user.registered"),
        "userprofiles": Recipe(event: "userProfile.created"),
        "userpreferences": Recipe(event: "userPreferences.created"),
        "agents": Recipe(event: "agent.created"),
        "agentsubscriptions": Recipe(
            event: "agentSubscription.started", names: ["agentId": agent],
            given: [("currentPeriodEnd", "2030-01-01T00:00:00Z")]),
        "agentpersonalizations": Recipe(event: "agentPersonalization.saved", names: ["agentId": agent]),
        "agentreviews": Recipe(event: "agent.reviewed", names: ["agentId": agent]),
        "chatsessions": Recipe(event: "session.started"),
        "chatmessages": Recipe(event: "message.sent", names: ["sessionId": { try await $0.session() }]),
        "chatcanvasprojects": Recipe(event: "canvasProject.created"),
        "communityposts": Recipe(event: "post.published"),
        "communitycomments": Recipe(
            event: "comment.added",
            names: ["postId": { try await $0.post() }, "parentCommentId": { try await $0.comment() }]),
        "communitylikes": Recipe(event: "like.added", names: ["targetId": { try await $0.post() }]),
        "contactmessages": Recipe(event: "contact.submitted"),
        "supporttickets": Recipe(event: "ticket.opened"),
        "analyticsevents": Recipe(event: "analytics.tracked"),
        "toolusages": Recipe(event: "tool.used"),
        "userrewards": Recipe(
            event: "points.earned", given: [("points", 10), ("reason", "a walk")], foundBy: "userId"),
        "rewarddefinitions": Recipe(event: "rewardDefinition.created"),
        "labexperiments": Recipe(event: "experiment.created"),
        "webinars": Recipe(event: "webinar.scheduled"),
        "webinarregistrations": Recipe(
            event: "webinarRegistration.created", names: ["webinarId": { try await $0.webinar() }]),
        "jobpostings": Recipe(event: "job.posted"),
        "jobapplications": Recipe(event: "application.submitted", names: ["jobId": { try await $0.job() }]),
        "transactions": Recipe(event: "transaction.created"),
    ]

    private static let agent: Names = { try await $0.agent().slug }

    // MARK: Values that need more

    /// What else an event needs where a field has a value.
    static let companions: [String: @Sendable (World) async throws -> [(String, Value)]] = [
        "communitylikes.targetType=comment": { [("targetId", try await $0.comment())] },
        "supporttickets.status=assigned": { [("assignedTo", try await $0.user())] },
    ]

    /// Values that a new document cannot have: which other event makes it with them, or brings it there afterwards.
    enum Way: Sendable {
        case madeBy(String)
        case after([Step])
    }

    struct Step: Sendable {
        var event: String
        var data: [(String, Value)] = []
        var time: DateTime?

        init(_ event: String, _ data: (String, Value)..., at time: DateTime? = nil) {
            self.event = event
            self.data = data
            self.time = time
        }
    }

    static let ways: [String: Way] = [
        "agentsubscriptions.status=cancelled": .after([Step("agentSubscription.cancelled")]),
        "agentsubscriptions.status=paused": .after([Step("agentSubscription.paused")]),
        "agentsubscriptions.status=expired": .after([
            Step("agentSubscription.changed", ("set", ["autoRenew": false])),
            Step("agentSubscription.expired", at: DateTime(milliseconds: 1_893_456_000_000)),
        ]),
        "chatcanvasprojects.status=archived": .after([Step("canvasProject.archived")]),
        "chatcanvasprojects.status=deleted": .after([Step("canvasProject.deleted")]),
        "communityposts.status=draft": .madeBy("post.drafted"),
        "communityposts.status=archived": .after([Step("post.archived")]),
        "communityposts.status=deleted": .after([Step("post.deleted")]),
        "communitycomments.status=deleted": .after([Step("comment.deleted")]),
        "communitycomments.status=hidden": .after([Step("comment.hidden")]),
        "contactmessages.status=in-progress": moved("contact.statusChanged", "in-progress"),
        "contactmessages.status=waiting": moved("contact.statusChanged", "waiting"),
        "contactmessages.status=resolved": moved("contact.statusChanged", "resolved"),
        "contactmessages.status=closed": moved("contact.statusChanged", "closed"),
        "supporttickets.status=in-progress": moved("ticket.statusChanged", "in-progress"),
        "supporttickets.status=waiting": moved("ticket.statusChanged", "waiting"),
        "supporttickets.status=resolved": moved("ticket.statusChanged", "resolved"),
        "supporttickets.status=closed": moved("ticket.statusChanged", "closed"),
        "webinarregistrations.status=cancelled": .after([Step("webinarRegistration.cancelled")]),
        "webinarregistrations.status=attended": .after([Step("webinarRegistration.attended")]),
        "webinarregistrations.status=no-show": .after([Step("webinarRegistration.missed")]),
        "jobapplications.status=under-review": moved("application.statusChanged", "under-review"),
        "jobapplications.status=interviewing": moved("application.statusChanged", "interviewing"),
        "jobapplications.status=offered": moved("application.statusChanged", "offered"),
        "jobapplications.status=hired": moved("application.statusChanged", "offered", "hired"),
        "jobapplications.status=rejected": moved("application.statusChanged", "rejected"),
        "transactions.status=refunded": .after([Step("transaction.completed"), Step("transaction.refunded")]),
        "webinars.status=cancelled": .after([Step("webinar.cancelled")]),
        "webinars.status=completed": .after([Step("webinar.completed")]),
        "jobpostings.status=closed": .after([Step("job.closed")]),
    ]

    private static func moved(_ event: String, _ statuses: String...) -> Way {
        .after(statuses.map { Step(event, ("status", .string($0))) })
    }

    /// Text of which the specification leaves open what it may be, and we do not.
    static let words = ["rewarddefinitions.conditions.userLevel": "Gold"]

    /// Rules that are refused in the name of another.
    static let refusals = [
        // An agent may be named by `_id` or by `id` (events.md, Casting): text that is no ObjectId is a name.
        "chatsessions.agentId type": "exists"
    ]

    // MARK: What is filled in

    /// Fields that a document has although the event had none and the specification has no default: why.
    static let filledIn = [
        "communityposts.metadata.wordCount": "counted in the content",
        "communityposts.metadata.readingTime": "from the words of the content",
        "webinarregistrations.webinarDetails.title": "the webinar's own",
        "webinarregistrations.webinarDetails.date": "the webinar's own",
        "webinarregistrations.webinarDetails.duration": "the webinar's own",
    ]

    // MARK: Elements of arrays that events add

    /// The event that adds an element to an array callers do not write, and what it needs beside the element's fields.
    struct Element: Sendable {
        var event: String
        var data: [(String, Value)] = []
        /// The field of the document that the event names it by.
        var key: String
        /// Where the element then is.
        var place = 0
        /// Members that the event does not carry: how they come to be.
        var kept: [String: String] = [:]
    }

    static let elements: [String: Element] = [
        "contactmessages.responses": Element(
            event: "contact.responded", key: "ticketId", kept: ["createdAt": "the event's time"]),
        "jobapplications.statusHistory": Element(
            event: "application.statusChanged", data: [("status", "under-review")], key: "applicationId", place: 1,
            kept: ["changedAt": "the event's time"]),
        "userrewards.achievements": Element(
            event: "achievement.unlocked", key: "userId", kept: ["earnedAt": "the event's time"]),
        "userrewards.rewards": Element(
            event: "reward.offered", key: "userId",
            kept: ["redeemedAt": "reward.redeemed", "status": "reward.offered, reward.redeemed, reward.expired"]),
    ]
}
