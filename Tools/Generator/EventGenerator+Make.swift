extension EventGenerator {
    /// Writes an event of `kind` and changes the model, or does nothing and returns false when the model allows no such
    /// event.
    mutating func make(_ kind: EventKind, _ line: inout Line) -> Bool {
        switch kind {
        case .userRegistered: registerUser(&line)
        case .userLoggedIn: logIn(&line)
        case .userLoginFailed: failLogin(&line)
        case .userProfileChanged: changeProfile(&line)
        case .userSettingsChanged: changeSettings(&line)
        case .userChanged: changeUser(&line)
        case .userEmailChanged: changeEmail(&line)
        case .userEmailVerified: verifyEmail(&line)
        case .userPasswordChanged: changePassword(&line)
        case .userPasswordResetRequested: requestPasswordReset(&line)
        case .userTwoFactorEnabled: enableTwoFactor(&line)
        case .userTwoFactorDisabled: disableTwoFactor(&line)
        case .userBackupCodeUsed: useBackupCode(&line)
        case .userPlanChanged: changePlan(&line)
        case .userPlanCancelled: cancelPlan(&line)
        case .userDeactivated: deactivateUser(&line)
        case .userReactivated: reactivateUser(&line)
        case .userDeleted: deleteUser(&line)
        // Timers alone bring these.
        case .userUnlocked, .userPlanRenewed, .userPlanLapsed, .agentSubscriptionRenewed,
            .agentSubscriptionExpired:
            false

        case .agentCreated: createAgent(&line)
        case .agentChanged: changeAgent(&line)
        case .agentStatusChanged: changeAgentStatus(&line)
        case .agentDeleted: deleteAgent(&line)
        case .agentSubscriptionStarted: startSubscription(&line)
        case .agentSubscriptionPaused: pauseSubscription(&line)
        case .agentSubscriptionResumed: resumeSubscription(&line)
        case .agentSubscriptionPlanChanged: changeSubscriptionPlan(&line)
        case .agentSubscriptionChanged: changeSubscription(&line)
        case .agentSubscriptionCancelled: cancelSubscription(&line)
        case .agentSubscriptionDeleted: deleteSubscription(&line)

        case .sessionStarted: startSession(&line)
        case .sessionChanged: changeSession(&line)
        case .sessionEnded: moveSession(kind, from: .active, to: .ended, &line)
        case .sessionReopened: moveSession(kind, from: .ended, to: .active, &line)
        case .sessionArchived: moveSession(kind, from: .ended, to: .archived, &line)
        case .sessionRestored: moveSession(kind, from: .archived, to: .restored, &line)
        case .sessionDeleted: deleteSession(&line)
        case .messageSent: sendMessage(&line)
        case .messageRated: rateMessage(&line)
        case .messageEdited: editMessage(&line)
        case .messageDeleted: deleteMessage(&line)

        case .postPublished: publishPost(&line)
        case .postDrafted: draftPost(&line)
        case .postViewed: viewPost(&line)
        case .postShared: sharePost(&line)
        case .postEdited: editPost(&line)
        case .postChanged: changePost(&line)
        case .postPinned: setOnPost(kind, .pinned, true, &line)
        case .postUnpinned: setOnPost(kind, .pinned, false, &line)
        case .postFeatured: setOnPost(kind, .featured, true, &line)
        case .postUnfeatured: setOnPost(kind, .featured, false, &line)
        case .postArchived: movePost(kind, from: .published, to: .archived, &line)
        case .postDeleted: movePost(kind, from: .published, to: .deleted, &line)
        case .postRestored: movePost(kind, from: .deleted, to: .published, &line)
        case .postPurged: movePost(kind, from: .deleted, to: [], &line)
        case .commentAdded: addComment(&line)
        case .commentEdited: editComment(&line)
        case .commentHidden: moveComment(kind, from: .active, to: .hidden, &line)
        case .commentDeleted: moveComment(kind, from: .active, to: .deleted, &line)
        case .commentRestored: restoreComment(&line)
        case .commentPurged: purgeComment(&line)
        case .likeAdded: addLike(&line)
        case .likeRemoved: removeLike(&line)

        case .pointsEarned: earnPoints(&line)
        case .pointsDeducted: deductPoints(&line)
        case .achievementUnlocked: unlockAchievement(&line)
        case .rewardOffered: offerReward(&line)
        case .rewardRedeemed: redeemReward(&line)
        case .rewardExpired: expireReward(&line)

        case .transactionCreated: createTransaction(&line)
        case .transactionCompleted: completeTransaction(&line)
        case .transactionFailed: moveTransaction(kind, to: .failed, &line)
        case .transactionCancelled: moveTransaction(kind, to: .cancelled, &line)
        case .transactionRefunded: refundTransaction(&line)
        case .transactionChanged: changeTransaction(&line)
        case .transactionDeleted: deleteTransaction(&line)

        case .experimentCreated: createExperiment(&line)
        case .experimentStarted: startExperiment(&line)
        case .experimentCompleted: completeExperiment(&line)
        case .experimentFailed: failExperiment(&line)
        case .experimentTagged: tagExperiment(&line)
        case .experimentChanged: changeExperiment(&line)
        case .experimentDeleted: deleteExperiment(&line)

        case .rewardDefinitionCreated: createDefinition(&line)
        case .rewardDefinitionChanged: changeDefinition(&line)
        case .rewardDefinitionRetired: retireDefinition(&line)
        case .rewardDefinitionDeleted: deleteDefinition(&line)
        }
    }

    /// Writes the event of a timer and returns its kind; nil when the timer is stale or only sets another.
    mutating func fire(_ timer: TimerQueue.Timer, _ line: inout Line) -> EventKind? {
        switch timer.action {
        case .unlock: unlockUser(timer, &line)
        case .planEnd, .planRenew, .planLapse: turnPlan(timer, &line)
        case .subscriptionEnd, .subscriptionRenew, .subscriptionExpire, .subscriptionResume:
            turnSubscription(timer, &line)
        case .rewardEnd: endOffer(timer, &line)
        case .definitionEnd: endDefinition(timer, &line)
        }
    }
}
