import Foundation

/// What a reward's definition says, with the defaults of the documents.
struct DefinedReward {
    var isActive = true
    var start: String
    var end: String?
    var frequency: String
    var maxClaims: Int
    var days: Int
    var prerequisites: [String]
    var level: String?

    func isOpen(_ time: String) -> Bool { isActive && start <= time && end.map { time < $0 } ?? true }
}

extension World {
    mutating func definition(_ facts: inout Facts) -> String? {
        let id = facts.text("rewardId")
        guard facts.subject == "rewards/\(id)", !id.isEmpty else { return "subject" }
        if facts.verb == "created" {
            guard definitions[id] == nil, !facts.text("title").isEmpty, !facts.text("description").isEmpty,
                ["activity", "milestone", "social", "subscription"].contains(facts.text("type")),
                ["engagement", "learning", "social", "achievement"].contains(facts.text("category")),
                facts.number("points") ?? -1 >= 0
            else { return "definition" }
            let conditions = facts.object("conditions")
            let made = DefinedReward(
                start: facts.data["startDate"] as? String ?? facts.time, end: facts.data["endDate"] as? String,
                frequency: facts.data["frequency"] as? String ?? "once",
                maxClaims: conditions["maxClaims"] as? Int ?? 1, days: conditions["consecutiveDays"] as? Int ?? 0,
                prerequisites: conditions["prerequisites"] as? [String] ?? [],
                level: conditions["userLevel"] as? String)
            if let end = made.end, end <= made.start { return "ends before it starts" }
            definitions[id] = made
            return nil
        }
        guard var it = definitions[id] else { return "unknown definition" }
        switch facts.verb {
        case "changed":
            let set = facts.object("set")
            if let isActive = set["isActive"] as? Bool { it.isActive = isActive }
            if let end = set["endDate"] as? String { it.end = end }
            if (facts.data["unset"] as? [String])?.contains("endDate") == true { it.end = nil }
            if it.isActive, let end = it.end, end <= facts.time || end <= it.start { return "is over" }
            if let fault = facts.patchFault(["description", "points", "endDate", "isActive"]) { return fault }
        case "retired":
            if !it.isActive { return "retired already" }
            if let end = facts.data["endDate"] as? String, end != it.end || end != facts.time { return "not its end" }
            it.isActive = false
        case "deleted":
            definitions[id] = nil
            return nil
        default: return "unknown type"
        }
        definitions[id] = it
        return nil
    }

    mutating func reward(_ facts: inout Facts) -> String? {
        let id = facts.text("userId")
        let isTimed = facts.type == "reward.expired" && facts.data["expiresAt"] != nil
        guard var user = users[id], user.state == "active" || isTimed, facts.subject == "users/\(id)" else {
            return "user"
        }
        let points = Int(facts.number("points") ?? -1)
        let reward = facts.text("rewardId")
        let cost = Int(facts.number("cost") ?? -1)
        switch facts.type {
        case "points.earned":
            if points <= 0 || facts.text("reason").isEmpty { return "points" }
            if !reward.isEmpty {
                if let fault = claimFault(reward, user, facts.time) { return fault }
                user.claims[reward, default: []].append(facts.time)
            }
            user.points += points
        case "points.deducted":
            if points <= 0 || points > user.points - user.spent { return "points" }
            user.points -= points
        case "achievement.unlocked":
            if points < 0 || facts.text("achievementId").isEmpty || facts.text("title").isEmpty { return "achievement" }
            user.points += points
        case "reward.offered":
            if cost <= 0 || facts.text("title").isEmpty || user.rewards[reward] != nil { return "offer" }
            let definition = definitions[reward]
            if definition?.isOpen(facts.time) == false { return "not open" }
            user.rewards[reward] = "offered"
            user.offerEnds[reward] = [facts.data["expiresAt"] as? String, definition?.end].compactMap { $0 }.min()
            if let end = user.offerEnds[reward], end <= facts.time { return "over at once" }
        case "reward.redeemed":
            if user.rewards[reward] != "offered" || cost > user.points - user.spent || cost <= 0 { return "redemption" }
            if let end = user.offerEnds[reward], end <= facts.time { return "the offer is over" }
            if let fault = claimFault(reward, user, facts.time) { return fault }
            user.claims[reward, default: []].append(facts.time)
            user.rewards[reward] = "redeemed"
            user.spent += cost
        case "reward.expired":
            if user.rewards[reward] != "offered" { return "expiry" }
            if isTimed, facts.text("expiresAt") != user.offerEnds[reward] || facts.text("expiresAt") != facts.time {
                return "not due"
            }
            user.rewards[reward] = "expired"
        default: return "unknown type"
        }
        users[id] = user
        return nil
    }

    /// Why the user may not have the reward at that time.
    private func claimFault(_ reward: String, _ user: User, _ time: String) -> String? {
        guard let definition = definitions[reward] else { return nil }
        guard definition.isOpen(time) else { return "not open" }
        let period = Self.period(definition.frequency, time)
        let inPeriod = user.claims[reward, default: []].filter { Self.period(definition.frequency, $0) == period }
        if inPeriod.count >= definition.maxClaims { return "claimed already" }
        if let level = definition.level {
            let least = ["Bronze": 0, "Silver": 1000, "Gold": 2000, "Platinum": 5000, "Diamond": 10_000]
            if user.points < least[level] ?? .max { return "level" }
        }
        if definition.prerequisites.contains(where: { user.claims[$0] == nil }) { return "prerequisite" }
        var days = 0
        let today = Facts.seconds(time)
        let first = user.logins.contains(Self.day(today)) ? 0 : 1
        while user.logins.contains(Self.day(today - Double(first + days) * 86_400)) { days += 1 }
        return days < definition.days ? "streak" : nil
    }

    private static func day(_ seconds: Double) -> String {
        String(Date(timeIntervalSince1970: seconds).ISO8601Format().prefix(10))
    }

    private static func period(_ frequency: String, _ time: String) -> String {
        switch frequency {
        case "daily": return String(time.prefix(10))
        case "monthly": return String(time.prefix(7))
        case "weekly":
            var calendar = Calendar(identifier: .iso8601)
            calendar.timeZone = TimeZone(secondsFromGMT: 0) ?? .gmt
            let date = Date(timeIntervalSince1970: Facts.seconds(time))
            let parts = calendar.dateComponents([.yearForWeekOfYear, .weekOfYear], from: date)
            return "\(parts.yearForWeekOfYear ?? 0) \(parts.weekOfYear ?? 0)"
        default: return "ever"
        }
    }
}
