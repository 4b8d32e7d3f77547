extension EventKind {
    /// What must have happened before an event of this kind can; the tour arranges it. Nil where time brings it or
    /// nothing is needed that the tour does not have from its beginning.
    var preparation: EventKind? {
        switch self {
        case .userEmailVerified: .userEmailChanged
        case .userPasswordChanged, .userPasswordResetRequested, .userLoginFailed: .userRegistered
        case .userTwoFactorDisabled, .userBackupCodeUsed: .userTwoFactorEnabled
        case .userPlanCancelled: .userPlanChanged
        case .userReactivated: .userDeactivated
        case .userDeactivated, .userDeleted: .userRegistered
        case .agentDeleted: .agentCreated
        case .agentSubscriptionPaused, .agentSubscriptionPlanChanged: .agentSubscriptionStarted
        case .agentSubscriptionChanged, .agentSubscriptionCancelled: .agentSubscriptionStarted
        case .agentSubscriptionResumed: .agentSubscriptionPaused
        case .agentSubscriptionDeleted: .agentSubscriptionCancelled
        case .messageSent, .sessionChanged, .sessionEnded: .sessionStarted
        case .messageRated, .messageEdited, .messageDeleted: .messageSent
        case .sessionReopened, .sessionArchived, .sessionDeleted: .sessionEnded
        case .sessionRestored: .sessionArchived
        case .postViewed, .postShared, .postEdited, .postChanged, .postPinned, .postFeatured: .postPublished
        case .postArchived, .postDeleted, .commentAdded: .postPublished
        case .postUnpinned: .postPinned
        case .postUnfeatured: .postFeatured
        case .postRestored, .postPurged: .postDeleted
        case .commentEdited, .commentHidden, .commentDeleted, .likeAdded: .commentAdded
        case .commentRestored: .commentHidden
        case .commentPurged: .commentDeleted
        case .likeRemoved: .likeAdded
        case .pointsDeducted, .rewardOffered: .pointsEarned
        case .rewardRedeemed, .rewardExpired: .rewardOffered
        case .transactionChanged, .transactionCompleted, .transactionFailed, .transactionCancelled: .transactionCreated
        case .transactionRefunded: .transactionCompleted
        case .transactionDeleted: .transactionFailed
        case .experimentStarted, .experimentChanged, .experimentTagged, .experimentFailed: .experimentCreated
        case .experimentCompleted: .experimentStarted
        case .experimentDeleted: .experimentCompleted
        case .canvasProjectCollaboratorJoined, .canvasProjectFileAdded, .canvasProjectEdited: .canvasProjectCreated
        case .canvasProjectChanged, .canvasProjectArchived, .canvasProjectDeleted: .canvasProjectCreated
        case .canvasProjectCollaboratorRoleChanged: .canvasProjectCollaboratorJoined
        case .canvasProjectCollaboratorLeft: .canvasProjectCollaboratorJoined
        case .canvasProjectFileRemoved: .canvasProjectFileAdded
        case .canvasProjectRestored: .canvasProjectArchived
        case .canvasProjectPurged: .canvasProjectDeleted
        case .jobChanged, .jobClosed, .applicationSubmitted: .jobPosted
        case .jobReopened, .jobDeleted: .jobClosed
        case .applicationChanged, .applicationStatusChanged, .applicationWithdrawn: .applicationSubmitted
        case .applicationDeleted: .applicationSubmitted
        case .webinarRegistrationCreated, .webinarChanged, .webinarCancelled: .webinarScheduled
        case .webinarCompleted, .webinarDeleted: .webinarScheduled
        case .webinarRegistrationConfirmed, .webinarRegistrationChanged: .webinarRegistrationCreated
        case .webinarRegistrationCancelled, .webinarRegistrationAttended: .webinarRegistrationCreated
        case .webinarRegistrationMissed: .webinarRegistrationCreated
        case .webinarRegistrationFeedbackGiven: .webinarRegistrationAttended
        case .webinarRegistrationDeleted: .webinarRegistrationCancelled
        case .agentReviewChanged, .agentReviewDeleted: .agentReviewed
        case .contactResponded, .contactAssigned, .contactStatusChanged, .contactPrioritised, .contactTagged,
            .contactChanged, .contactDeleted:
            .contactSubmitted
        case .ticketResponded, .ticketAssigned, .ticketStatusChanged, .ticketPrioritised, .ticketAttachmentAdded,
            .ticketTagged, .ticketChanged, .ticketDeleted:
            .ticketOpened
        case .rewardDefinitionChanged, .rewardDefinitionRetired, .rewardDefinitionDeleted: .rewardDefinitionCreated
        case .profileChanged, .profileDeleted: .profileCreated
        case .preferencesChanged, .preferencesDeleted: .preferencesCreated
        case .personalizationChanged, .personalizationDeactivated, .personalizationDeleted: .personalizationSaved
        case .messageChanged: .messageSent
        case .analyticsChanged, .analyticsDeleted: .analyticsTracked
        case .toolChanged, .toolDeleted: .toolUsed
        case .transactionHeld: .transactionCreated
        case .transactionReleased: .transactionHeld
        case .userErased: .userRegistered
        case .personErased: .contactSubmitted
        default: nil
        }
    }
}
