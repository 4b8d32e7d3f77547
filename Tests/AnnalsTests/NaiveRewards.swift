/// Level, streak and the newest day's figures of everyone, from the log alone: everything is kept, and counted at the end.
struct NaiveRewards {
    struct Figures: Equatable {
        var day: String?
        var earned: Int?
        var actions: Int?
        var streak: Int?
        var level: String?
    }
    private struct Deed {
        let day: String
        let earned: Int
        let isAction: Bool
    }

    private var deeds: [String: [Deed]] = [:]
    private var totals: [String: Int] = [:]
    /// Days since 1970 on which somebody's newest login moved on, in order.
    private var loginDays: [String: [Int64]] = [:]

    init(_ events: [LoggedEvent]) {
        for event in events { take(event) }
    }

    private mutating func take(_ event: LoggedEvent) {
        guard let user = event.text("userId") else { return }
        let points = event.integer("points") ?? 0
        switch event.type {
        case "user.loggedIn":
            note(user, event)
            let day = event.time / 86_400_000
            if day > loginDays[user]?.last ?? .min { loginDays[user, default: []].append(day) }
        case "points.earned", "achievement.unlocked":
            note(user, event, earned: points, isAction: true)
            totals[user, default: 0] += points
        case "points.deducted":
            note(user, event)
            totals[user, default: 0] -= points
        case "reward.redeemed": note(user, event, isAction: true)
        case "reward.offered", "reward.expired": note(user, event)
        default: break
        }
    }

    private mutating func note(_ user: String, _ event: LoggedEvent, earned: Int = 0, isAction: Bool = false) {
        deeds[user, default: []].append(Deed(day: event.day, earned: earned, isAction: isAction))
    }

    /// Nothing of whoever never logged in nor was rewarded.
    func figures(of user: String) -> Figures {
        guard let deeds = deeds[user], let day = deeds.map(\.day).max() else { return Figures() }
        let newest = deeds.filter { $0.day == day }
        var streak = 0
        var before: Int64?
        for login in (loginDays[user] ?? []).reversed() {
            if let before, before - login != 1 { break }
            streak += 1
            before = login
        }
        let levels = [(0, "Bronze"), (1_000, "Silver"), (2_000, "Gold"), (5_000, "Platinum"), (10_000, "Diamond")]
        return Figures(
            day: day, earned: newest.reduce(0) { $0 + $1.earned }, actions: newest.count { $0.isAction },
            streak: streak, level: levels.last { $0.0 <= totals[user] ?? 0 }?.1)
    }
}
