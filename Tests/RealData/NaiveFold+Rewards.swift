// Points and achievements. The document comes to be with a user's first of either.

extension NaiveFold {
    private static let levels: [(start: Int64, name: String)] = [
        (10_000, "Diamond"), (5_000, "Platinum"), (2_000, "Gold"), (1_000, "Silver"), (0, "Bronze"),
    ]

    mutating func unlock(_ event: NaiveEvent) throws -> Refusal {
        let user = try event.text("userId")
        if let missing = missing(user: user, "userId") { return missing }
        let points = try event.whole("points")
        addPoints(points, to: user, event)
        rewards[user]?.achievements.append(
            Unlocked(achievementID: try event.text("achievementId"), points: points, earnedAt: event.time))
        return nil
    }

    mutating func earn(_ event: NaiveEvent) throws -> Refusal {
        let user = try event.text("userId")
        if let missing = missing(user: user, "userId") { return missing }
        addPoints(try event.whole("points"), to: user, event)
        return nil
    }

    private mutating func addPoints(_ points: Int64, to user: String, _ event: NaiveEvent) {
        var reward = rewards[user] ?? RewardFigures()
        let total = (reward.totalPoints ?? 0) + points
        reward.totalPoints = total
        // Nothing in the stream spends points.
        reward.availablePoints = total
        for level in Self.levels where total >= level.start {
            reward.currentLevel = level.name
            reward.levelProgress = total - level.start
            break
        }
        // The daily figures are those of the newest event's day; the stream is in the order of time.
        let day = event.day
        if reward.day != day {
            reward.day = day
            reward.pointsEarned = 0
            reward.actionsCompleted = 0
        }
        reward.pointsEarned? += points
        reward.actionsCompleted? += 1
        rewards[user] = reward
    }
}
