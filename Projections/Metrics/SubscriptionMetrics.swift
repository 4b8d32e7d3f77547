public import BSON
public import Schema

/// What subscriptions do and bring, day by day: a row for each day on which something happened to a plan of a scope, in
/// one currency. Together the rows of a scope, plan and currency are a series; what happens goes into its newest day.
public enum SubscriptionMetrics: Collection {
    public static let name = "subscriptionmetrics"
    public static let number: CollectionNumber = 27  // On disk. Never reused.
    public static let summary = "A UTC day of a plan, in a scope and a currency: subscriptions, revenue, refunds."

    // MARK: What it stores

    public struct Fields: FieldSet {
        /// The UTC day, yyyy-mm-dd. An event of an earlier day than the series' newest counts into the newest.
        public let date = Field.string("date").required().changed(by: SubscriptionMetrics.naming)
        /// An agent's `id`, or `platform`.
        public let scope = Field.string("scope").required().changed(by: SubscriptionMetrics.naming)
        /// `none` for payments that are for no plan.
        public let plan = Field.string("plan").required().changed(by: SubscriptionMetrics.naming)
        /// In capitals.
        public let currency = Field.string("currency").required().changed(by: SubscriptionMetrics.naming)
        public let started = Field.counter(
            "started", by: "user.registered, user.planChanged, agentSubscription.started")
        public let renewed = Field.counter("renewed", by: "user.planRenewed, agentSubscription.renewed")
        /// Ended at once: by a cancellation, a change to the free plan, or with the account.
        public let cancelled = Field.counter(
            "cancelled",
            by: "user.planCancelled, user.planChanged, user.deleted, user.erased, agentSubscription.cancelled")
        /// Ended with their period, whether they were cancelled to its end or not renewed.
        public let expired = Field.counter("expired", by: "user.planLapsed, agentSubscription.expired")
        /// Came from another plan or currency, or went to one.
        public let switchedIn = Field.counter("switchedIn", by: SubscriptionMetrics.switches)
        public let switchedOut = Field.counter("switchedOut", by: SubscriptionMetrics.switches)
        /// At the day's end.
        public let active = Field.counter("active", by: SubscriptionMetrics.standing)
        /// At the day's end. These bring nothing while they rest.
        public let paused = Field.counter("paused", by: SubscriptionMetrics.standing)
        /// At the day's end: annualRecurringRevenue / 12, to 34 digits.
        public let monthly = Field.decimal("monthlyRecurringRevenue", by: SubscriptionMetrics.standing)
        /// At the day's end, exact: what the active ones pay in a year of 365 days, 52 weeks or 12 months.
        public let annual = Field.decimal("annualRecurringRevenue", by: SubscriptionMetrics.standing)
        /// Completed payments of the day.
        public let revenue = Field.decimal("revenue", by: "transaction.created, transaction.completed")
        /// What went back that day, of this day's payments or earlier ones.
        public let refunds = Field.decimal("refunds", by: SubscriptionMetrics.payments)
        /// What was credited to users that day: no revenue.
        public let credits = Field.decimal("credits", by: SubscriptionMetrics.payments)
        public let createdAt = Field.timestamp("createdAt")
        public let updatedAt = Field.timestamp("updatedAt")
        public init() {}
    }
    public static let field = Fields()

    private static let naming = "no event: it names the document"
    private static let switches = "user.planChanged, user.planRenewed, agentSubscription.planChanged"
    private static let standing = subscriptionEvents.map(\.description).joined(separator: ", ")
    private static let payments = "transaction.created, transaction.completed, transaction.refunded"

    public static let indexes: [Index] = [
        Index(field.scope, field.plan, field.currency, field.date).unique(),
        Index(field.date.descending, field.scope),
        Index(field.scope, field.date.descending),
    ]

    // MARK: What may happen: nothing of its own

    public static let events: [Event] = []

    // MARK: What follows

    private static let subscriptionEvents: [EventName] = [
        .userRegistered, .userPlanChanged, .userPlanRenewed, .userPlanCancelled, .userPlanLapsed, .userDeleted,
        .userErased,
        .agentSubscriptionStarted, .agentSubscriptionRenewed, .agentSubscriptionCancelled, .agentSubscriptionPaused,
        .agentSubscriptionResumed, .agentSubscriptionPlanChanged, .agentSubscriptionExpired,
    ]

    public static let follows: [EventName] =
        subscriptionEvents + [.transactionCreated, .transactionCompleted, .transactionRefunded]

    public static func apply(_ event: RecordedEvent, to days: inout View<Self>) throws(Anomaly) {
        switch event.type {
        case .userRegistered:
            try change(from: nil, to: Subscription(registeredWith: event), field.started, event, &days)
        case .userPlanChanged:
            let (old, new) = (Subscription(userBefore: event), Subscription(userAfter: event))
            let count = old == nil ? field.started : new == nil ? field.cancelled : nil
            try change(from: old, to: new, count, event, &days)
        case .userPlanRenewed:
            let (old, new) = (Subscription(userBefore: event), Subscription(userAfter: event))
            try change(from: old, to: new, field.renewed, event, &days)
        // It goes on to the end of its period, and lapses then.
        case .userPlanCancelled where event[Users.planCancellation.cancelAtPeriodEnd] == true: return
        case .userPlanCancelled, .userDeleted, .userErased:
            try change(from: Subscription(userBefore: event), to: nil, field.cancelled, event, &days)
        case .userPlanLapsed: try change(from: Subscription(userBefore: event), to: nil, field.expired, event, &days)
        case .agentSubscriptionStarted:
            try change(from: nil, to: Subscription(agentAfter: event), field.started, event, &days)
        case .agentSubscriptionRenewed:
            let subscription = Subscription(agentBefore: event)
            try change(from: subscription, to: subscription, field.renewed, event, &days)
        case .agentSubscriptionCancelled:
            try change(from: Subscription(agentBefore: event), to: nil, field.cancelled, event, &days)
        case .agentSubscriptionExpired:
            try change(from: Subscription(agentBefore: event), to: nil, field.expired, event, &days)
        case .agentSubscriptionPaused, .agentSubscriptionResumed:
            let old = Subscription(agentBefore: event)
            var new = old
            new?.isPaused = event.type == .agentSubscriptionPaused
            try change(from: old, to: new, nil, event, &days)
        case .agentSubscriptionPlanChanged:
            try change(
                from: Subscription(agentBefore: event), to: Subscription(agentAfter: event), nil, event, &days)
        case .transactionCreated where event[Transactions.field.status] != "completed": return
        case .transactionCreated, .transactionCompleted, .transactionRefunded: try countMoney(event, &days)
        default: throw days.unexpected()
        }
    }

    // MARK: Subscriptions

    /// One subscription was `old` and is `new`; `count` is what is counted where it is now, or was if it ended.
    private static func change(
        from old: Subscription?, to new: Subscription?, _ count: Field<Int64>?, _ event: RecordedEvent,
        _ days: inout View<Self>
    ) throws(Anomaly) {
        if let old, let new, old.series == new.series {
            return try update(old.series, event, &days) { day in
                add(old, -1, to: day)
                add(new, 1, to: day)
                if let count { day.add(1, to: count) }
            }
        }
        if let old {
            let counted = new == nil ? count : field.switchedOut
            try update(old.series, event, &days) { day in
                add(old, -1, to: day)
                if let counted { day.add(1, to: counted) }
            }
        }
        if let new {
            try update(new.series, event, &days) { day in
                add(new, 1, to: day)
                if old != nil { day.add(1, to: field.switchedIn) }
                if let count { day.add(1, to: count) }
            }
        }
    }

    private static func add(_ subscription: Subscription, _ change: Int64, to day: borrowing Draft<Self>) {
        if subscription.isPaused { return day.add(change, to: field.paused) }
        day.add(change, to: field.active)
        guard subscription.annual != .zero else { return }
        let annual = amount(of: field.annual, in: day) + (change < 0 ? -subscription.annual : subscription.annual)
        day[field.annual] = annual.decimal128
        day[field.monthly] = annual.divided(by: 12).decimal128
    }

    // MARK: Payments

    private static func countMoney(_ event: RecordedEvent, _ days: inout View<Self>) throws(Anomaly) {
        let resolved = Transactions.resolved
        guard let number = event.resolved(resolved.amount), let amount = Amount(number) else { return }
        let series = Series(
            scope: event.resolved(resolved.scope) ?? platform, plan: event.resolved(resolved.plan) ?? "none",
            currency: event.resolved(resolved.currency))
        let type = event.resolved(resolved.type)
        let isRefund = event.type == .transactionRefunded
        try update(series, event, &days) { day in
            switch type {
            case "credit": add(isRefund ? -amount : amount, to: field.credits, in: day)
            // Some write what goes back as a negative amount.
            case "refund": add(number < 0 ? -amount : amount, to: field.refunds, in: day)
            default: add(amount, to: isRefund ? field.refunds : field.revenue, in: day)
            }
        }
    }

    private static func add(_ amount: Amount, to field: Field<Decimal128>, in day: borrowing Draft<Self>) {
        day[field] = (self.amount(of: field, in: day) + amount).decimal128
    }

    static func amount(of field: Field<Decimal128>, in day: borrowing Draft<Self>) -> Amount {
        day[field].flatMap { Amount($0) } ?? .zero
    }
}
