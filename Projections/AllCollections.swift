public import Schema

/// The collections of the product. A new one is one line here.
public let allCollections: [any Collection.Type] = [
    Users.self,
    UserProfiles.self,
    UserPreferences.self,
    Agents.self,
    AgentSubscriptions.self,
    AgentPersonalizations.self,
    ChatSessions.self,
    ChatMessages.self,
    CommunityPosts.self,
    CommunityComments.self,
    CommunityLikes.self,
    UserRewards.self,
    RewardDefinitions.self,
    LabExperiments.self,
    Transactions.self,
    AnalyticsEvents.self,
    ToolUsages.self,
    SubscriptionMetrics.self,
    GeographicDistributions.self,
    UserEngagements.self,
]
