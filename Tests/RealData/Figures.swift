import Foundation

// What the comparison looks at of each document. One side is filled by the fold, the other from the store; a value that
// the store does not have is nil there, and so differs from 0.

struct UserFigures: Hashable, Sendable {
    var totalSessions: Int64? = 0
    var totalMessages: Int64? = 0
    var totalTokens: Int64? = 0
    var joinedAt: Int64?
    var lastActiveAt: Int64?
}

struct AgentFigures: Hashable, Sendable {
    var totalUsers: Int64? = 0
    var totalSessions: Int64? = 0
    var totalMessages: Int64? = 0
    var averageRating: Double? = 0
}

struct SessionFigures: Hashable, Sendable {
    var owner: String?
    var messageCount: Int64? = 0
    var totalTokens: Int64? = 0
    var durationMs: Int64? = 0
    var lastMessageAt: Int64?
    var createdAt: Int64?
    var updatedAt: Int64?
}

struct MessageFigures: Hashable, Sendable {
    var sessionID: String?
    var role: String?
    var tokens: Int64?
    var rating: Int64?
}

struct PostFigures: Hashable, Sendable {
    var views: Int64? = 0
    var likes: Int64? = 0
    var comments: Int64? = 0
    var shares: Int64? = 0
    var wordCount: Int64?
    var readingTime: Int64?
}

struct CommentFigures: Hashable, Sendable {
    var postID: String?
    var depth: Int64? = 0
    var likes: Int64? = 0
    var replies: Int64? = 0
}

struct LikeFigures: Hashable, Sendable {
    var createdAt: Int64?
}

struct Unlocked: Hashable, Sendable {
    var achievementID: String?
    var points: Int64?
    var earnedAt: Int64?
}

struct RewardFigures: Hashable, Sendable {
    var totalPoints: Int64? = 0
    var availablePoints: Int64? = 0
    var currentLevel: String?
    var levelProgress: Int64? = 0
    var day: String?
    var pointsEarned: Int64? = 0
    var actionsCompleted: Int64? = 0
    var loginStreak: Int64? = 0
    var achievements: [Unlocked] = []
}

struct ExperimentFigures: Hashable, Sendable {
    var userID: String?
    var experimentType: String?
    var status: String?
    var tokensUsed: Int64?
    var provider: String?
    var completedAt: Int64?
}

struct TransactionFigures: Hashable, Sendable {
    var userID: String?
    var type: String?
    var status: String?
    var currency: String?
    var amount: Decimal?
}
