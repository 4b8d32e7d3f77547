internal import BSON
internal import Schema

extension AgentSubscriptions {
    /// One that renews by itself expires only this long after its period, since the renewal is another service's word.
    static let graceMilliseconds: Int64 = 72 * 3_600_000

    // MARK: Which subscription

    /// The subscription that the event names, with those whom it concerns.
    static func known(_ context: GuardContext) -> Existing<Self>? {
        guard let subscription = find(context) else { return nil }
        context.resolve(resolved.subscription, subscription.id)
        context.resolveOwner(resolved.user, subscription[field.userID])
        let slug = subscription[field.agentID]
        context.resolve(resolved.agent, slug.flatMap { context.find(Agents.self, (Agents.field.id, $0)) }?.id)
        context.resolve(resolved.agentSlug, slug)
        resolvePrior(subscription, context)
        return subscription
    }

    /// What revenue and counts elsewhere depend on, as it was before the event.
    private static func resolvePrior(_ subscription: Existing<Self>, _ context: GuardContext) {
        context.resolve(resolved.wasStatus, subscription[field.status])
        context.resolve(resolved.wasPlan, subscription[field.plan])
        context.resolve(resolved.wasAmount, subscription[field.amount])
        context.resolve(resolved.wasCurrency, subscription[field.currency])
        context.resolve(resolved.wasInterval, subscription[field.interval])
    }

    private static func find(_ context: GuardContext) -> Existing<Self>? {
        if context[named.id] != nil {
            guard let subscription = context.require(Self.self, named.id) else { return nil }
            // Ids beside the key repeat what the document has; they are never a change.
            if let user = context[named.userID], user != subscription[field.userID] {
                context.refuse(.conflict, named.userID, "is not this subscription's user: leave it out")
            }
            if context.data.value(named: "agentId") != nil, let agent = context.agent(named.agentID),
                agent[Agents.field.id] != subscription[field.agentID]
            {
                context.refuse(.conflict, named.agentID, "is not this subscription's agent: leave it out")
            }
            return subscription
        }
        guard let user = context[named.userID], context[named.agentID] != nil else {
            context.refuse(.required, "_id", "name the subscription by _id, or by userId and agentId")
            return nil
        }
        guard let slug = context.agent(named.agentID)?[Agents.field.id] else { return nil }
        if let subscription = context.find(Self.self, (field.userID, user), (field.agentID, slug)) {
            return subscription
        }
        context.refuse(.exists, named.agentID, "this user has no subscription to the agent")
        return nil
    }

    // MARK: What may happen to it

    static func start(_ context: GuardContext) {
        if context[field.status] != "active" {
            context.refuse(.state, field.status, "a subscription starts as active")
        }
        checkPeriod(from: context[field.currentPeriodStart], to: context[field.currentPeriodEnd], context)
        let user = context.require(Users.self, field.userID)
        let agent = context.agent(field.agentID)
        if let agent, agent[Agents.field.status] == "deprecated" {
            context.refuse(.state, field.agentID, "this agent is deprecated: nobody can subscribe to it any more")
        }
        guard let userID = user?.id, let slug = agent?[Agents.field.id] else { return }
        context.resolveOwner(resolved.user, userID)
        context.resolve(resolved.agent, agent?.id)
        context.resolve(resolved.agentSlug, slug)
        resolveLastMessage(of: userID, with: agent?.id, context)
        guard let existing = context.find(Self.self, (field.userID, userID), (field.agentID, slug)) else {
            context.requireUnique(Self.self)
            context.resolve(resolved.subscription, context.documentID)
            return context.resolve(resolved.isRestart, false)
        }
        context.resolve(resolved.subscription, existing.id)
        context.resolve(resolved.isRestart, true)
        resolvePrior(existing, context)
        let status = existing[field.status] ?? "active"
        if status != "cancelled", status != "expired" {
            let id = existing.id?.description ?? "?"
            context.refuse(.state, field.agentID, "the user's subscription \(id) to this agent is \(status) already")
        }
    }

    private static func resolveLastMessage(of user: ObjectID, with agent: ObjectID?, _ context: GuardContext) {
        var last: DateTime?
        context.scan(ChatSessions.self, index: "userId_1", ChatSessions.field.userID, user) { session in
            guard session[ChatSessions.field.agentID] == agent, let at = session[ChatSessions.field.lastMessageAt]
            else { return true }
            last = max(last ?? at, at)
            return true
        }
        context.resolve(resolved.lastMessageAt, last)
    }

    /// Refuses unless the status is one of these.
    static func demand(_ status: String, or other: String? = nil, _ context: GuardContext) {
        guard let now = known(context)?[field.status], now != status, now != other else { return }
        let wanted = other.map { "\(status) or \($0)" } ?? status
        context.refuse(.state, "_id", "the subscription is \(now), not \(wanted)")
    }

    static func renew(_ context: GuardContext) {
        guard let subscription = known(context) else { return }
        demandActive(subscription, context)
        if let end = context[renewal.currentPeriodEnd], let now = subscription[field.currentPeriodEnd], end <= now {
            context.refuse(.condition, renewal.currentPeriodEnd, "must be later than the end now, \(now)")
        }
        checkPeriod(from: context[renewal.currentPeriodStart], to: context[renewal.currentPeriodEnd], context)
    }

    static func changePlan(_ context: GuardContext) {
        checkPeriod(from: context[planChange.currentPeriodStart], to: context[planChange.currentPeriodEnd], context)
        if let subscription = known(context) { demandActive(subscription, context) }
    }

    static func expire(_ context: GuardContext) {
        guard let subscription = known(context) else { return }
        demandActive(subscription, context)
        guard let end = subscription[field.currentPeriodEnd] else { return }
        if let due = context[expiry.currentPeriodEnd], due != end {
            context.refuse(.state, expiry.currentPeriodEnd, "that period is over; the present one ends at \(end)")
        }
        let due = expiry(after: end, subscription[field.autoRenew], subscription[field.cancelAtPeriodEnd])
        if context.time < due {
            context.refuse(.state, "_id", "it does not expire before \(due): use agentSubscription.cancelled")
        }
    }

    private static func demandActive(_ subscription: Existing<Self>, _ context: GuardContext) {
        guard let status = subscription[field.status], status != "active" else { return }
        context.refuse(.state, "_id", "the subscription is \(status), not active")
    }

    private static func checkPeriod(from start: DateTime?, to end: DateTime?, _ context: GuardContext) {
        if let start, let end, end <= start {
            context.refuse(.condition, field.currentPeriodEnd, "must be later than the period's start, \(start)")
        }
    }
}
