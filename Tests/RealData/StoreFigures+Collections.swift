import BSON

// Which field of which collection is which figure.

extension StoreFigures {
    func users() throws -> [String: UserFigures] {
        try read("users", by: "_id") {
            UserFigures(
                totalSessions: $0.counter("stats.totalSessions"), totalMessages: $0.counter("stats.totalMessages"),
                totalTokens: $0.counter("stats.totalTokens"), joinedAt: $0.time("stats.joinedAt"),
                lastActiveAt: $0.time("stats.lastActiveAt"))
        }
    }

    func agents() throws -> [String: AgentFigures] {
        try read("agents", by: "id") {
            AgentFigures(
                totalUsers: $0.counter("stats.totalUsers"), totalSessions: $0.counter("stats.totalSessions"),
                totalMessages: $0.counter("stats.totalMessages"), averageRating: $0["stats.averageRating"]?.double)
        }
    }

    func sessions() throws -> [String: SessionFigures] {
        try read("chatsessions", by: "sessionId") {
            SessionFigures(
                owner: $0.name("userId"), messageCount: $0.counter("stats.messageCount"),
                totalTokens: $0.counter("stats.totalTokens"), durationMs: $0.counter("stats.durationMs"),
                lastMessageAt: $0.time("stats.lastMessageAt"), createdAt: $0.time("createdAt"),
                updatedAt: $0.time("updatedAt"))
        }
    }

    func messages() throws -> [String: MessageFigures] {
        try read("chatmessages", by: "messageId") {
            MessageFigures(
                sessionID: $0.name("sessionId"), role: $0.name("role"), tokens: $0.whole("tokens"),
                rating: $0.whole("feedback.rating"))
        }
    }

    func posts() throws -> [String: PostFigures] {
        try read("communityposts", by: "postId") {
            PostFigures(
                views: $0.counter("stats.views"), likes: $0.counter("stats.likes"),
                comments: $0.counter("stats.comments"), shares: $0.counter("stats.shares"),
                wordCount: $0.whole("metadata.wordCount"), readingTime: $0.whole("metadata.readingTime"))
        }
    }

    func comments() throws -> [String: CommentFigures] {
        try read("communitycomments", by: "commentId") {
            CommentFigures(
                postID: $0.name("postId"), depth: $0.whole("depth"), likes: $0.counter("likes"),
                replies: $0.counter("replies"))
        }
    }

    func likes() throws -> [String: LikeFigures] {
        try read("communitylikes", by: "userId", "targetType", "targetId") {
            LikeFigures(createdAt: $0.time("createdAt"))
        }
    }

    func rewards() throws -> [String: RewardFigures] {
        try read("userrewards", by: "userId") {
            RewardFigures(
                totalPoints: $0.counter("totalPoints"), availablePoints: $0.counter("availablePoints"),
                currentLevel: $0.name("currentLevel"), levelProgress: $0.counter("levelProgress"),
                day: $0.name("dailyStats.date"), pointsEarned: $0.counter("dailyStats.pointsEarned"),
                actionsCompleted: $0.counter("dailyStats.actionsCompleted"),
                loginStreak: $0.counter("dailyStats.loginStreak"), achievements: Self.unlocked($0))
        }
    }

    private static func unlocked(_ rewards: RawDocument) -> [Unlocked] {
        var all: [Unlocked] = []
        rewards["achievements"]?.array?.forEach { _, element in
            guard let achievement = element.document else { return all.append(Unlocked()) }
            all.append(
                Unlocked(
                    achievementID: achievement.name("achievementId"), points: achievement.whole("points"),
                    earnedAt: achievement.time("earnedAt")))
        }
        return all
    }

    func experiments() throws -> [String: ExperimentFigures] {
        try read("labexperiments", by: "experimentId") {
            ExperimentFigures(
                userID: $0.name("userId"), experimentType: $0.name("experimentType"), status: $0.name("status"),
                tokensUsed: $0.whole("metadata.tokensUsed"), provider: $0.name("metadata.provider"),
                completedAt: $0.time("completedAt"))
        }
    }

    func transactions() throws -> [String: TransactionFigures] {
        try read("transactions", by: "transactionId") {
            TransactionFigures(
                userID: $0.name("userId"), type: $0.name("type"), status: $0.name("status"),
                currency: $0.name("currency"), amount: $0.decimal("amount"))
        }
    }
}
