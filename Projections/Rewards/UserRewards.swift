public import BSON
public import Schema

extension EventName {
    public static let pointsEarned: EventName = "points.earned"
    public static let pointsDeducted: EventName = "points.deducted"
    public static let achievementUnlocked: EventName = "achievement.unlocked"
    public static let rewardOffered: EventName = "reward.offered"
    public static let rewardRedeemed: EventName = "reward.redeemed"
    public static let rewardExpired: EventName = "reward.expired"
}

/// Points, levels, achievements and rewards of a user. The document comes to be with the user's first login or reward.
public enum UserRewards: Collection {
    public static let name = "userrewards"
    public static let number: CollectionNumber = 17  // On disk. Never reused.
    public static let projectorVersion = 2  // Claims are counted, offers end.
    public static let summary = "A user's points, level, achievements and rewards, and the figures of the newest day."

    // MARK: What it stores

    public struct Achievement: FieldSet {
        public let achievementID = Field.string("achievementId").required()
        public let title = Field.string("title").required()
        public let description = Field.string("description")
        public let icon = Field.string("icon")
        public let earnedAt = Field.date("earnedAt").defaultingToNow()
        public let points = Field.integer("points").defaulting(to: 0)
        public init() {}
    }

    public struct Reward: FieldSet {
        public let rewardID = Field.string("rewardId").required()
        public let title = Field.string("title").required()
        public let description = Field.string("description")
        public let cost = Field.integer("cost").required()
        public let redeemedAt = Field.date("redeemedAt")
        public let status = Field.string("status").oneOf("available", "redeemed", "expired")
            .defaulting(to: "available")
        /// Not the seed's: when the offer ends unless it is redeemed; never after its definition's end.
        public let expiresAt = Field.date("expiresAt")
        public init() {}
    }

    public struct Fields: FieldSet {
        public let userID = Field.reference("userId", to: "users").required().changed(by: "no event")
        public let totalPoints = Field.counter("totalPoints", by: UserRewards.pointEvents).atLeast(0)
        public let currentLevel = Field.string("currentLevel")
            .oneOf("Bronze", "Silver", "Gold", "Platinum", "Diamond").defaulting(to: "Bronze")
            .derived(by: UserRewards.pointEvents)
        /// Points past the level's start.
        public let levelProgress = Field.counter("levelProgress", by: UserRewards.pointEvents).atLeast(0)
        public let achievements = Field.objects("achievements", of: Achievement()).derived(by: "achievement.unlocked")
        public let rewards = Field.objects("rewards", of: Reward())
            .derived(by: "reward.offered, reward.redeemed, reward.expired")
        /// The UTC day of the user's newest event here, yyyy-mm-dd.
        public let day = Field.string("dailyStats.date").required().changed(by: "the newest event of the user")
        public let pointsEarned = Field.counter("dailyStats.pointsEarned", by: "points.earned, achievement.unlocked")
        public let actionsCompleted = Field.counter(
            "dailyStats.actionsCompleted", by: "points.earned, achievement.unlocked, reward.redeemed")
        /// Consecutive UTC days with a login, up to the last one.
        public let loginStreak = Field.counter("dailyStats.loginStreak", by: "user.loggedIn")
        /// Not the seed's: points less what was spent.
        public let availablePoints = Field.counter(
            "availablePoints", by: UserRewards.pointEvents + ", reward.redeemed"
        ).atLeast(0)
        public let createdAt = Field.timestamp("createdAt")
        public let updatedAt = Field.timestamp("updatedAt")
        public init() {}
    }
    public static let field = Fields()

    private static let pointEvents = "points.earned, points.deducted, achievement.unlocked"

    public static let indexes: [Index] = [
        Index(field.userID).unique(),
        Index(field.currentLevel),
        Index(field.totalPoints.descending),
        Index(field.achievements.member("earnedAt").descending),
        Index(field.day),
    ]

    // MARK: What may happen

    public static let userID = Field.reference("userId", to: "users").required()

    public struct Points: FieldSet {
        public let userID = UserRewards.userID
        public let points = Field.integer("points").required().atLeast(1)
        public let reason = Field.string("reason").required()
        /// The reward definition that is claimed, if any.
        public let rewardID = Field.string("rewardId")
        public init() {}
    }
    public static let points = Points()

    public struct Unlocking: FieldSet {
        public let userID = UserRewards.userID
        public let achievementID = Field.string("achievementId").required()
        public let title = Field.string("title").required()
        public let description = Field.string("description")
        public let icon = Field.string("icon")
        public let points = Field.integer("points").atLeast(0).defaulting(to: 0)
        public init() {}
    }
    public static let unlocking = Unlocking()

    public struct Offer: FieldSet {
        public let userID = UserRewards.userID
        public let rewardID = Field.string("rewardId").required()
        public let title = Field.string("title").required()
        public let description = Field.string("description")
        public let cost = Field.integer("cost").required().atLeast(0)
        /// Where absent, the end of the reward's definition, if it has one.
        public let expiresAt = Field.date("expiresAt")
        public init() {}
    }
    public static let offer = Offer()

    /// An offer is redeemed.
    public struct Settlement: FieldSet {
        public let userID = UserRewards.userID
        public let rewardID = Field.string("rewardId").required()
        /// Where given, it must be what was offered.
        public let cost = Field.integer("cost").atLeast(0)
        public init() {}
    }
    public static let settlement = Settlement()

    public struct Expiry: FieldSet {
        public let userID = UserRewards.userID
        public let rewardID = Field.string("rewardId").required()
        /// Where given, it must be what was offered.
        public let cost = Field.integer("cost").atLeast(0)
        /// Where given, the end of the offer, which must have come.
        public let expiresAt = Field.date("expiresAt")
        public init() {}
    }
    public static let expiry = Expiry()

    public struct Resolved: FieldSet {
        public let user = Field.reference("user", to: "users")
        public let rewards = Field.reference("rewards", to: "userrewards")
        public let userSince = Users.userSince
        /// Where the user has one: it shows achievements.
        public let profile = Field.reference("profile", to: "userprofiles")
        /// Of the reward, where it has one.
        public let definition = Field.reference("definition", to: "rewarddefinitions")
        /// When an offer ends.
        public let expiresAt = Field.date("expiresAt")
        /// What a redemption spends.
        public let cost = Field.integer("cost")
        public let wasTotalPoints = Field.integer("was.totalPoints")
        public let wasAvailablePoints = Field.integer("was.availablePoints")
        public init() {}
    }
    public static let resolved = Resolved()

    public static let events: [Event] = [
        .fact(
            .pointsEarned, points, stream: "users", key: userID,
            "A user earns points; with a rewardId, a claim that obeys the reward's definition.", resolves: resolved,
            guard: earn),
        .fact(
            .pointsDeducted, points, stream: "users", key: userID,
            "A user loses points, never more than are available.", resolves: resolved, guard: deduct),
        .fact(
            .achievementUnlocked, unlocking, stream: "users", key: userID,
            "A user unlocks an achievement and earns its points; it may repeat.", resolves: resolved
        ) { context in
            context.requireWhole(unlocking.points)
            if let user = context[userID] {
                context.resolve(
                    resolved.profile, context.find(UserProfiles.self, (UserProfiles.field.userID, user))?.id)
            }
            _ = known(context)
            context.resolveUserSince(context[unlocking.userID])
        },
        .fact(
            .rewardOffered, offer, stream: "users", key: userID,
            "A user may redeem a reward for points, until it expires.", resolves: resolved, guard: makeOffer),
        .fact(
            .rewardRedeemed, settlement, stream: "users", key: userID,
            "An offered reward is claimed, as its definition allows: its points are spent, total and level stay.",
            resolves: resolved, guard: redeem),
        .fact(
            .rewardExpired, expiry, stream: "users", key: userID,
            "An offered reward is offered no longer: by somebody's word, or since its end has come (scheduler).",
            resolves: resolved, guard: expire),
    ]

    // MARK: What follows

    public static let follows: [EventName] = events.map(\.name) + [.userLoggedIn]

    public static func apply(_ event: RecordedEvent, to rewards: inout View<Self>) throws(Anomaly) {
        let isLogin = event.type == .userLoggedIn
        guard let user = event.resolved(isLogin ? Users.resolved.user : resolved.user),
            let id = event.resolved(isLogin ? Users.resolved.rewards : resolved.rewards)
        else { throw rewards.unexpected() }
        try rewards.adjustOrCreate(id, from: empty(user, event.time)) { draft in
            switch event.type {
            case .userLoggedIn:
                countDay(event, earned: 0, actions: 0, in: draft)
                countLogin(event, in: draft)
            case .pointsEarned:
                let earned = event[points.points] ?? 0
                addPoints(earned, to: draft)
                countDay(event, earned: earned, actions: 1, in: draft)
                countClaim(event[points.rewardID], event.time, in: draft)
            case .pointsDeducted:
                addPoints(-(event[points.points] ?? 0), to: draft)
                countDay(event, earned: 0, actions: 0, in: draft)
            case .achievementUnlocked:
                let earned = event[unlocking.points] ?? 0
                addPoints(earned, to: draft)
                countDay(event, earned: earned, actions: 1, in: draft)
                draft.push(.document(achievement(event)), to: field.achievements)
            case .rewardOffered:
                countDay(event, earned: 0, actions: 0, in: draft)
                draft.push(.document(reward(event)), to: field.rewards)
            case .rewardRedeemed:
                countDay(event, earned: 0, actions: 1, in: draft)
                draft.add(-(event.resolved(resolved.cost) ?? 0), to: field.availablePoints)
                countClaim(event[settlement.rewardID], event.time, in: draft)
                settle(event, as: "redeemed", in: draft)
            default:
                countDay(event, earned: 0, actions: 0, in: draft)
                settle(event, as: "expired", in: draft)
            }
        }
    }
}
