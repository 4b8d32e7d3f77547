internal import BSON
internal import Schema

extension UserRewards {
    /// The user that the event names; the rewards document has an id whether it is there yet or not.
    static func known(_ context: GuardContext) -> Existing<Self>? {
        guard let user = context.require(Users.self, userID)?.id else { return nil }
        let id = ObjectID.natural(name, user)
        context.resolve(resolved.user, user)
        context.resolve(resolved.rewards, id)
        let rewards = context.find(Self.self, id: id)
        context.resolve(resolved.wasTotalPoints, rewards?.count(field.totalPoints) ?? 0)
        context.resolve(resolved.wasAvailablePoints, rewards?.count(field.availablePoints) ?? 0)
        return rewards
    }

    static func deduct(_ context: GuardContext) {
        context.requireWhole(points.points)
        let available = known(context)?.count(field.availablePoints) ?? 0
        context.resolveUserSince(context[points.userID])
        if let loss = context[points.points], loss > available {
            context.refuse(.balance, points.points, "at most \(available) points can be deducted from this user")
        }
    }

    static func makeOffer(_ context: GuardContext) {
        context.requireWhole(offer.cost)
        guard let rewards = known(context), let rewardID = context[offer.rewardID] else { return }
        if openOffer(of: rewardID, in: rewards) != nil {
            context.refuse(
                .state, offer.rewardID, "is offered to this user already: it must be redeemed or expire first")
        }
    }

    static func redeem(_ context: GuardContext) {
        guard let cost = offered(context) ?? context[settlement.cost] else { return }
        context.resolve(resolved.cost, cost)
        let available = context.resolvedDocument[resolved.wasAvailablePoints.path]?.int64 ?? 0
        if cost > available {
            context.refuse(.balance, "cost", value: String(cost), "the user has only \(available) points to spend")
        }
    }

    /// What the offer costs that the event ends.
    @discardableResult
    static func offered(_ context: GuardContext) -> Int64? {
        context.requireWhole(settlement.cost)
        let rewards = known(context)
        guard let rewardID = context[settlement.rewardID] else { return nil }
        guard let rewards, let cost = openOffer(of: rewardID, in: rewards) else {
            context.refuse(.state, settlement.rewardID, "is not offered to this user: send reward.offered first")
            return nil
        }
        if let given = context[settlement.cost], given != cost {
            context.refuse(.condition, settlement.cost, "the reward was offered for \(cost) points")
        }
        return cost
    }

    /// The cost of the reward where it is offered and neither redeemed nor expired.
    private static func openOffer(of rewardID: String, in rewards: Existing<Self>) -> Int64? {
        var cost: Int64?
        rewards.raw[field.rewards.path]?.document?.forEach { _, element in
            guard cost == nil, let reward = element.document, reward.value(named: "rewardId")?.string == rewardID,
                reward.value(named: "status")?.string == "available"
            else { return }
            cost = reward.value(named: "cost")?.int64 ?? 0
        }
        return cost
    }
}
