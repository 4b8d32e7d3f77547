internal import BSON
internal import Schema

/// In what time a user's claims of a reward are counted together (UTC): the frequencies of definitions.
enum ClaimPeriod: String, CaseIterable {
    case once, daily, weekly, monthly

    /// The period that the moment is in.
    func text(of time: DateTime) -> String {
        switch self {
        case .once: rawValue
        case .daily: time.dayText
        case .weekly: ISOWeek(of: time).text
        case .monthly: String(time.dayText.prefix(7))
        }
    }

    /// For refusals.
    var words: String {
        switch self {
        case .once: "in all"
        case .daily: "a day"
        case .weekly: "a week"
        case .monthly: "a month"
        }
    }
}

/// Claims of rewards: `points.earned` with a rewardId and `reward.redeemed`.
///
/// Every claim is counted, whether its reward has a definition or not, in counters beside the user's document: one for
/// each period of each frequency. So a definition finds what was claimed before it, a change of its frequency asks no
/// recount, and a late claim is held against those of its own day.
extension UserRewards {
    private static let counters: StaticString = "claims"

    private static func counter(_ rewardID: String, _ period: ClaimPeriod, _ time: DateTime) -> ObjectID {
        .natural("claims", period.text(of: time), rewardID)
    }

    static func countClaim(_ rewardID: String?, _ time: DateTime, in rewards: borrowing Draft<Self>) {
        guard let rewardID else { return }
        for period in ClaimPeriod.allCases { rewards.count(1, counters, counter(rewardID, period, time)) }
    }

    // MARK: What a claim must meet

    static func definition(_ rewardID: String, _ context: GuardContext) -> Existing<RewardDefinitions>? {
        let definition = context.find(RewardDefinitions.self, (RewardDefinitions.field.rewardID, rewardID))
        context.resolve(resolved.definition, definition?.id)
        return definition
    }

    /// Refuses what the reward's definition forbids, where it has one. `rewards`: `nil` before the user's first event.
    static func checkClaim(_ rewardID: String, _ rewards: Existing<Self>?, _ context: GuardContext) {
        guard let definition = definition(rewardID, context) else { return }
        checkWindow(definition, context)
        guard isKnown(context) else { return }
        checkFrequency(definition, rewardID, rewards, context)
        checkStreak(definition, rewards, context)
        checkPrerequisites(definition, rewards, context)
        if let wanted = definition[RewardDefinitions.field.userLevel], let rank = rank(ofLevel: wanted) {
            let level = rewards?[field.currentLevel] ?? "Bronze"
            if (self.rank(ofLevel: level) ?? 0) < rank {
                refuse(.condition, context, "is for level \(wanted) and above: the user's is \(level)")
            }
        }
    }

    /// Refuses outside of the time in which the reward can be claimed.
    static func checkWindow(_ definition: Existing<RewardDefinitions>, _ context: GuardContext) {
        if definition[RewardDefinitions.field.isActive] == false {
            refuse(.state, context, "is retired: rewardDefinition.changed with isActive brings it back")
        }
        if let start = definition[RewardDefinitions.field.startDate], context.time < start {
            refuse(.condition, context, "is open from \(start) on")
        }
        if let end = definition[RewardDefinitions.field.endDate], context.time >= end {
            refuse(.condition, context, "was open until \(end)")
        }
    }

    static func checkFrequency(
        _ definition: Existing<RewardDefinitions>, _ rewardID: String, _ rewards: Existing<Self>?,
        _ context: GuardContext
    ) {
        let period = period(of: definition)
        let most = definition[RewardDefinitions.field.maxClaims] ?? 1
        let count = rewards?.count(counters, counter(rewardID, period, context.time)) ?? 0
        if count >= most {
            let times = most == 1 ? "once" : "\(most) times"
            let when = period == .once ? "" : ", and was in \(period.text(of: context.time))"
            refuse(.limit, context, "can be claimed \(times) \(period.words) by a user\(when)")
        }
    }

    static func period(of definition: Existing<RewardDefinitions>) -> ClaimPeriod {
        definition[RewardDefinitions.field.frequency].flatMap { ClaimPeriod(rawValue: $0) } ?? .once
    }

    private static func checkStreak(
        _ definition: Existing<RewardDefinitions>, _ rewards: Existing<Self>?, _ context: GuardContext
    ) {
        guard let wanted = definition[RewardDefinitions.field.consecutiveDays], wanted > 0 else { return }
        let lastLogin = context[userID].flatMap { context.find(Users.self, id: $0) }?[Users.field.lastLoginAt]
        let days = lastLogin.map { streak(rewards?.count(field.loginStreak) ?? 0, upTo: $0, at: context.time) } ?? 0
        if days < wanted {
            refuse(.condition, context, "needs a login on \(wanted) days in a row: the user's are \(days)")
        }
    }

    /// How many days in a row had a login at `time`, of a streak that ends with `lastLogin`: it goes on through the day
    /// after, and a late claim has the part of it that was there then.
    static func streak(_ streak: Int64, upTo lastLogin: DateTime, at time: DateTime) -> Int64 {
        let since = dayNumber(time) - dayNumber(lastLogin)
        return since > 1 ? 0 : max(0, streak + min(0, since))
    }

    private static func checkPrerequisites(
        _ definition: Existing<RewardDefinitions>, _ rewards: Existing<Self>?, _ context: GuardContext
    ) {
        definition.raw[RewardDefinitions.field.prerequisites.path]?.document?.forEach { _, element in
            guard let name = element.string, !has(name, rewards, context.time) else { return }
            refuse(.condition, context, "needs \(name) first: a reward to be claimed, or an achievement to be unlocked")
        }
    }

    private static func has(_ name: String, _ rewards: Existing<Self>?, _ time: DateTime) -> Bool {
        guard let rewards else { return false }
        if rewards.count(counters, counter(name, .once, time)) > 0 { return true }
        var isUnlocked = false
        rewards.raw[field.achievements.path]?.document?.forEach { _, element in
            if element.document?.value(named: "achievementId")?.string == name { isUnlocked = true }
        }
        return isUnlocked
    }

    private static func refuse(_ rule: Refusal.Rule, _ context: GuardContext, _ message: String) {
        context.refuse(rule, points.rewardID, message)
    }
}
