public import BSON
public import Schema

extension EventName {
    public static let rewardDefinitionCreated: EventName = "rewardDefinition.created"
    public static let rewardDefinitionChanged: EventName = "rewardDefinition.changed"
    public static let rewardDefinitionRetired: EventName = "rewardDefinition.retired"
    public static let rewardDefinitionDeleted: EventName = "rewardDefinition.deleted"
}

/// The catalogue of rewards: what may be claimed, when, how often and by whom. Claims themselves are in `userrewards`;
/// those of a reward without a definition obey none.
public enum RewardDefinitions: Collection {
    public static let name = "rewarddefinitions"
    public static let number: CollectionNumber = 18  // On disk. Never reused.
    public static let summary = "A reward of the catalogue, and the conditions that a claim of it must meet."

    // MARK: What it stores

    public struct Fields: FieldSet {
        public let rewardID = Field.string("rewardId").required().changed(by: "no event")
        public let title = Field.string("title").required()
        public let description = Field.string("description").required()
        public let type = Field.string("type").required().oneOf("activity", "milestone", "social", "subscription")
        public let category = Field.string("category").required()
            .oneOf("engagement", "learning", "social", "achievement")
        public let points = Field.integer("points").required().atLeast(0)
        /// The period (UTC) in which a user's claims are counted, and after which the count begins anew.
        public let frequency = Field.string("frequency").oneOf("once", "daily", "weekly", "monthly")
            .defaulting(to: "once")
        /// Days in a row with a login.
        public let consecutiveDays = Field.integer("conditions.consecutiveDays").defaulting(to: 0)
        /// Of one user, in one period of the frequency; 1 where absent.
        public let maxClaims = Field.integer("conditions.maxClaims")
        /// Rewards that the user must have claimed, or achievements unlocked, before.
        public let prerequisites = Field.strings("conditions.prerequisites")
        /// The lowest level that may claim.
        public let userLevel = Field.string("conditions.userLevel")
        public let isActive = Field.boolean("isActive").defaulting(to: true)
        public let startDate = Field.date("startDate").defaultingToNow()
        /// From this moment on nothing can be claimed: the scheduler retires the definition.
        public let endDate = Field.date("endDate")
        public let createdAt = Field.timestamp("createdAt")
        public let updatedAt = Field.timestamp("updatedAt")
        public init() {}
    }
    public static let field = Fields()

    public static let indexes: [Index] = [
        Index(field.rewardID).unique(),
        Index(field.type, field.category),
        Index(field.isActive, field.startDate, field.endDate),
        Index(field.points.descending),
    ]

    // MARK: What may happen

    public struct Retirement: FieldSet {
        public let rewardID = Field.string("rewardId").required()
        /// Where given, the end that has come: where the definition has another by now, it goes on.
        public let endDate = Field.date("endDate")
        public let reason = Field.string("reason")
        public init() {}
    }
    public static let retirement = Retirement()

    public struct Named: FieldSet {
        public let rewardID = Field.string("rewardId").required()
        public init() {}
    }
    public static let named = Named()

    public struct Resolved: FieldSet {
        public let definition = Field.reference("definition", to: "rewarddefinitions")
        public let wasIsActive = Field.boolean("was.isActive")
        public let wasEndDate = Field.date("was.endDate")
        public init() {}
    }
    public static let resolved = Resolved()

    public static let events: [Event] = [
        .creation(
            .rewardDefinitionCreated, RewardDefinitions.self, stream: "rewards", key: field.rewardID,
            "A reward comes into the catalogue. Its claims from then on obey it; those made before are counted.",
            resolves: resolved
        ) { context in
            context.resolve(resolved.definition, context.documentID)
            check(Terms(context, now: nil))
        },
        .patch(
            .rewardDefinitionChanged, RewardDefinitions.self, stream: "rewards", key: field.rewardID,
            "What a reward is or what it asks changes, for claims from then on; isActive brings a retired one back.",
            resolves: resolved, guard: change),
        .fact(
            .rewardDefinitionRetired, retirement, stream: "rewards", key: retirement.rewardID,
            "A reward can be claimed no longer: by somebody's word, or since its end has come (scheduler).",
            resolves: resolved, guard: retire),
        .fact(
            .rewardDefinitionDeleted, named, stream: "rewards", key: named.rewardID,
            "A reward's definition is removed: what users have of it stays.", resolves: resolved
        ) { _ = known($0) },
    ]

    public static let timers = [
        Timer(.rewardDefinitionRetired, watching: field.isActive, field.endDate) { definition in
            definition[field.isActive] == false ? nil : definition[field.endDate]
        } data: { definition in
            var data = Document()
            if let rewardID = definition[field.rewardID] { data.append("rewardId", .string(rewardID)) }
            if let end = definition[field.endDate] { data.append("endDate", .dateTime(end)) }
            return data
        }
    ]

    // MARK: What follows

    public static let follows: [EventName] = events.map(\.name)

    public static func apply(_ event: RecordedEvent, to definitions: inout View<Self>) throws(Anomaly) {
        let id = event.resolved(resolved.definition)
        switch event.type {
        case .rewardDefinitionCreated: try definitions.insert()
        case .rewardDefinitionChanged: try definitions.patch(id)
        case .rewardDefinitionRetired: try definitions.update(id) { $0[field.isActive] = false }
        case .rewardDefinitionDeleted: try definitions.remove(id)
        default: throw definitions.unexpected()
        }
    }
}
