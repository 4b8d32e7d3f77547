public import BSON
public import Schema

extension EventName {
    public static let messageSent: EventName = "message.sent"
    public static let messageChanged: EventName = "message.changed"
    public static let messageEdited: EventName = "message.edited"
    public static let messageDeleted: EventName = "message.deleted"
    public static let messageRated: EventName = "message.rated"
}

/// Messages of a conversation, in the order they were sent.
public enum ChatMessages: Collection {
    public static let name = "chatmessages"
    public static let number: CollectionNumber = 8
    public static let summary = "A message of a chat session: who spoke, what was said, its cost and its rating."

    // MARK: What it stores

    public struct Attachment: FieldSet {
        public let type = Field.string("type").oneOf("image", "file", "audio", "video")
        public let url = Field.string("url").required()
        public let filename = Field.string("filename")
        public let size = Field.number("size")
        public let mimeType = Field.string("mimeType")
        public init() {}
    }

    public struct Fields: FieldSet {
        public let sessionID = Field.string("sessionId").required().changed(by: "message.sent")
        public let messageID = Field.string("messageId").required().generated(prefix: "msg_").changed(
            by: "message.sent")
        public let role = Field.string("role").required().oneOf("user", "assistant", "system")
            .changed(by: "message.sent")
        public let content = Field.string("content").required().personal().changed(by: "message.edited")
        public let tokens = Field.integer("tokens").atLeast(0).changed(by: "message.edited")
        public let model = Field.string("metadata.model")
        public let temperature = Field.number("metadata.temperature")
        public let processingTime = Field.number("metadata.processingTime")
        public let provider = Field.string("metadata.provider")
        public let attachments = Field.objects("attachments", of: Attachment())
        public let rating = Field.integer("feedback.rating").within(1...5).changed(by: "message.rated")
        public let ratingComment = Field.string("feedback.comment").personal().changed(by: "message.rated")
        public let ratingUserID = Field.reference("feedback.userId", to: "users").changed(by: "message.rated")
        public let createdAt = Field.timestamp("createdAt")
        public let updatedAt = Field.timestamp("updatedAt")
        public init() {}
    }
    public static let field = Fields()

    public static let indexes = [
        Index(field.sessionID, field.createdAt),
        Index(field.messageID).unique(),
        Index(field.role),
        Index(field.provider),
        Index(field.rating.descending),
        Index(field.createdAt.descending),
        Index(field.sessionID),
    ]

    // MARK: What may happen

    public struct Sent: FieldSet {
        /// The author, where it is not the session's owner alone who speaks.
        public let userID = Field.reference("userId", to: "users")
        public init() {}
    }
    public static let sent = Sent()

    public struct Edited: FieldSet {
        public let messageID = Field.string("messageId").required()
        public let content = Field.string("content").required().personal()
        /// Where absent, the message keeps its count.
        public let tokens = Field.integer("tokens").atLeast(0)
        public init() {}
    }
    public static let edited = Edited()

    public struct Deleted: FieldSet {
        public let messageID = Field.string("messageId").required()
        public init() {}
    }
    public static let deleted = Deleted()

    public struct Rated: FieldSet {
        public let messageID = Field.string("messageId").required()
        public let rating = Field.integer("rating").required().within(1...5)
        public let comment = Field.string("comment").personal()
        /// Who rated.
        public let userID = Field.reference("userId", to: "users")
        public init() {}
    }
    public static let rated = Rated()

    public struct Resolved: FieldSet {
        public let message = Field.objectID("message")
        /// Absent where the session was deleted meanwhile.
        public let session = Field.objectID("session")
        /// The session's owner.
        public let user = Field.objectID("user")
        /// The session's owner, also where the account is gone: whose day counted a message that changes.
        public let owner = Field.objectID("owner")
        public let userSince = Users.userSince
        public let agent = Field.objectID("agent")
        /// The owner's subscription of the agent.
        public let subscription = Field.objectID("subscription")
        /// The session's last message after this event; absent where none is left.
        public let lastMessageAt = Field.date("lastMessageAt")
        public let durationMs = Field.integer("durationMs")
        public let wasTokens = Field.integer("was.tokens")
        /// When the message was sent: the day and the period that counted it.
        public let wasCreatedAt = Field.date("was.createdAt")
        public init() {}
    }
    public static let resolved = Resolved()

    public static let events = [
        Event.creation(
            .messageSent, Self.self, stream: "sessions", key: field.sessionID,
            "Somebody speaks in a session: the user, the agent (assistant) or the system. Every role counts.",
            payload: sent.descriptors, resolves: resolved, guard: send),
        Event.patch(
            .messageChanged, Self.self, stream: "sessions", key: field.messageID,
            "Metadata or attachments of a message change.", resolves: resolved
        ) { context in
            if let message = known(context) { _ = resolveSession(of: message, context) }
        },
        Event.fact(
            .messageEdited, edited, stream: "sessions", key: edited.messageID,
            "What a message says changes, and what it cost.", resolves: resolved, guard: edit),
        Event.fact(
            .messageDeleted, deleted, stream: "sessions", key: deleted.messageID,
            "A message is removed; whatever counted it counts it no longer.", resolves: resolved, guard: delete),
        Event.fact(
            .messageRated, rated, stream: "sessions", key: rated.messageID,
            "A message is rated from 1 to 5. Rated again, the newer rating counts.", resolves: resolved
        ) { context in
            _ = context.require(Users.self, rated.userID)
            if let message = known(context) { _ = requireSession(of: message, context) }
        }.upcasts(
            Upcast(from: 1, "The rating was named stars.") { payload in
                payload.data = payload.data.renaming("stars", to: "rating")
            }),
    ]

    // MARK: What follows

    public static let follows: [EventName] = [
        .messageSent, .messageChanged, .messageEdited, .messageDeleted, .messageRated,
    ]

    public static func apply(_ event: RecordedEvent, to messages: inout View<Self>) throws(Anomaly) {
        switch event.type {
        case .messageSent: try messages.insert()
        case .messageChanged: try messages.patch(event.resolved(resolved.message))
        case .messageEdited:
            try messages.update(event.resolved(resolved.message)) { message in
                message.take(field.content, from: event, edited.content)
                if event[edited.tokens] != nil { message.take(field.tokens, from: event, edited.tokens) }
            }
        case .messageDeleted: try messages.remove(event.resolved(resolved.message))
        case .messageRated:
            try messages.update(event.resolved(resolved.message)) { message in
                message.take(field.rating, from: event, rated.rating)
                message[field.ratingComment] = event[rated.comment]
                message[field.ratingUserID] = event[rated.userID]
            }
        default: throw messages.unexpected()
        }
    }

    /// By how much the event changes the count of messages wherever it is kept.
    static func messageChange(of event: RecordedEvent) -> Int64 {
        switch event.type {
        case .messageSent: 1
        case .messageDeleted: -1
        default: 0
        }
    }

    /// By how much the event changes the count of tokens wherever it is kept.
    static func tokenChange(of event: RecordedEvent) -> Int64 {
        switch event.type {
        case .messageSent: event[field.tokens] ?? 0
        case .messageEdited: event[edited.tokens].map { $0 - (event.resolved(resolved.wasTokens) ?? 0) } ?? 0
        case .messageDeleted: -(event.resolved(resolved.wasTokens) ?? 0)
        default: 0
        }
    }
}
