internal import BSON
internal import Schema

extension UserRewards {
    /// The user that the event names; the rewards document has an id whether it is there yet or not. `mayBeGone`: what
    /// a user left behind is known too.
    static func known(_ context: GuardContext, mayBeGone: Bool = false) -> Existing<Self>? {
        guard let user = context[userID] else { return nil }
        let id = ObjectID.natural(name, user)
        let rewards = context.find(Self.self, id: id)
        if rewards == nil || !mayBeGone, context.require(Users.self, userID) == nil { return nil }
        context.resolve(resolved.user, user)
        context.resolve(resolved.rewards, id)
        context.resolve(resolved.wasTotalPoints, rewards?.count(field.totalPoints) ?? 0)
        context.resolve(resolved.wasAvailablePoints, rewards?.count(field.availablePoints) ?? 0)
        return rewards
    }

    /// Of a user who is not known there is nothing more to say.
    static func isKnown(_ context: GuardContext) -> Bool { context.resolvedDocument[resolved.user.path] != nil }

    static func earn(_ context: GuardContext) {
        context.requireWhole(points.points)
        let rewards = known(context)
        if let rewardID = context[points.rewardID] { checkClaim(rewardID, rewards, context) }
        context.resolveUserSince(context[points.userID])
    }

    static func deduct(_ context: GuardContext) {
        context.requireWhole(points.points)
        let available = known(context)?.count(field.availablePoints) ?? 0
        context.resolveUserSince(context[points.userID])
        if let loss = context[points.points], loss > available {
            context.refuse(.balance, points.points, "at most \(available) points can be deducted from this user")
        }
    }

    // MARK: Offers

    /// An offer that is neither redeemed nor expired.
    struct OpenOffer {
        let id: ObjectID?
        let rewardID: String?
        let cost: Int64
        let expiresAt: DateTime?
    }

    static func forEachOpenOffer(_ rewards: RawDocument, _ body: (OpenOffer) -> Void) {
        rewards[field.rewards.path]?.document?.forEach { _, element in
            guard let reward = element.document, reward.value(named: "status")?.string == "available" else { return }
            body(
                OpenOffer(
                    id: reward.value(named: "_id")?.objectID, rewardID: reward.value(named: "rewardId")?.string,
                    cost: reward.value(named: "cost")?.int64 ?? 0,
                    expiresAt: reward.value(named: "expiresAt")?.dateTime))
        }
    }

    private static func openOffer(of rewardID: String, in rewards: Existing<Self>?) -> OpenOffer? {
        var found: OpenOffer?
        if let rewards {
            forEachOpenOffer(rewards.raw) { offer in
                if found == nil, offer.rewardID == rewardID { found = offer }
            }
        }
        return found
    }

    /// A reward that has a definition is offered while it can be claimed, and no longer than that.
    static func makeOffer(_ context: GuardContext) {
        context.requireWhole(offer.cost)
        let rewards = known(context)
        if let end = context[offer.expiresAt], end <= context.time {
            context.refuse(.condition, offer.expiresAt, "must be later than the offer itself")
        }
        guard let rewardID = context[offer.rewardID] else { return }
        if openOffer(of: rewardID, in: rewards) != nil {
            context.refuse(
                .state, offer.rewardID, "is offered to this user already: it must be redeemed or expire first")
        }
        let definition = definition(rewardID, context)
        if let definition {
            checkWindow(definition, context)
            // Another period can come, and what else is missing; but not where the count is for ever.
            if period(of: definition) == .once { checkFrequency(definition, rewardID, rewards, context) }
        }
        let ends = [context[offer.expiresAt], definition?[RewardDefinitions.field.endDate]]
        context.resolve(resolved.expiresAt, ends.compactMap(\.self).min())
    }

    static func redeem(_ context: GuardContext) {
        let rewards = known(context)
        let offer = offered(rewards, context)
        if let end = offer?.expiresAt, context.time >= end {
            context.refuse(.state, settlement.rewardID, "was offered until \(end)")
        }
        if let rewardID = context[settlement.rewardID] { checkClaim(rewardID, rewards, context) }
        guard let cost = offer?.cost ?? context[settlement.cost] else { return }
        context.resolve(resolved.cost, cost)
        let available = rewards?.count(field.availablePoints) ?? 0
        if cost > available {
            context.refuse(.balance, "cost", value: String(cost), "the user has only \(available) points to spend")
        }
    }

    static func expire(_ context: GuardContext) {
        guard let offer = offered(known(context, mayBeGone: true), context), let end = context[expiry.expiresAt]
        else { return }
        if end != offer.expiresAt {
            context.refuse(.state, expiry.expiresAt, "is not the end of the offer that is open now")
        } else if context.time < end {
            context.refuse(.condition, expiry.expiresAt, "has not come yet: leave it out to end the offer before")
        }
    }

    /// The offer that the event ends.
    private static func offered(_ rewards: Existing<Self>?, _ context: GuardContext) -> OpenOffer? {
        context.requireWhole(settlement.cost)
        guard let rewardID = context[settlement.rewardID], isKnown(context) else { return nil }
        guard let offer = openOffer(of: rewardID, in: rewards) else {
            context.refuse(.state, settlement.rewardID, "is not offered to this user: send reward.offered first")
            return nil
        }
        if let given = context[settlement.cost], given != offer.cost {
            context.refuse(.condition, settlement.cost, "the reward was offered for \(offer.cost) points")
        }
        return offer
    }
}
