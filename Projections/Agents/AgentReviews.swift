public import BSON
public import Schema

extension EventName {
    public static let agentReviewed: EventName = "agent.reviewed"
    public static let agentReviewChanged: EventName = "agentReview.changed"
    public static let agentReviewDeleted: EventName = "agentReview.deleted"
}

/// What users think of agents: one review for each of both. An agent's average rating is made of them.
public enum AgentReviews: Collection {
    public static let name = "agentreviews"
    public static let number: CollectionNumber = 23  // On disk. Never reused.
    public static let summary = "A user's review of an agent: a rating from 1 to 5, with a comment or without."

    // MARK: What it stores

    public struct Fields: FieldSet {
        /// Who reviews.
        public let userID = Field.reference("userId", to: "users").required().changed(by: "agent.reviewed")
        /// The agent's `id`, whichever way the event names it.
        public let agentID = Field.string("agentId").required().changed(by: "agent.reviewed")
        public let rating = Field.integer("rating").required().within(1...5)
        public let comment = Field.string("comment").atMost(1000).personal()
        public let createdAt = Field.timestamp("createdAt")
        public let updatedAt = Field.timestamp("updatedAt")
        public init() {}
    }
    public static let field = Fields()

    public static let indexes = [
        Index(field.userID, field.agentID).unique(),
        Index(field.agentID, field.createdAt.descending),
        Index(field.agentID, field.rating.descending),
    ]

    // MARK: What may happen

    /// Named by `_id`, or by user and agent.
    public struct Named: FieldSet {
        public let id = Field.objectID("_id")
        public let userID = Field.reference("userId", to: "users")
        public let agentID = Field.string("agentId")
        public init() {}
    }
    public static let named = Named()

    public struct Resolved: FieldSet {
        public let review = Field.objectID("review")
        /// Who reviewed.
        public let user = Field.objectID("user")
        public let agent = Field.objectID("agent")
        public let agentSlug = Field.string("agentSlug")
        /// The new rating, where a patch brings one.
        public let rating = Field.integer("rating")
        public let wasRating = Field.integer("was.rating")
        public init() {}
    }
    public static let resolved = Resolved()

    public static let events = [
        Event.creation(
            .agentReviewed, Self.self, stream: "agents", key: field.agentID,
            "A user rates an agent from 1 to 5, once; agentReview.changed is for second thoughts.",
            resolves: resolved, guard: review),
        Event.patch(
            .agentReviewChanged, Self.self, stream: "agents", key: named.id, "Rating or comment of a review change.",
            resolves: resolved, guard: change),
        Event.fact(
            .agentReviewDeleted, named, stream: "agents", key: named.id,
            "A review is removed; its rating counts no longer.", resolves: resolved
        ) { _ = known($0) },
    ]

    private static func review(_ context: GuardContext) {
        context.requireWhole(field.rating)
        context.resolve(resolved.review, context.documentID)
        let user = context.require(Users.self, field.userID)?.id
        context.resolve(resolved.user, user)
        context.concerns(user: user)
        guard let agent = context.agent(field.agentID), let slug = agent[Agents.field.id] else { return }
        context.resolve(resolved.agent, agent.id)
        context.resolve(resolved.agentSlug, slug)
        // The engine has looked for a review of the agent as it is named here.
        if let user, context[field.agentID] != slug,
            let other = context.find(Self.self, (field.userID, user), (field.agentID, slug))
        {
            let id = other.id?.description ?? "?"
            context.refuse(.unique, field.agentID, "the user's review of this agent is \(id): send agentReview.changed")
        }
    }

    private static func change(_ context: GuardContext) {
        guard known(context) != nil, let value = context.valueSet(field.rating) else { return }
        guard let rating = value.int64 else {
            return context.refuse(.cast, "set.rating", value: value.plainText, "must be a whole number")
        }
        context.resolve(resolved.rating, rating)
    }

    /// The review that the event names, with what its agent counts by.
    private static func known(_ context: GuardContext) -> Existing<Self>? {
        guard let review = find(context) else { return nil }
        context.resolve(resolved.review, review.id)
        context.resolve(resolved.user, review[field.userID])
        context.concerns(user: review[field.userID])
        let slug = review[field.agentID]
        context.resolve(resolved.agent, slug.flatMap { context.find(Agents.self, (Agents.field.id, $0)) }?.id)
        context.resolve(resolved.agentSlug, slug)
        context.resolve(resolved.wasRating, review[field.rating])
        return review
    }

    private static func find(_ context: GuardContext) -> Existing<Self>? {
        if context[named.id] != nil { return context.require(Self.self, named.id) }
        guard let user = context[named.userID], context[named.agentID] != nil else {
            context.refuse(.required, "_id", "name the review by _id, or by userId and agentId")
            return nil
        }
        guard let slug = context.agent(named.agentID)?[Agents.field.id] else { return nil }
        if let review = context.find(Self.self, (field.userID, user), (field.agentID, slug)) { return review }
        context.refuse(.exists, named.agentID, "this user has no review of the agent; agent.reviewed makes one")
        return nil
    }

    // MARK: What follows

    public static let follows: [EventName] = events.map(\.name)

    public static func apply(_ event: RecordedEvent, to reviews: inout View<Self>) throws(Anomaly) {
        switch event.type {
        case .agentReviewed: try reviews.insert { $0[field.agentID] = event.resolved(resolved.agentSlug) }
        case .agentReviewChanged: try reviews.patch(event.resolved(resolved.review))
        case .agentReviewDeleted: try reviews.remove(event.resolved(resolved.review))
        default: throw reviews.unexpected()
        }
    }

    /// By how much the event changes the number of an agent's reviews and the sum of their ratings.
    static func change(of event: RecordedEvent) -> (reviews: Int64, ratings: Int64) {
        let before = event.resolved(resolved.wasRating) ?? 0
        return switch event.type {
        case .agentReviewed: (1, event[field.rating] ?? 0)
        case .agentReviewChanged: (0, (event.resolved(resolved.rating) ?? before) - before)
        case .agentReviewDeleted: (-1, -before)
        default: (0, 0)
        }
    }
}
