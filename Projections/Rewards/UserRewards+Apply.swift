internal import BSON
internal import Schema

// The figures of a user's rewards after one event.
extension UserRewards {
    /// Where each level begins, from the highest down.
    static let levels: [(name: String, start: Int64)] = [
        ("Diamond", 10_000), ("Platinum", 5_000), ("Gold", 2_000), ("Silver", 1_000), ("Bronze", 0),
    ]

    /// 0 for the lowest level; `nil` where it is none.
    static func rank(ofLevel name: String) -> Int? {
        levels.firstIndex { $0.name == name }.map { levels.count - 1 - $0 }
    }

    /// The document before its first event, with the fields that have no default.
    static func empty(_ user: ObjectID, _ time: DateTime) -> Document {
        ["userId": .objectID(user), "dailyStats": ["date": .string(time.dayText)]]
    }

    /// Total, level and what is available follow the points; nothing falls below 0.
    static func addPoints(_ points: Int64, to rewards: borrowing Draft<Self>) {
        let total = max(0, (rewards[field.totalPoints] ?? 0).addingWithoutOverflow(points))
        rewards[field.totalPoints] = total
        rewards[field.availablePoints] = max(0, (rewards[field.availablePoints] ?? 0).addingWithoutOverflow(points))
        guard let level = levels.first(where: { total >= $0.start }) else { return }
        if rewards[field.currentLevel] != level.name { rewards[field.currentLevel] = level.name }
        rewards[field.levelProgress] = total - level.start
    }

    /// `dailyStats` is of the day of the newest event: a later day begins anew, an older one changes nothing.
    static func countDay(_ event: RecordedEvent, earned: Int64, actions: Int64, in rewards: borrowing Draft<Self>) {
        let day = event.time.dayText
        let newest = rewards[field.day] ?? day
        guard day >= newest else { return }
        if day > newest {
            rewards[field.day] = day
            rewards[field.pointsEarned] = 0
            rewards[field.actionsCompleted] = 0
        }
        rewards.add(earned, to: field.pointsEarned)
        rewards.add(actions, to: field.actionsCompleted)
    }

    /// The streak grows by a login on the day after the last one's; a late login leaves it alone.
    static func countLogin(_ event: RecordedEvent, in rewards: borrowing Draft<Self>) {
        let streak = rewards[field.loginStreak] ?? 0
        guard let last = event.resolved(Users.resolved.wasLastLoginAt), streak > 0 else {
            return rewards[field.loginStreak] = 1
        }
        switch dayNumber(event.time) - dayNumber(last) {
        case ...0: return
        case 1: rewards[field.loginStreak] = streak + 1
        default: if streak != 1 { rewards[field.loginStreak] = 1 }
        }
    }

    /// Days since 1970-01-01, UTC.
    static func dayNumber(_ time: DateTime) -> Int64 {
        let day: Int64 = 86_400_000
        return (time.milliseconds - (time.milliseconds % day + day) % day) / day
    }

    // MARK: Sub-documents

    static func achievement(_ event: RecordedEvent) -> Document {
        var element = Document()
        element.append("_id", .objectID(event.derivedID("achievements")))
        element.append("achievementId", event[unlocking.achievementID])
        element.append("title", event[unlocking.title])
        element.append("description", event[unlocking.description])
        element.append("icon", event[unlocking.icon])
        element.append("earnedAt", .dateTime(event.time))
        element.append("points", number(event[unlocking.points] ?? 0))
        return element
    }

    static func reward(_ event: RecordedEvent) -> Document {
        var element = Document()
        element.append("_id", .objectID(event.derivedID("rewards")))
        element.append("rewardId", event[offer.rewardID])
        element.append("title", event[offer.title])
        element.append("description", event[offer.description])
        element.append("cost", number(event[offer.cost] ?? 0))
        element.append("status", "available")
        if let end = event.resolved(resolved.expiresAt) { element.append("expiresAt", .dateTime(end)) }
        return element
    }

    /// Ends the offer that the event names: the one that is still available.
    static func settle(_ event: RecordedEvent, as status: String, in rewards: borrowing Draft<Self>) {
        guard case .array(var elements)? = rewards[field.rewards],
            let index = elements.firstIndex(where: { isOffer($0, of: event[settlement.rewardID]) }),
            case .document(let old) = elements[index]
        else { return }
        var element = Document()
        for (name, value) in old.pairs {
            guard name == "status" else {
                element.append(name, value)
                continue
            }
            if status == "redeemed" { element.append("redeemedAt", .dateTime(event.time)) }
            element.append("status", .string(status))
        }
        elements[index] = .document(element)
        rewards[field.rewards] = .array(elements)
    }

    private static func isOffer(_ element: Value, of rewardID: String?) -> Bool {
        guard let rewardID, case .document(let reward) = element else { return false }
        return reward["rewardId"] == .string(rewardID) && reward["status"] == "available"
    }

    /// As admission writes a caller's integer.
    private static func number(_ value: Int64) -> Value { Int32(exactly: value).map { .int32($0) } ?? .int64(value) }
}

extension Document {
    /// Appends a text that is there.
    fileprivate mutating func append(_ name: String, _ text: String?) {
        if let text { append(name, .string(text)) }
    }
}

extension Int64 {
    /// The sum, or the bound that it would pass.
    fileprivate func addingWithoutOverflow(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? (other < 0 ? .min : .max) : sum
    }
}
