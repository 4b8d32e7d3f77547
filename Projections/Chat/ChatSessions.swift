public import BSON
public import Schema

extension EventName {
    public static let sessionStarted: EventName = "session.started"
    public static let sessionChanged: EventName = "session.changed"
    public static let sessionEnded: EventName = "session.ended"
    public static let sessionReopened: EventName = "session.reopened"
    public static let sessionArchived: EventName = "session.archived"
    public static let sessionRestored: EventName = "session.restored"
    public static let sessionDeleted: EventName = "session.deleted"
}

/// Conversations between a user and an agent (or none), with the counts of their messages.
public enum ChatSessions: Collection {
    public static let name = "chatsessions"
    public static let number: CollectionNumber = 7
    public static let summary = "A conversation of a user with an agent: settings, state and counts of messages."

    // MARK: What it stores

    public struct Fields: FieldSet {
        public let sessionID = Field.string("sessionId").required().generated(prefix: "sess_")
            .changed(by: "session.started")
        public let userID = Field.reference("userId", to: "users").required().changed(by: "session.started")
        public let agentID = Field.reference("agentId", to: "agents").changed(by: "session.started")
        public let name = Field.string("name").required().atMost(100).personal()
        public let description = Field.string("description").atMost(500).personal()
        public let isActive = Field.boolean("isActive").defaulting(to: true)
            .changed(by: "session.ended, session.reopened")
        public let isArchived = Field.boolean("isArchived").defaulting(to: false)
            .changed(by: "session.archived, session.restored")
        public let tags = Field.strings("tags")
        public let temperature = Field.number("settings.temperature").within(0...2).defaulting(to: 0.7)
        public let maxTokens = Field.integer("settings.maxTokens").within(1...4000).defaulting(to: 2000)
        public let mode = Field.string("settings.mode")
            .oneOf("professional", "balanced", "creative", "fast", "coding").defaulting(to: "balanced")
        public let provider = Field.string("settings.provider")
            .oneOf("openai", "anthropic", "gemini", "cohere", "mistral", "xai", "huggingface", "groq")
            .defaulting(to: "mistral")
        public let model = Field.string("settings.model")
        public let messageCount = Field.counter("stats.messageCount", by: "message.sent, message.deleted")
        public let totalTokens = Field.counter(
            "stats.totalTokens", by: "message.sent, message.edited, message.deleted")
        /// From the session's start to its last message.
        public let durationMs = Field.counter("stats.durationMs", by: "message.sent, message.edited, message.deleted")
        public let lastMessageAt = Field.date("stats.lastMessageAt")
            .derived(by: "message.sent, message.edited, message.deleted")
        public let archivedAt = Field.date("archivedAt").changed(by: "session.archived, session.restored")
        public let createdAt = Field.timestamp("createdAt")
        public let updatedAt = Field.timestamp("updatedAt")
        public init() {}
    }
    public static let field = Fields()

    public static let indexes = [
        Index(field.userID, field.updatedAt.descending),
        Index(field.agentID, field.createdAt.descending),
        Index(field.isActive, field.updatedAt.descending),
        Index(field.tags),
        Index(field.provider),
        Index(field.createdAt.descending),
        Index(field.sessionID).unique(),
        Index(field.userID),
        Index(field.agentID),
    ]

    // MARK: What may happen

    /// In an event an agent is named by `_id` or by `id`; the document holds the `_id`.
    public struct Started: FieldSet {
        public let agentID = Field.string("agentId")
        public init() {}
    }
    public static let started = Started()

    /// A fact about a session that needs nothing but its name.
    public struct Named: FieldSet {
        public let sessionID = Field.string("sessionId").required()
        public init() {}
    }
    public static let named = Named()

    /// What the messages of a session added to a UTC day.
    public struct MessageDay: FieldSet {
        /// yyyy-mm-dd
        public let date = Field.string("date")
        public let messages = Field.integer("messages")
        public let tokens = Field.integer("tokens")
        public init() {}
    }
    public static let messageDay = MessageDay()

    public struct Resolved: FieldSet {
        public let session = Field.objectID("session")
        /// The owner.
        public let user = Field.objectID("user")
        /// The owner, also where the account is gone: whose days counted a session that is deleted.
        public let owner = Field.objectID("owner")
        public let userSince = Users.userSince
        public let agent = Field.objectID("agent")
        public let wasMessageCount = Field.integer("was.messageCount")
        public let wasTotalTokens = Field.integer("was.totalTokens")
        /// When the session was started: the day that counted it.
        public let wasCreatedAt = Field.date("was.createdAt")
        /// The days that counted its messages.
        public let wasMessageDays = Field.objects("was.messageDays", of: messageDay)
        public init() {}
    }
    public static let resolved = Resolved()

    public static let events = [
        Event.creation(
            .sessionStarted, Self.self, stream: "sessions", key: field.sessionID,
            "A user starts a conversation, mostly with an agent.", payload: started.descriptors, resolves: resolved,
            guard: start),
        Event.patch(
            .sessionChanged, Self.self, stream: "sessions", key: field.sessionID,
            "Name, description, tags or settings of a session change.", resolves: resolved
        ) { context in
            // What people write is kept under the key of its owner.
            if let owner = known(context)?[field.userID], context.find(Users.self, id: owner) == nil {
                context.refuse(
                    .exists, field.userID.descriptor.name, value: owner.description,
                    "the session's owner exists no longer")
            }
        },
        fact(.sessionEnded, "A conversation ends: it takes no more messages until it is reopened.") {
            session, context in
            if session[field.isActive] == false {
                context.refuse(.state, field.sessionID, "the session has ended already")
            }
        },
        fact(.sessionReopened, "An ended conversation goes on.") { session, context in
            if session[field.isActive] != false {
                context.refuse(.state, field.sessionID, "the session is active; only an ended one can be reopened")
            }
            if session[field.isArchived] == true {
                context.refuse(.state, field.sessionID, "the session is archived; session.restored takes it out first")
            }
        },
        fact(.sessionArchived, "A session is put away; it takes no messages while it is archived.") {
            session, context in
            if session[field.isArchived] == true {
                context.refuse(.state, field.sessionID, "the session is archived already")
            }
        },
        fact(.sessionRestored, "A session is taken out of the archive, as active or ended as it was.") {
            session, context in
            if session[field.isArchived] != true {
                context.refuse(.state, field.sessionID, "the session is not archived")
            }
        },
        fact(.sessionDeleted, "A session is removed. Its messages stay, and no longer count anywhere.") {
            session, context in
            context.resolve(resolved.wasMessageCount, session.count(field.messageCount))
            context.resolve(resolved.wasTotalTokens, session.count(field.totalTokens))
            context.resolve(resolved.wasCreatedAt, session[field.createdAt])
            context.resolve(resolved.owner, session[field.userID])
            resolveMessageDays(of: session, context)
        },
    ]

    private static func fact(
        _ name: EventName, _ summary: String, guard check: @escaping @Sendable (Existing<Self>, GuardContext) -> Void
    ) -> Event {
        .fact(name, named, stream: "sessions", key: named.sessionID, summary, resolves: resolved) { context in
            if let session = known(context) { check(session, context) }
        }
    }

    private static func start(_ context: GuardContext) {
        context.resolve(resolved.session, context.documentID)
        context.resolveOwner(resolved.user, context.require(Users.self, field.userID)?.id)
        context.resolveUserSince(context[field.userID])
        context.resolve(resolved.agent, context.agent(started.agentID)?.id)
        guard let sessionID = context[field.sessionID] else { return }
        // The messages of a deleted session stay: they must not become those of another one.
        context.scan(
            ChatMessages.self, index: "sessionId_1_createdAt_1", ChatMessages.field.sessionID, sessionID
        ) { _ in
            context.refuse(.unique, field.sessionID, "a deleted session had this sessionId; give another one")
            return false
        }
    }

    private static func resolveMessageDays(of session: Existing<Self>, _ context: GuardContext) {
        guard let sessionID = session[field.sessionID] else { return }
        var days: [(date: String, messages: Int64, tokens: Int64)] = []
        context.scan(
            ChatMessages.self, index: "sessionId_1_createdAt_1", ChatMessages.field.sessionID, sessionID
        ) { message in
            guard let date = message[ChatMessages.field.createdAt]?.dayText else { return true }
            if days.last?.date != date { days.append((date, 0, 0)) }
            days[days.count - 1].messages += 1
            days[days.count - 1].tokens += message.count(ChatMessages.field.tokens)
            return true
        }
        let values: [Value] = days.map { day in
            .document(["date": .string(day.date), "messages": .int64(day.messages), "tokens": .int64(day.tokens)])
        }
        context.resolve(resolved.wasMessageDays, .array(values))
    }

    /// The session that an event names, with those whom its events concern.
    private static func known(_ context: GuardContext) -> Existing<Self>? {
        guard let session = context.require(Self.self, field.sessionID, by: named.sessionID) else { return nil }
        context.resolve(resolved.session, session.id)
        if let owner = session[field.userID], context.find(Users.self, id: owner) != nil {
            context.resolveOwner(resolved.user, owner)
        }
        if let agent = session[field.agentID], context.find(Agents.self, id: agent) != nil {
            context.resolve(resolved.agent, agent)
        }
        return session
    }

    // MARK: What follows

    public static let follows: [EventName] = [
        .sessionStarted, .sessionChanged, .sessionEnded, .sessionReopened, .sessionArchived, .sessionRestored,
        .sessionDeleted, .messageSent, .messageEdited, .messageDeleted,
    ]

    public static func apply(_ event: RecordedEvent, to sessions: inout View<Self>) throws(Anomaly) {
        switch event.type {
        case .sessionStarted:
            try sessions.insert { session in
                // Admission kept the agent as it was named.
                session[field.agentID] = event.resolved(resolved.agent)
            }
        case .sessionChanged: try sessions.patch(event.resolved(resolved.session))
        case .sessionEnded: try sessions.update(event.resolved(resolved.session)) { $0[field.isActive] = false }
        case .sessionReopened: try sessions.update(event.resolved(resolved.session)) { $0[field.isActive] = true }
        case .sessionArchived:
            try sessions.update(event.resolved(resolved.session)) { session in
                session[field.isArchived] = true
                session[field.archivedAt] = event.time
            }
        case .sessionRestored:
            try sessions.update(event.resolved(resolved.session)) { session in
                session[field.isArchived] = false
                session[field.archivedAt] = nil
            }
        case .sessionDeleted: try sessions.remove(event.resolved(resolved.session))
        case .messageSent:
            try sessions.update(event.resolved(ChatMessages.resolved.session)) { session in
                count(event, in: session)
                session.raise(field.lastMessageAt, to: event.time)
                guard let start = session[field.createdAt], let last = session[field.lastMessageAt] else { return }
                session[field.durationMs] = max(0, last.milliseconds - start.milliseconds)
            }
        case .messageEdited, .messageDeleted:
            // Absent where the session was deleted meanwhile.
            guard let id = event.resolved(ChatMessages.resolved.session) else { return }
            try sessions.update(id) { session in
                count(event, in: session)
                session[field.lastMessageAt] = event.resolved(ChatMessages.resolved.lastMessageAt)
                session[field.durationMs] = event.resolved(ChatMessages.resolved.durationMs) ?? 0
            }
        default: throw sessions.unexpected()
        }
    }

    private static func count(_ event: RecordedEvent, in session: borrowing Draft<Self>) {
        session.add(ChatMessages.messageChange(of: event), to: field.messageCount)
        session.add(ChatMessages.tokenChange(of: event), to: field.totalTokens)
    }
}
