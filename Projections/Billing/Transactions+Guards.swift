internal import BSON
internal import Schema

extension Transactions {
    /// Payments may have to be kept when the rest of a user is erased: they have a key of their own.
    private static func resolvePayer(_ user: ObjectID?, _ context: GuardContext) {
        context.resolve(resolved.user, user)
        if let user { context.concerns(.payer(user)) }
    }

    static func create(_ context: GuardContext) {
        context.resolve(resolved.transaction, context.documentID)
        let user = context.require(Users.self, field.userID)
        resolvePayer(user?.id, context)
        context.resolve(resolved.type, context[field.type])
        context.resolve(resolved.amount, context[field.amount])
        context.resolve(resolved.currency, context[field.currency])
        if context[field.status] == "refunded" {
            context.refuse(.state, field.status, "create it as completed, then send transaction.refunded")
        }
        resolveScope(context, context[field.type], context[field.subscriptionID], user)
    }

    /// What the money was for: an agent's subscription, found through Stripe's id, or the platform's own plan.
    private static func resolveScope(
        _ context: GuardContext, _ type: String?, _ subscriptionID: String?, _ user: Existing<Users>?
    ) {
        var scope = "platform"
        var plan = type == "subscription" ? user?[Users.field.plan] : nil
        if let subscriptionID {
            let stripeID = AgentSubscriptions.field.stripeSubscriptionID
            context.scan(AgentSubscriptions.self, index: "stripeSubscriptionId_1", stripeID, subscriptionID) {
                context.resolve(resolved.subscription, $0.id)
                plan = $0[AgentSubscriptions.field.plan]
                scope = $0[AgentSubscriptions.field.agentID] ?? scope
                return false
            }
        }
        context.resolve(resolved.plan, plan)
        context.resolve(resolved.scope, scope)
    }

    /// The transaction that the event names.
    static func known(_ context: GuardContext) -> Existing<Self>? {
        guard let transaction = context.require(Self.self, field.transactionID, by: named.transactionID) else {
            return nil
        }
        // Ids beside the key repeat what the document has; they are never a change.
        let owner = transaction[field.userID]
        if let user = context[named.userID], user != owner {
            context.refuse(.conflict, named.userID, "is not this transaction's user: leave it out")
        }
        context.resolve(resolved.transaction, transaction.id)
        resolvePayer(owner, context)
        context.resolve(resolved.wasStatus, transaction[field.status])
        return transaction
    }

    /// As `known`, with what revenue needs to know of it.
    private static func counted(_ context: GuardContext) -> Existing<Self>? {
        guard let transaction = known(context) else { return nil }
        context.resolve(resolved.type, transaction[field.type])
        context.resolve(resolved.currency, transaction[field.currency])
        let user = transaction[field.userID].flatMap { context.find(Users.self, id: $0) }
        resolveScope(context, transaction[field.type], transaction[field.subscriptionID], user)
        return transaction
    }

    /// Refuses unless the status is one of these.
    @discardableResult
    static func demand(_ statuses: String..., context: GuardContext) -> Existing<Self>? {
        guard let transaction = counted(context) else { return nil }
        context.resolve(resolved.amount, transaction[field.amount])
        if let now = transaction[field.status], !statuses.contains(now) {
            context.refuse(
                .state, named.transactionID, "the transaction is \(now), not \(statuses.joined(separator: " or "))")
        }
        return transaction
    }

    static func giveBack(_ context: GuardContext) {
        guard let transaction = counted(context) else { return }
        if transaction[field.type] == "refund" {
            return context.refuse(.state, refund.transactionID, "is a refund itself")
        }
        guard let status = transaction[field.status], status == "completed" else {
            let status = transaction[field.status] ?? "unknown"
            return context.refuse(.state, refund.transactionID, "the transaction is \(status), not completed")
        }
        let total = transaction[field.amount] ?? 0
        let refunded = transaction[field.refundedAmount] ?? 0
        let left = Money.difference(total, refunded)
        let amount = context[refund.amount] ?? left
        if amount <= 0 {
            context.refuse(.minimum, refund.amount, "a refund must be of more than 0")
        } else if amount > left {
            context.refuse(.balance, refund.amount, "at most \(left) of \(total) is left to refund")
        }
        context.resolve(resolved.amount, amount)
        context.resolve(resolved.refunded, refunded)
        context.resolve(resolved.isWhole, amount == left)
        context.resolve(resolved.paymentIntentID, transaction[field.paymentIntentID])
        context.resolve(resolved.chargeID, transaction[field.chargeID])
        context.resolve(resolved.subscriptionID, transaction[field.subscriptionID])
        context.resolve(resolved.invoiceNumber, transaction[field.invoiceNumber])
    }
}

// MARK: - Legal holds

extension Transactions {
    static func hold(_ context: GuardContext) {
        guard let transaction = known(context) else { return }
        if transaction[field.isHeld] == true { context.refuse(.state, field.transactionID, "is on hold already") }
        if let user = transaction[field.userID], context.isErased(.payer(user)) {
            context.refuse(.state, field.transactionID, "its payer was erased: there is nothing left to hold")
        }
    }

    /// The last hold of a user who was erased meanwhile: what was held for it goes too.
    static func release(_ context: GuardContext) {
        guard let transaction = known(context) else { return }
        guard transaction[field.isHeld] == true else {
            return context.refuse(.state, field.transactionID, "is not on hold")
        }
        guard let user = transaction[field.userID], context.isErased(.user(user)) else { return }
        if !hasHold(user, besides: transaction.id, context) { context.erase(.payer(user), forGood: true) }
    }

    static func delete(_ context: GuardContext) {
        guard let transaction = demand("pending", "failed", "cancelled", context: context) else { return }
        if transaction[field.isHeld] == true {
            context.refuse(.state, field.transactionID, "is on legal hold: send transaction.released first")
        }
    }

    /// Whether a transaction of the user is on hold.
    static func hasHold(_ user: ObjectID, besides other: ObjectID? = nil, _ context: GuardContext) -> Bool {
        var found = false
        context.scan(Self.self, index: "userId_1_createdAt_-1", field.userID, user) { transaction in
            found = transaction[field.isHeld] == true && transaction.id != other
            return !found
        }
        return found
    }
}
