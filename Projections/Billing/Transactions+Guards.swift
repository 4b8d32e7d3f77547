internal import BSON
internal import Schema

extension Transactions {
    static func create(_ context: GuardContext) {
        context.resolve(resolved.transaction, context.documentID)
        let user = context.require(Users.self, field.userID)
        context.resolve(resolved.user, user?.id)
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
        context.resolve(resolved.user, owner)
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
    static func demand(_ statuses: String..., context: GuardContext) {
        guard let transaction = counted(context) else { return }
        context.resolve(resolved.amount, transaction[field.amount])
        guard let now = transaction[field.status], !statuses.contains(now) else { return }
        context.refuse(
            .state, named.transactionID, "the transaction is \(now), not \(statuses.joined(separator: " or "))")
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
