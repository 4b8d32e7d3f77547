/// The events the generator knows, in the order the tour visits them.
enum EventKind: UInt8, CaseIterable, Sendable {
    case userRegistered, agentCreated, userLoggedIn, userEmailVerified, userProfileChanged, userSettingsChanged
    case userChanged, userEmailChanged, userPasswordChanged, userPasswordResetRequested
    case userTwoFactorEnabled, userBackupCodeUsed, userTwoFactorDisabled, userLoginFailed, userUnlocked
    case userPlanChanged, userPlanCancelled, userPlanRenewed, userPlanLapsed
    case agentChanged, agentStatusChanged
    case agentSubscriptionStarted, agentSubscriptionPaused, agentSubscriptionResumed, agentSubscriptionPlanChanged
    case agentSubscriptionChanged, agentSubscriptionCancelled, agentSubscriptionRenewed, agentSubscriptionExpired
    case agentSubscriptionDeleted
    case sessionStarted, messageSent, messageRated, messageEdited, messageDeleted, sessionChanged
    case sessionEnded, sessionReopened, sessionArchived, sessionRestored, sessionDeleted
    case postPublished, postDrafted, postViewed, postShared, postEdited, postChanged, postPinned, postUnpinned
    case postFeatured, postUnfeatured, commentAdded, likeAdded, likeRemoved, commentEdited, commentHidden
    case commentRestored, commentDeleted, commentPurged, postDeleted, postRestored, postArchived, postPurged
    case pointsEarned, achievementUnlocked, pointsDeducted, rewardOffered, rewardRedeemed, rewardExpired
    case transactionCreated, transactionChanged, transactionCompleted, transactionFailed, transactionCancelled
    case transactionRefunded, transactionDeleted
    case experimentCreated, experimentStarted, experimentChanged, experimentTagged, experimentCompleted
    case experimentFailed, experimentDeleted
    case userDeactivated, userReactivated, userDeleted, agentDeleted
    case rewardDefinitionCreated, rewardDefinitionChanged, rewardDefinitionRetired, rewardDefinitionDeleted

    /// Facts about time: they come from the queue of timers alone.
    var isTimed: Bool {
        switch self {
        case .userUnlocked, .userPlanRenewed, .userPlanLapsed, .agentSubscriptionRenewed,
            .agentSubscriptionExpired:
            true
        default: false
        }
    }

    /// What the scheduler appends where a timer brings it; renewals are another service's word. Some of these can also be
    /// somebody's.
    var isSchedulers: Bool {
        switch self {
        case .userUnlocked, .userPlanLapsed, .agentSubscriptionExpired: true
        case .rewardExpired, .rewardDefinitionRetired: true
        default: false
        }
    }
}

extension EventKind {
    /// The CloudEvents type.
    var type: StaticString {
        switch self {
        case .userRegistered: "user.registered"
        case .agentCreated: "agent.created"
        case .userLoggedIn: "user.loggedIn"
        case .userEmailVerified: "user.emailVerified"
        case .userProfileChanged: "user.profileChanged"
        case .userSettingsChanged: "user.settingsChanged"
        case .userChanged: "user.changed"
        case .userEmailChanged: "user.emailChanged"
        case .userPasswordChanged: "user.passwordChanged"
        case .userPasswordResetRequested: "user.passwordResetRequested"
        case .userTwoFactorEnabled: "user.twoFactorEnabled"
        case .userBackupCodeUsed: "user.backupCodeUsed"
        case .userTwoFactorDisabled: "user.twoFactorDisabled"
        case .userLoginFailed: "user.loginFailed"
        case .userUnlocked: "user.unlocked"
        case .userPlanChanged: "user.planChanged"
        case .userPlanCancelled: "user.planCancelled"
        case .userPlanRenewed: "user.planRenewed"
        case .userPlanLapsed: "user.planLapsed"
        case .agentChanged: "agent.changed"
        case .agentStatusChanged: "agent.statusChanged"
        case .agentSubscriptionStarted: "agentSubscription.started"
        case .agentSubscriptionPaused: "agentSubscription.paused"
        case .agentSubscriptionResumed: "agentSubscription.resumed"
        case .agentSubscriptionPlanChanged: "agentSubscription.planChanged"
        case .agentSubscriptionChanged: "agentSubscription.changed"
        case .agentSubscriptionCancelled: "agentSubscription.cancelled"
        case .agentSubscriptionRenewed: "agentSubscription.renewed"
        case .agentSubscriptionExpired: "agentSubscription.expired"
        case .agentSubscriptionDeleted: "agentSubscription.deleted"
        case .sessionStarted: "session.started"
        case .messageSent: "message.sent"
        case .messageRated: "message.rated"
        case .messageEdited: "message.edited"
        case .messageDeleted: "message.deleted"
        case .sessionChanged: "session.changed"
        case .sessionEnded: "session.ended"
        case .sessionReopened: "session.reopened"
        case .sessionArchived: "session.archived"
        case .sessionRestored: "session.restored"
        case .sessionDeleted: "session.deleted"
        case .postPublished: "post.published"
        case .postDrafted: "post.drafted"
        case .postViewed: "post.viewed"
        case .postShared: "post.shared"
        case .postEdited: "post.edited"
        case .postChanged: "post.changed"
        case .postPinned: "post.pinned"
        case .postUnpinned: "post.unpinned"
        case .postFeatured: "post.featured"
        case .postUnfeatured: "post.unfeatured"
        case .commentAdded: "comment.added"
        case .likeAdded: "like.added"
        case .likeRemoved: "like.removed"
        case .commentEdited: "comment.edited"
        case .commentHidden: "comment.hidden"
        case .commentRestored: "comment.restored"
        case .commentDeleted: "comment.deleted"
        case .commentPurged: "comment.purged"
        case .postDeleted: "post.deleted"
        case .postRestored: "post.restored"
        case .postArchived: "post.archived"
        case .postPurged: "post.purged"
        case .pointsEarned: "points.earned"
        case .achievementUnlocked: "achievement.unlocked"
        case .pointsDeducted: "points.deducted"
        case .rewardOffered: "reward.offered"
        case .rewardRedeemed: "reward.redeemed"
        case .rewardExpired: "reward.expired"
        case .transactionCreated: "transaction.created"
        case .transactionChanged: "transaction.changed"
        case .transactionCompleted: "transaction.completed"
        case .transactionFailed: "transaction.failed"
        case .transactionCancelled: "transaction.cancelled"
        case .transactionRefunded: "transaction.refunded"
        case .transactionDeleted: "transaction.deleted"
        case .experimentCreated: "experiment.created"
        case .experimentStarted: "experiment.started"
        case .experimentChanged: "experiment.changed"
        case .experimentTagged: "experiment.tagged"
        case .experimentCompleted: "experiment.completed"
        case .experimentFailed: "experiment.failed"
        case .experimentDeleted: "experiment.deleted"
        case .userDeactivated: "user.deactivated"
        case .userReactivated: "user.reactivated"
        case .userDeleted: "user.deleted"
        case .agentDeleted: "agent.deleted"
        case .rewardDefinitionCreated: "rewardDefinition.created"
        case .rewardDefinitionChanged: "rewardDefinition.changed"
        case .rewardDefinitionRetired: "rewardDefinition.retired"
        case .rewardDefinitionDeleted: "rewardDefinition.deleted"
        }
    }
}
