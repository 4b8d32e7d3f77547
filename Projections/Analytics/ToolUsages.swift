public import BSON
public import Schema

extension EventName {
    public static let toolUsed: EventName = "tool.used"
    public static let toolChanged: EventName = "tool.changed"
    public static let toolDeleted: EventName = "tool.deleted"
}

/// Uses of the development tools, with what came of them.
public enum ToolUsages: Collection {
    public static let name = "toolusages"
    public static let number: CollectionNumber = 16
    public static let summary = "One use of a development tool: who, what with, and what came of it."

    // MARK: What it stores

    public struct Fields: FieldSet {
        /// Absent where nobody was signed in.
        public let userID = Field.reference("userId", to: "users").changed(by: "tool.used")
        public let toolName = Field.string("toolName").required().changed(by: "tool.used")
        public let toolCategory = Field.string("toolCategory").required()
            .oneOf("network", "data", "developer", "security", "web")
        public let action = Field.string("action").required()
        /// May hold addresses and keys of whoever tests with them.
        public let parameters = Field.mixed("parameters").personal()
        public let statusCode = Field.number("result.statusCode")
        /// In milliseconds.
        public let responseTime = Field.number("result.responseTime")
        public let success = Field.boolean("result.success")
        public let error = Field.string("result.error")
        /// In bytes.
        public let dataSize = Field.number("result.dataSize")
        public let ipAddress = Field.string("metadata.ipAddress").personal()
        public let userAgent = Field.string("metadata.userAgent").personal()
        public let sessionID = Field.string("metadata.sessionId")
        public let createdAt = Field.timestamp("createdAt")
        public let updatedAt = Field.timestamp("updatedAt")
        public init() {}
    }
    public static let field = Fields()

    public static let indexes = [
        Index(field.userID, field.createdAt.descending),
        Index(field.toolName, field.createdAt.descending),
        Index(field.toolCategory, field.createdAt.descending),
        Index(field.success),
        Index(field.createdAt.descending),
    ]

    // MARK: What may happen

    /// A fact that needs nothing but which use it is about.
    public struct Named: FieldSet {
        public let id = Field.objectID("_id").required()
        public init() {}
    }
    public static let named = Named()

    public struct Resolved: FieldSet {
        public let usage = Field.objectID("usage")
        public let user = Field.objectID("user")
        public let userSince = Users.userSince
        /// When the tool was used: the day that counted it.
        public let wasCreatedAt = Field.date("was.createdAt")
        public init() {}
    }
    public static let resolved = Resolved()

    public static let events = [
        Event.creation(
            .toolUsed, Self.self, stream: "tools", key: field.toolName, "Somebody uses a tool.", resolves: resolved
        ) { context in
            context.resolve(resolved.usage, context.documentID)
            let user = context.require(Users.self, field.userID)?.id
            context.resolveOwner(resolved.user, user)
            context.resolveUserSince(user)
        },
        Event.patch(
            .toolChanged, Self.self, stream: "tools", key: named.id, "What was noted of a use is put right.",
            resolves: resolved
        ) { known($0) },
        Event.fact(.toolDeleted, named, stream: "tools", key: named.id, "A use is removed.", resolves: resolved) {
            known($0)
        },
    ]

    private static func known(_ context: GuardContext) {
        guard let usage = context.require(Self.self, named.id) else { return }
        context.resolve(resolved.usage, usage.id)
        context.resolveOwner(resolved.user, usage[field.userID])
        context.resolve(resolved.wasCreatedAt, usage[field.createdAt])
    }

    // MARK: What follows

    public static let follows: [EventName] = events.map(\.name)

    public static func apply(_ event: RecordedEvent, to usages: inout View<Self>) throws(Anomaly) {
        switch event.type {
        case .toolUsed: try usages.insert()
        case .toolChanged: try usages.patch(event.resolved(resolved.usage))
        case .toolDeleted: try usages.remove(event.resolved(resolved.usage))
        default: throw usages.unexpected()
        }
    }
}
