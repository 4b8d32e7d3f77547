public import BSON
public import Schema

extension EventName {
    public static let agentPersonalizationSaved: EventName = "agentPersonalization.saved"
    public static let agentPersonalizationDeactivated: EventName = "agentPersonalization.deactivated"
    public static let agentPersonalizationChanged: EventName = "agentPersonalization.changed"
    public static let agentPersonalizationDeleted: EventName = "agentPersonalization.deleted"
}

/// How users have made agents their own, one document for each of both.
public enum AgentPersonalizations: Collection {
    public static let name = "agentpersonalizations"
    public static let number: CollectionNumber = 6
    public static let summary = "How a user has made an agent their own: name, character, prompts, settings."

    // MARK: What it stores

    public struct Fields: FieldSet {
        public let userID = Field.reference("userId", to: "users").required().changed(by: "agentPersonalization.saved")
        /// The agent's `id`, whichever way the event names it.
        public let agentID = Field.string("agentId").required().changed(by: "agentPersonalization.saved")
        public let agentName = Field.string("customizations.name").atMost(100)
        public let avatar = Field.string("customizations.avatar")
        public let traits = Field.strings("customizations.personality.traits")
        public let greetingMessage = Field.string("customizations.personality.greetingMessage").personal()
        public let specialties = Field.strings("customizations.personality.specialties")
        public let systemPrompt = Field.string("customizations.prompts.systemPrompt").personal()
        public let contextPrompt = Field.string("customizations.prompts.contextPrompt").personal()
        public let temperature = Field.number("settings.temperature").within(0...2)
        public let maxTokens = Field.number("settings.maxTokens").within(100...4000)
        public let autoSave = Field.boolean("settings.autoSave").defaulting(to: true)
        public let isActive = Field.boolean("isActive").defaulting(to: true)
            .changed(by: "agentPersonalization.saved, agentPersonalization.deactivated")
        public let createdAt = Field.timestamp("createdAt")
        public let updatedAt = Field.timestamp("updatedAt")
        public init() {}
    }
    public static let field = Fields()

    public static let indexes = [
        Index(field.userID, field.agentID).unique(),
        Index(field.userID, field.isActive),
        Index(field.agentID),
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
        public let personalization = Field.objectID("personalization")
        public let user = Field.objectID("user")
        public let agentSlug = Field.string("agentSlug")
        /// What is saved was there, in another form.
        public let isKnown = Field.boolean("isKnown")
        public init() {}
    }
    public static let resolved = Resolved()

    public static let events = [
        Event.creation(
            .agentPersonalizationSaved, Self.self, stream: "users", key: field.userID,
            "A user makes an agent their own. Saved again, it is as the newer one says.", mayExist: true,
            resolves: resolved, guard: save),
        Event.fact(
            .agentPersonalizationDeactivated, named, stream: "users", key: named.userID,
            "The agent is as others know it again; the personalization is kept.", resolves: resolved
        ) { context in
            if let found = known(context), found[field.isActive] == false {
                context.refuse(.state, field.isActive, "the personalization is deactivated already")
            }
        },
        Event.patch(
            .agentPersonalizationChanged, Self.self, stream: "users", key: named.id, "Some of it changes.",
            resolves: resolved
        ) { _ = known($0) },
        Event.fact(
            .agentPersonalizationDeleted, named, stream: "users", key: named.userID, "It is removed.",
            resolves: resolved
        ) { _ = known($0) },
    ]

    private static func save(_ context: GuardContext) {
        let user = context.require(Users.self, field.userID)
        let agent = context.agent(field.agentID)
        guard let userID = user?.id, let slug = agent?[Agents.field.id] else { return }
        context.resolveOwner(resolved.user, userID)
        context.resolve(resolved.agentSlug, slug)
        let existing = context.find(Self.self, (field.userID, userID), (field.agentID, slug))
        context.resolve(resolved.isKnown, existing != nil)
        context.resolve(resolved.personalization, existing?.id ?? context.documentID)
        if existing == nil { context.requireUnique(Self.self) }
    }

    private static func known(_ context: GuardContext) -> Existing<Self>? {
        guard let found = find(context) else { return nil }
        context.resolve(resolved.personalization, found.id)
        context.resolveOwner(resolved.user, found[field.userID])
        context.resolve(resolved.agentSlug, found[field.agentID])
        return found
    }

    private static func find(_ context: GuardContext) -> Existing<Self>? {
        if context[named.id] != nil { return context.require(Self.self, named.id) }
        guard let user = context[named.userID], context[named.agentID] != nil else {
            context.refuse(.required, "_id", "name the personalization by _id, or by userId and agentId")
            return nil
        }
        guard let slug = context.agent(named.agentID)?[Agents.field.id] else { return nil }
        if let found = context.find(Self.self, (field.userID, user), (field.agentID, slug)) { return found }
        context.refuse(.exists, named.agentID, "this user has no personalization of the agent; save one first")
        return nil
    }

    // MARK: What follows

    public static let follows: [EventName] = events.map(\.name)

    public static func apply(_ event: RecordedEvent, to personalizations: inout View<Self>) throws(Anomaly) {
        let id = event.resolved(resolved.personalization)
        switch event.type {
        case .agentPersonalizationSaved where event.resolved(resolved.isKnown) != true:
            try personalizations.insert { $0[field.agentID] = event.resolved(resolved.agentSlug) }
        case .agentPersonalizationSaved:
            try personalizations.update(id) { saved in replace(saved, by: event) }
        case .agentPersonalizationDeactivated: try personalizations.update(id) { $0[field.isActive] = false }
        case .agentPersonalizationChanged: try personalizations.patch(id)
        case .agentPersonalizationDeleted: try personalizations.remove(id)
        default: throw personalizations.unexpected()
        }
    }

    /// What the newer one does not say is not so any more.
    private static func replace(_ saved: Draft<Self>, by event: RecordedEvent) {
        for text in [field.agentName, field.avatar, field.greetingMessage, field.systemPrompt, field.contextPrompt] {
            saved[text] = event[text]
        }
        for number in [field.temperature, field.maxTokens] {
            saved[number] = nil
            saved.take(number, from: event)
        }
        for list in [field.traits, field.specialties] { saved.take(list, from: event) }
        saved.take(field.autoSave, from: event)
        saved.take(field.isActive, from: event)
    }
}
