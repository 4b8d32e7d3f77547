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
    case canvasProjectCreated, canvasProjectCollaboratorJoined, canvasProjectFileAdded, canvasProjectEdited
    case canvasProjectChanged, canvasProjectCollaboratorRoleChanged, canvasProjectFileRemoved, canvasProjectArchived
    case canvasProjectRestored, canvasProjectCollaboratorLeft, canvasProjectDeleted, canvasProjectPurged
    case jobPosted, jobChanged, applicationSubmitted, applicationChanged, applicationStatusChanged
    case applicationWithdrawn, applicationDeleted, jobClosed, jobReopened, jobDeleted
    case webinarScheduled, webinarRegistrationCreated, webinarRegistrationConfirmed, webinarRegistrationChanged
    case webinarRegistrationCancelled, webinarRegistrationAttended, webinarRegistrationMissed
    case webinarRegistrationFeedbackGiven, webinarRegistrationDeleted, webinarChanged, webinarCancelled
    case webinarCompleted, webinarDeleted
    case agentReviewed, agentReviewChanged, agentReviewDeleted
    case contactSubmitted, contactResponded, contactAssigned, contactStatusChanged, contactPrioritised, contactTagged
    case contactChanged, contactDeleted
    case ticketOpened, ticketResponded, ticketAssigned, ticketStatusChanged, ticketPrioritised, ticketAttachmentAdded
    case ticketTagged, ticketSLABreached, ticketChanged, ticketDeleted
    case rewardDefinitionCreated, rewardDefinitionChanged, rewardDefinitionRetired, rewardDefinitionDeleted
    case profileCreated, profileChanged, profileDeleted, preferencesCreated, preferencesChanged, preferencesDeleted
    case personalizationSaved, personalizationChanged, personalizationDeactivated, personalizationDeleted
    case messageChanged, analyticsTracked, analyticsChanged, analyticsDeleted, toolUsed, toolChanged, toolDeleted
    case transactionHeld, transactionReleased, userPasswordResetExpired, userErased, personErased

    /// Facts about time: they come from the queue of timers alone.
    var isTimed: Bool {
        switch self {
        case .userUnlocked, .userPlanRenewed, .userPlanLapsed, .agentSubscriptionRenewed,
            .agentSubscriptionExpired, .ticketSLABreached, .userPasswordResetExpired:
            true
        default: false
        }
    }

    /// What the scheduler appends where a timer brings it; renewals are another service's word. Some of these can also be
    /// somebody's.
    var isSchedulers: Bool {
        switch self {
        case .userUnlocked, .userPlanLapsed, .agentSubscriptionExpired, .ticketSLABreached: true
        case .userPasswordResetExpired: true
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
        case .canvasProjectCreated: "canvasProject.created"
        case .canvasProjectCollaboratorJoined: "canvasProject.collaboratorJoined"
        case .canvasProjectFileAdded: "canvasProject.fileAdded"
        case .canvasProjectEdited: "canvasProject.edited"
        case .canvasProjectChanged: "canvasProject.changed"
        case .canvasProjectCollaboratorRoleChanged: "canvasProject.collaboratorRoleChanged"
        case .canvasProjectFileRemoved: "canvasProject.fileRemoved"
        case .canvasProjectArchived: "canvasProject.archived"
        case .canvasProjectRestored: "canvasProject.restored"
        case .canvasProjectCollaboratorLeft: "canvasProject.collaboratorLeft"
        case .canvasProjectDeleted: "canvasProject.deleted"
        case .canvasProjectPurged: "canvasProject.purged"
        case .jobPosted: "job.posted"
        case .jobChanged: "job.changed"
        case .applicationSubmitted: "application.submitted"
        case .applicationChanged: "application.changed"
        case .applicationStatusChanged: "application.statusChanged"
        case .applicationWithdrawn: "application.withdrawn"
        case .applicationDeleted: "application.deleted"
        case .jobClosed: "job.closed"
        case .jobReopened: "job.reopened"
        case .jobDeleted: "job.deleted"
        case .webinarScheduled: "webinar.scheduled"
        case .webinarRegistrationCreated: "webinarRegistration.created"
        case .webinarRegistrationConfirmed: "webinarRegistration.confirmed"
        case .webinarRegistrationChanged: "webinarRegistration.changed"
        case .webinarRegistrationCancelled: "webinarRegistration.cancelled"
        case .webinarRegistrationAttended: "webinarRegistration.attended"
        case .webinarRegistrationMissed: "webinarRegistration.missed"
        case .webinarRegistrationFeedbackGiven: "webinarRegistration.feedbackGiven"
        case .webinarRegistrationDeleted: "webinarRegistration.deleted"
        case .webinarChanged: "webinar.changed"
        case .webinarCancelled: "webinar.cancelled"
        case .webinarCompleted: "webinar.completed"
        case .webinarDeleted: "webinar.deleted"
        case .agentReviewed: "agent.reviewed"
        case .agentReviewChanged: "agentReview.changed"
        case .agentReviewDeleted: "agentReview.deleted"
        case .contactSubmitted: "contact.submitted"
        case .contactResponded: "contact.responded"
        case .contactAssigned: "contact.assigned"
        case .contactStatusChanged: "contact.statusChanged"
        case .contactPrioritised: "contact.prioritised"
        case .contactTagged: "contact.tagged"
        case .contactChanged: "contact.changed"
        case .contactDeleted: "contact.deleted"
        case .ticketOpened: "ticket.opened"
        case .ticketResponded: "ticket.responded"
        case .ticketAssigned: "ticket.assigned"
        case .ticketStatusChanged: "ticket.statusChanged"
        case .ticketPrioritised: "ticket.prioritised"
        case .ticketAttachmentAdded: "ticket.attachmentAdded"
        case .ticketTagged: "ticket.tagged"
        case .ticketSLABreached: "ticket.slaBreached"
        case .ticketChanged: "ticket.changed"
        case .ticketDeleted: "ticket.deleted"
        case .rewardDefinitionCreated: "rewardDefinition.created"
        case .rewardDefinitionChanged: "rewardDefinition.changed"
        case .rewardDefinitionRetired: "rewardDefinition.retired"
        case .rewardDefinitionDeleted: "rewardDefinition.deleted"
        case .profileCreated: "userProfile.created"
        case .profileChanged: "userProfile.changed"
        case .profileDeleted: "userProfile.deleted"
        case .preferencesCreated: "userPreferences.created"
        case .preferencesChanged: "userPreferences.changed"
        case .preferencesDeleted: "userPreferences.deleted"
        case .personalizationSaved: "agentPersonalization.saved"
        case .personalizationChanged: "agentPersonalization.changed"
        case .personalizationDeactivated: "agentPersonalization.deactivated"
        case .personalizationDeleted: "agentPersonalization.deleted"
        case .messageChanged: "message.changed"
        case .analyticsTracked: "analytics.tracked"
        case .analyticsChanged: "analytics.changed"
        case .analyticsDeleted: "analytics.deleted"
        case .toolUsed: "tool.used"
        case .toolChanged: "tool.changed"
        case .toolDeleted: "tool.deleted"
        case .transactionHeld: "transaction.held"
        case .transactionReleased: "transaction.released"
        case .userPasswordResetExpired: "user.passwordResetExpired"
        case .userErased: "user.erased"
        case .personErased: "person.erased"
        }
    }
}
