public import BSON
public import Schema

extension EventName {
    public static let agentCreated: EventName = "agent.created"
    public static let agentChanged: EventName = "agent.changed"
    public static let agentStatusChanged: EventName = "agent.statusChanged"
    public static let agentDeleted: EventName = "agent.deleted"
}

/// The agents one can talk to: their character, prompts, model and price, and how much they are used.
public enum Agents: Collection {
    public static let name = "agents"
    public static let number: CollectionNumber = 4  // On disk. Never reused.
    public static let summary = "An agent: its character, prompts, model, prices and the counters of its use."

    // MARK: What it stores

    public struct ExampleResponse: FieldSet {
        public let input = Field.string("input").required()
        public let output = Field.string("output").required()
        public init() {}
    }

    public struct Fields: FieldSet {
        /// The name in addresses: "einstein".
        public let id = Field.string("id").required().changed(by: "agent.created")
        public let name = Field.string("name").required().atMost(100)
        public let specialty = Field.string("specialty").atMost(100)
        public let description = Field.string("description").atMost(500)
        public let avatarURL = Field.string("avatarUrl")
        public let category = Field.string("category").oneOf(
            "Companion", "Business", "Entertainment", "Home & Lifestyle", "Education", "Health & Wellness", "Creative",
            "Technology")
        public let tags = Field.strings("tags", maxLength: 50)
        public let color = Field.string("color").atMost(100)
        public let traits = Field.strings("personality.traits")
        public let responseStyle = Field.string("personality.responseStyle")
        public let greetingMessage = Field.string("personality.greetingMessage")
        public let specialties = Field.strings("personality.specialties")
        public let conversationStarters = Field.strings("personality.conversationStarters")
        public let systemPrompt = Field.string("prompts.systemPrompt").required()
        public let contextPrompt = Field.string("prompts.contextPrompt")
        public let exampleResponses = Field.objects("prompts.exampleResponses", of: ExampleResponse())
        public let maxTokens = Field.integer("settings.maxTokens").within(100...4000).defaulting(to: 2000)
        public let temperature = Field.number("settings.temperature").within(0...2).defaulting(to: 0.7)
        public let enabled = Field.boolean("settings.enabled").defaulting(to: true)
        public let premium = Field.boolean("settings.premium").defaulting(to: false)
        public let provider = Field.string("aiProvider.primary")
            .oneOf("openai", "anthropic", "gemini", "cohere", "mistral", "xai", "huggingface", "groq")
        public let fallbacks = Field.strings("aiProvider.fallbacks")
        public let model = Field.string("aiProvider.model")
        public let reasoning = Field.string("aiProvider.reasoning")
        public let daily = Field.number("pricing.daily").atLeast(0).defaulting(to: 0)
        public let weekly = Field.number("pricing.weekly").atLeast(0).defaulting(to: 0)
        public let monthly = Field.number("pricing.monthly").atLeast(0).defaulting(to: 0)
        /// Distinct users that ever started a session or a subscription; never taken back.
        public let totalUsers = Field.counter("stats.totalUsers", by: "session.started, agentSubscription.started")
        public let totalSessions = Field.counter("stats.totalSessions", by: "session.started, session.deleted")
        /// Of the agent's reviews; 0 where there is none.
        public let averageRating = Field.number("stats.averageRating").within(0...5).defaulting(to: 0)
            .derived(by: "agent.reviewed, agentReview.changed, agentReview.deleted")
        public let totalMessages = Field.counter(
            "stats.totalMessages", by: "message.sent, message.deleted, session.deleted")
        public let status = Field.string("status").oneOf("active", "maintenance", "deprecated").defaulting(to: "active")
            .changed(by: "agent.statusChanged")
        public let createdAt = Field.timestamp("createdAt")
        public let updatedAt = Field.timestamp("updatedAt")
        public init() {}
    }
    public static let field = Fields()

    public static let indexes: [Index] = [
        Index(field.id).unique(),
        Index(field.status),
        Index(field.category),
        Index(field.tags),
        Index(field.provider),
        Index(field.totalUsers.descending),
        Index(field.premium),
        Index(field.createdAt.descending),
    ]

    // MARK: What may happen

    public struct Named: FieldSet {
        public let id = Field.string("id").required()
        public init() {}
    }
    public static let named = Named()

    public struct NewStatus: FieldSet {
        public let id = Field.string("id").required()
        public let status = Field.string("status").required().oneOf("active", "maintenance", "deprecated")
        public init() {}
    }
    public static let newStatus = NewStatus()

    public struct Resolved: FieldSet {
        public let agent = Field.reference("agent", to: "agents")
        public let wasStatus = Field.string("was.status")
        public init() {}
    }
    public static let resolved = Resolved()

    public static let events: [Event] = [
        .creation(
            .agentCreated, Agents.self, stream: "agents", key: field.id, "An agent is there to be talked to.",
            resolves: resolved
        ) { context in
            context.resolve(resolved.agent, context.documentID)
        },
        .patch(
            .agentChanged, Agents.self, stream: "agents", key: field.id,
            "Character, prompts, settings, prices or tags change.", resolves: resolved
        ) { _ = known($0) },
        .fact(
            .agentStatusChanged, newStatus, stream: "agents", key: newStatus.id,
            "Open, under maintenance, or deprecated for good.", resolves: resolved, guard: changeStatus),
        .fact(
            .agentDeleted, named, stream: "agents", key: named.id, "An agent nobody ever used or reviewed is removed.",
            resolves: resolved, guard: delete),
    ]

    /// The agent that the event names by its `id` (or by `_id`).
    private static func known(_ context: GuardContext) -> Existing<Self>? {
        guard let agent = context.agent(named.id) else { return nil }
        context.resolve(resolved.agent, agent.id)
        context.resolve(resolved.wasStatus, agent[field.status])
        return agent
    }

    private static func changeStatus(_ context: GuardContext) {
        guard let now = known(context)?[field.status], let next = context[newStatus.status] else { return }
        if now == next {
            context.refuse(.state, newStatus.status, "is the agent's status already")
        } else if now == "deprecated" {
            context.refuse(.state, newStatus.status, "a deprecated agent stays so: create another one")
        }
    }

    private static func delete(_ context: GuardContext) {
        guard let agent = known(context) else { return }
        let users = agent.count(field.totalUsers)
        if users > 0 {
            context.refuse(
                .state, named.id, "\(users) users have used this agent: deprecate it with agent.statusChanged")
        }
        guard let slug = agent[field.id] else { return }
        // Its reviews must not become those of another agent of that id.
        context.scan(
            AgentReviews.self, index: "agentId_1_createdAt_-1", AgentReviews.field.agentID, slug
        ) { _ in
            context.refuse(
                .state, named.id, "the agent has reviews: deprecate it, or send agentReview.deleted for each first")
            return false
        }
    }

    // MARK: What follows

    public static let follows: [EventName] =
        events.map(\.name) + [
            .agentSubscriptionStarted, .sessionStarted, .sessionDeleted, .messageSent, .messageDeleted,
            .agentReviewed, .agentReviewChanged, .agentReviewDeleted,
        ]

    public static func apply(_ event: RecordedEvent, to agents: inout View<Self>) throws(Anomaly) {
        switch event.type {
        case .messageSent, .messageDeleted:
            guard let agent = event.resolved(ChatMessages.resolved.agent) else { return }
            try agents.adjust(agent) { agent in
                agent.add(ChatMessages.messageChange(of: event), to: field.totalMessages)
            }
        case .sessionStarted:
            guard let agent = event.resolved(ChatSessions.resolved.agent) else { return }
            try agents.adjust(agent) { agent in
                agent.add(1, to: field.totalSessions)
                countUser(event.resolved(ChatSessions.resolved.user), of: agent)
            }
        case .sessionDeleted:
            guard let agent = event.resolved(ChatSessions.resolved.agent) else { return }
            try agents.adjust(agent) { agent in
                agent.add(-1, to: field.totalSessions)
                agent.add(-(event.resolved(ChatSessions.resolved.wasMessageCount) ?? 0), to: field.totalMessages)
            }
        case .agentSubscriptionStarted:
            guard let agent = event.resolved(AgentSubscriptions.resolved.agent) else { return }
            try agents.adjust(agent) { agent in
                countUser(event.resolved(AgentSubscriptions.resolved.user), of: agent)
            }
        case .agentReviewed, .agentReviewChanged, .agentReviewDeleted:
            try agents.adjust(event.resolved(AgentReviews.resolved.agent)) { agent in countRating(event, of: agent) }
        case .agentCreated: try agents.insert()
        case .agentChanged: try agents.patch(event.resolved(resolved.agent))
        case .agentStatusChanged:
            try agents.update(event.resolved(resolved.agent)) { agent in
                agent.take(field.status, from: event, newStatus.status)
            }
        case .agentDeleted: try agents.remove(event.resolved(resolved.agent))
        default: throw agents.unexpected()
        }
    }

    private static func countUser(_ user: ObjectID?, of agent: borrowing Draft<Self>) {
        guard let user else { return }
        if agent.remember("users", user) { agent.add(1, to: field.totalUsers) }
    }

    /// The average is that of whole numbers, so it is exact whatever came and went; without a review it is 0 again.
    private static func countRating(_ event: RecordedEvent, of agent: borrowing Draft<Self>) {
        let change = AgentReviews.change(of: event)
        guard change != (0, 0) else { return }
        let reviews = (agent.kept("reviews") ?? 0) + change.reviews
        let ratings = (agent.kept("ratings") ?? 0) + change.ratings
        agent.keep("reviews", reviews)
        agent.keep("ratings", ratings)
        agent[field.averageRating] = reviews == 0 ? 0 : Double(ratings) / Double(reviews)
    }
}
