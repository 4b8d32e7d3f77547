public import BSON
public import Schema

extension EventName {
    public static let agentSubscriptionStarted: EventName = "agentSubscription.started"
    public static let agentSubscriptionRenewed: EventName = "agentSubscription.renewed"
    public static let agentSubscriptionCancelled: EventName = "agentSubscription.cancelled"
    public static let agentSubscriptionPaused: EventName = "agentSubscription.paused"
    public static let agentSubscriptionResumed: EventName = "agentSubscription.resumed"
    public static let agentSubscriptionPlanChanged: EventName = "agentSubscription.planChanged"
    public static let agentSubscriptionExpired: EventName = "agentSubscription.expired"
    public static let agentSubscriptionChanged: EventName = "agentSubscription.changed"
    public static let agentSubscriptionDeleted: EventName = "agentSubscription.deleted"
}

/// Who pays for which agent, until when, and what was used of it in the present period. One per user and agent.
public enum AgentSubscriptions: Collection {
    public static let name = "agentsubscriptions"
    public static let number: CollectionNumber = 5  // On disk. Never reused.
    public static let summary = "A user's subscription to one agent: plan, status, period, price and use in the period."

    // MARK: What it stores

    public struct Fields: FieldSet {
        public let userID = Field.reference("userId", to: "users").required().changed(by: "agentSubscription.started")
        /// The agent's `id`.
        public let agentID = Field.string("agentId").required().changed(by: "agentSubscription.started")
        public let plan = Field.string("plan").required().oneOf("daily", "weekly", "monthly")
            .changed(by: "agentSubscription.planChanged")
        public let status = Field.string("status").oneOf("active", "cancelled", "expired", "paused")
            .defaulting(to: "active").changed(by: AgentSubscriptions.statusEvents)
        public let stripeSubscriptionID = Field.string("stripeSubscriptionId")
        public let stripePriceID = Field.string("stripePriceId")
        public let currentPeriodStart = Field.date("currentPeriodStart").defaultingToNow()
            .changed(by: AgentSubscriptions.periodEvents)
        public let currentPeriodEnd = Field.date("currentPeriodEnd").required()
            .changed(by: AgentSubscriptions.periodEvents)
        public let cancelAtPeriodEnd = Field.boolean("cancelAtPeriodEnd").defaulting(to: false)
        public let autoRenew = Field.boolean("autoRenew").defaulting(to: true)
        public let amount = Field.number("pricing.amount").required().changed(by: "agentSubscription.planChanged")
        public let currency = Field.string("pricing.currency").defaulting(to: "USD")
            .changed(by: "agentSubscription.planChanged")
        public let interval = Field.string("pricing.interval").required().oneOf("day", "week", "month")
            .changed(by: "agentSubscription.planChanged")
        public let messagesThisPeriod = Field.counter("usage.messagesThisPeriod", by: AgentSubscriptions.usageEvents)
        public let tokensThisPeriod = Field.counter("usage.tokensThisPeriod", by: AgentSubscriptions.usageEvents)
        public let lastUsedAt = Field.date("usage.lastUsedAt").derived(by: "message.sent")
        /// Not the seed's: messages from this moment on count into the period, and only they are taken back.
        public let countedFrom = Field.date("usage.countedFrom").defaultingToNow()
            .derived(by: AgentSubscriptions.periodEvents)
        public let source = Field.string("metadata.source").oneOf("web", "api", "admin").defaulting(to: "web")
        public let promoCode = Field.string("metadata.promoCode")
        public let notes = Field.string("metadata.notes").personal()
        public let createdAt = Field.timestamp("createdAt")
        public let updatedAt = Field.timestamp("updatedAt")
        public init() {}
    }
    public static let field = Fields()

    private static let statusEvents = """
        agentSubscription.started, agentSubscription.cancelled, agentSubscription.paused, agentSubscription.resumed, \
        agentSubscription.expired
        """
    private static let periodEvents =
        "agentSubscription.started, agentSubscription.renewed, agentSubscription.planChanged"
    private static let usageEvents = """
        message.sent, message.edited, message.deleted, agentSubscription.started, agentSubscription.renewed, \
        agentSubscription.planChanged
        """

    public static let indexes: [Index] = [
        Index(field.userID, field.agentID).unique(),
        Index(field.userID, field.status),
        Index(field.agentID, field.status),
        Index(field.status, field.currentPeriodEnd),
        Index(field.stripeSubscriptionID),
        Index(field.lastUsedAt.descending),
        Index(field.createdAt.descending),
    ]

    // MARK: What may happen

    /// Names a subscription by `_id`, or by user and agent (the agent by `id` or `_id`).
    public struct Named: FieldSet {
        public let id = Field.objectID("_id")
        public let userID = Field.reference("userId", to: "users")
        public let agentID = Field.string("agentId")
        public let reason = Field.string("reason")
        public init() {}
    }
    public static let named = Named()

    public struct Renewal: FieldSet {
        public let id = Field.objectID("_id")
        public let userID = Field.reference("userId", to: "users")
        public let agentID = Field.string("agentId")
        /// Where absent, the end of the period before.
        public let currentPeriodStart = Field.date("currentPeriodStart")
        public let currentPeriodEnd = Field.date("currentPeriodEnd").required()
        public init() {}
    }
    public static let renewal = Renewal()

    public struct PlanChange: FieldSet {
        public let id = Field.objectID("_id")
        public let userID = Field.reference("userId", to: "users")
        public let agentID = Field.string("agentId")
        public let plan = Field.string("plan").required().oneOf("daily", "weekly", "monthly")
        public let amount = Field.number("pricing.amount").required()
        public let currency = Field.string("pricing.currency").defaulting(to: "USD")
        public let interval = Field.string("pricing.interval").required().oneOf("day", "week", "month")
        public let currentPeriodStart = Field.date("currentPeriodStart").defaultingToNow()
        public let currentPeriodEnd = Field.date("currentPeriodEnd").required()
        public init() {}
    }
    public static let planChange = PlanChange()

    public struct Expiry: FieldSet {
        public let id = Field.objectID("_id")
        public let userID = Field.reference("userId", to: "users")
        public let agentID = Field.string("agentId")
        /// Where given, the period that ended: another one goes on.
        public let currentPeriodEnd = Field.date("currentPeriodEnd")
        public init() {}
    }
    public static let expiry = Expiry()

    public struct Resolved: FieldSet {
        public let subscription = Field.reference("subscription", to: "agentsubscriptions")
        public let user = Field.reference("user", to: "users")
        /// Absent where the agent was deleted meanwhile.
        public let agent = Field.reference("agent", to: "agents")
        public let agentSlug = Field.string("agentSlug")
        /// Of the messages between both at the start: none of those was counted.
        public let lastMessageAt = Field.date("lastMessageAt")
        /// The start is of a subscription that was cancelled or had expired.
        public let isRestart = Field.boolean("isRestart")
        public let wasStatus = Field.string("was.status")
        public let wasPlan = Field.string("was.plan")
        public let wasAmount = Field.number("was.amount")
        public let wasCurrency = Field.string("was.currency")
        public let wasInterval = Field.string("was.interval")
        public init() {}
    }
    public static let resolved = Resolved()

    public static let events: [Event] = [
        .creation(
            .agentSubscriptionStarted, AgentSubscriptions.self, stream: "subscriptions", key: named.id,
            "A user subscribes to an agent. A cancelled or expired one starts again: the same document, a new period.",
            mayExist: true, resolves: resolved, guard: start),
        .fact(
            .agentSubscriptionRenewed, renewal, stream: "subscriptions", key: named.id,
            "Another period begins; its use starts at nothing.", resolves: resolved, guard: renew),
        .fact(
            .agentSubscriptionCancelled, named, stream: "subscriptions", key: named.id,
            "It ends at once, whether active or paused.", resolves: resolved
        ) { demand("active", or: "paused", $0) },
        .fact(
            .agentSubscriptionPaused, named, stream: "subscriptions", key: named.id, "It rests.", resolves: resolved
        ) { demand("active", $0) },
        .fact(
            .agentSubscriptionResumed, named, stream: "subscriptions", key: named.id, "It goes on after a pause.",
            resolves: resolved
        ) { demand("paused", $0) },
        .fact(
            .agentSubscriptionPlanChanged, planChange, stream: "subscriptions", key: named.id,
            "Another plan from now on: a new period at another price.", resolves: resolved, guard: changePlan),
        .fact(
            .agentSubscriptionExpired, expiry, stream: "subscriptions", key: named.id,
            "Its period ended unrenewed (scheduler).", resolves: resolved, guard: expire),
        .patch(
            .agentSubscriptionChanged, AgentSubscriptions.self, stream: "subscriptions", key: named.id,
            "Renewal, notes or Stripe's ids change.", resolves: resolved
        ) { _ = known($0) },
        .fact(
            .agentSubscriptionDeleted, named, stream: "subscriptions", key: named.id,
            "An ended subscription is removed.", resolves: resolved
        ) { demand("cancelled", or: "expired", $0) },
    ]

    public static let timers = [
        Timer(
            .agentSubscriptionExpired,
            watching: field.status, field.currentPeriodEnd, field.autoRenew, field.cancelAtPeriodEnd
        ) { subscription in
            guard subscription[field.status] ?? "active" == "active", let end = subscription[field.currentPeriodEnd]
            else { return nil }
            return expiry(after: end, subscription[field.autoRenew], subscription[field.cancelAtPeriodEnd])
        } data: { subscription in
            var data = Document()
            if let id = subscription.value(named: "_id")?.objectID { data.append("_id", .objectID(id)) }
            if let end = subscription[field.currentPeriodEnd] {
                data.append(expiry.currentPeriodEnd.descriptor.name, .dateTime(end))
            }
            return data
        }
    ]

    /// When a subscription whose period ends expires, unless it is renewed: one that renews by itself has a grace.
    static func expiry(after end: DateTime, _ autoRenew: Bool?, _ cancelAtPeriodEnd: Bool?) -> DateTime {
        let renews = autoRenew != false && cancelAtPeriodEnd != true
        return DateTime(milliseconds: end.milliseconds + (renews ? graceMilliseconds : 0))
    }

    // MARK: What follows

    public static let follows: [EventName] =
        events.map(\.name) + [.messageSent, .messageEdited, .messageDeleted]

    public static func apply(_ event: RecordedEvent, to subscriptions: inout View<Self>) throws(Anomaly) {
        let id = event.resolved(resolved.subscription)
        switch event.type {
        case .messageSent, .messageEdited, .messageDeleted:
            guard let id = event.resolved(ChatMessages.resolved.subscription) else { return }
            try subscriptions.adjust(id) { subscription in countUse(event, in: subscription) }
        case .agentSubscriptionStarted where event.resolved(resolved.isRestart) != true:
            try subscriptions.insert { subscription in
                subscription[field.agentID] = event.resolved(resolved.agentSlug)
                countAnew(event, in: subscription)
            }
        case .agentSubscriptionStarted:
            try subscriptions.update(id) { subscription in
                beginPeriod(event, in: subscription)
                subscription.take(field.status, from: event)
                subscription.take(field.stripeSubscriptionID, from: event)
                subscription.take(field.stripePriceID, from: event)
                subscription.take(field.cancelAtPeriodEnd, from: event)
                subscription.take(field.autoRenew, from: event)
                subscription.take(field.source, from: event)
                subscription[field.promoCode] = event[field.promoCode]
                subscription.take(field.notes, from: event)
            }
        case .agentSubscriptionRenewed, .agentSubscriptionPlanChanged:
            try subscriptions.update(id) { subscription in beginPeriod(event, in: subscription) }
        case .agentSubscriptionCancelled:
            try subscriptions.update(id) { subscription in subscription[field.status] = "cancelled" }
        case .agentSubscriptionPaused:
            try subscriptions.update(id) { subscription in subscription[field.status] = "paused" }
        case .agentSubscriptionResumed:
            try subscriptions.update(id) { subscription in subscription[field.status] = "active" }
        case .agentSubscriptionExpired:
            try subscriptions.update(id) { subscription in subscription[field.status] = "expired" }
        case .agentSubscriptionChanged: try subscriptions.patch(id)
        case .agentSubscriptionDeleted: try subscriptions.remove(id)
        default: throw subscriptions.unexpected()
        }
    }

    private static func beginPeriod(_ event: RecordedEvent, in subscription: borrowing Draft<Self>) {
        let start = event[field.currentPeriodStart] ?? subscription[field.currentPeriodEnd] ?? event.time
        subscription[field.currentPeriodStart] = start
        subscription.take(field.currentPeriodEnd, from: event)
        // A renewal declares no terms: what it carries under their names is unchecked.
        if event.type != .agentSubscriptionRenewed {
            subscription.take(field.plan, from: event)
            subscription.take(field.amount, from: event)
            subscription.take(field.currency, from: event)
            subscription.take(field.interval, from: event)
        }
        subscription[field.messagesThisPeriod] = 0
        subscription[field.tokensThisPeriod] = 0
        countAnew(event, in: subscription)
    }

    /// From past whatever was sent before, so that a message that is taken back later is taken from its own period.
    private static func countAnew(_ event: RecordedEvent, in subscription: borrowing Draft<Self>) {
        var start = max(event.time, subscription[field.countedFrom] ?? event.time)
        for last in [subscription[field.lastUsedAt], event.resolved(resolved.lastMessageAt)] {
            if let last { start = max(start, DateTime(milliseconds: last.milliseconds + 1)) }
        }
        subscription[field.countedFrom] = start
    }

    private static func countUse(_ event: RecordedEvent, in subscription: borrowing Draft<Self>) {
        let isNew = event.type == .messageSent
        let sentAt = isNew ? event.time : event.resolved(ChatMessages.resolved.wasCreatedAt) ?? event.time
        if isNew { subscription.raise(field.lastUsedAt, to: event.time) }
        if let start = subscription[field.countedFrom], sentAt < start { return }
        subscription.add(ChatMessages.messageChange(of: event), to: field.messagesThisPeriod)
        subscription.add(ChatMessages.tokenChange(of: event), to: field.tokensThisPeriod)
    }
}
