extension EventGenerator {
    /// The proportions of the events.
    public enum Mix: Sendable {
        /// Every type, in proportions a busy service could have.
        case everything
        /// Mostly people talking to agents.
        case chat
        /// The thirteen types of the real data set, in its proportions.
        case real
    }
}

/// Event kinds by weight, drawn in constant time from a table.
struct KindTable {
    private var slots: [EventKind] = []

    init(_ mix: EventGenerator.Mix) {
        for (kind, weight) in Self.weights(mix) {
            slots.append(contentsOf: repeatElement(kind, count: weight))
        }
    }

    /// What the mix can draw; the rest comes of it, by timers.
    static func kinds(_ mix: EventGenerator.Mix) -> Set<EventKind> {
        Set(weights(mix).filter { $0.1 > 0 }.map(\.0))
    }

    func draw(_ random: inout SplitMix64) -> EventKind {
        slots[random.below(slots.count)]
    }

    private static func weights(_ mix: EventGenerator.Mix) -> [(EventKind, Int)] {
        switch mix {
        case .everything:
            people + agents + chat + community + rewards + billing + lab + canvas + jobs + webinars + support + visits
                + personal + erasures
        case .chat:
            [
                (.userRegistered, 300), (.userLoggedIn, 400), (.agentCreated, 1), (.sessionStarted, 600),
                (.sessionChanged, 60), (.sessionEnded, 400), (.sessionReopened, 50), (.sessionArchived, 80),
                (.messageSent, 7800), (.messageEdited, 80), (.messageDeleted, 60), (.messageRated, 400),
            ]
        case .real:
            [
                (.likeAdded, 2600), (.transactionCreated, 2219), (.achievementUnlocked, 2058), (.userRegistered, 1885),
                (.experimentCreated, 1571), (.experimentCompleted, 1571), (.commentAdded, 1273), (.messageSent, 1225),
                (.sessionStarted, 462), (.postPublished, 200), (.messageRated, 124), (.pointsEarned, 93),
                (.agentCreated, 4),
            ]
        }
    }

    private static let people: [(EventKind, Int)] = [
        (.userRegistered, 900), (.userLoggedIn, 700), (.userLoginFailed, 60), (.userProfileChanged, 80),
        (.userSettingsChanged, 60), (.userChanged, 10), (.userEmailChanged, 15), (.userEmailVerified, 250),
        (.userPasswordChanged, 12), (.userPasswordResetRequested, 15), (.userTwoFactorEnabled, 20),
        (.userTwoFactorDisabled, 6), (.userBackupCodeUsed, 8), (.userPlanChanged, 50), (.userPlanCancelled, 12),
        (.userDeactivated, 8), (.userReactivated, 7), (.userDeleted, 6),
    ]
    private static let agents: [(EventKind, Int)] = [
        (.agentCreated, 3), (.agentChanged, 5), (.agentStatusChanged, 3), (.agentDeleted, 2),
        (.agentSubscriptionStarted, 180), (.agentSubscriptionCancelled, 30), (.agentSubscriptionPaused, 15),
        (.agentSubscriptionResumed, 6), (.agentSubscriptionPlanChanged, 15), (.agentSubscriptionChanged, 15),
        (.agentSubscriptionDeleted, 6), (.agentReviewed, 60), (.agentReviewChanged, 12), (.agentReviewDeleted, 6),
    ]
    private static let chat: [(EventKind, Int)] = [
        (.sessionStarted, 550), (.sessionChanged, 60), (.sessionEnded, 300), (.sessionReopened, 40),
        (.sessionArchived, 80), (.sessionRestored, 10), (.sessionDeleted, 30), (.messageSent, 3300),
        (.messageEdited, 60), (.messageDeleted, 40), (.messageRated, 220),
    ]
    private static let community: [(EventKind, Int)] = [
        (.postPublished, 130), (.postDrafted, 30), (.postEdited, 35), (.postChanged, 25), (.postPinned, 6),
        (.postUnpinned, 4), (.postFeatured, 6), (.postUnfeatured, 4), (.postArchived, 12), (.postDeleted, 10),
        (.postRestored, 4), (.postPurged, 3), (.postViewed, 700), (.postShared, 70), (.commentAdded, 550),
        (.commentEdited, 30), (.commentHidden, 8), (.commentDeleted, 15), (.commentRestored, 8), (.commentPurged, 4),
        (.likeAdded, 900), (.likeRemoved, 35),
    ]
    private static let rewards: [(EventKind, Int)] = [
        (.pointsEarned, 250), (.pointsDeducted, 20), (.achievementUnlocked, 150), (.rewardOffered, 30),
        (.rewardRedeemed, 15), (.rewardExpired, 6), (.rewardDefinitionCreated, 12), (.rewardDefinitionChanged, 8),
        (.rewardDefinitionRetired, 3), (.rewardDefinitionDeleted, 3),
    ]
    private static let billing: [(EventKind, Int)] = [
        (.transactionCreated, 180), (.transactionCompleted, 120), (.transactionFailed, 12), (.transactionCancelled, 12),
        (.transactionRefunded, 8), (.transactionChanged, 6), (.transactionDeleted, 4),
    ]
    private static let lab: [(EventKind, Int)] = [
        (.experimentCreated, 80), (.experimentStarted, 60), (.experimentCompleted, 60), (.experimentFailed, 6),
        (.experimentTagged, 15), (.experimentChanged, 8), (.experimentDeleted, 4),
    ]
    private static let canvas: [(EventKind, Int)] = [
        (.canvasProjectCreated, 60), (.canvasProjectChanged, 25), (.canvasProjectArchived, 15),
        (.canvasProjectDeleted, 10), (.canvasProjectRestored, 9), (.canvasProjectPurged, 4),
        (.canvasProjectCollaboratorJoined, 80), (.canvasProjectCollaboratorRoleChanged, 12),
        (.canvasProjectCollaboratorLeft, 20), (.canvasProjectFileAdded, 110), (.canvasProjectFileRemoved, 30),
        (.canvasProjectEdited, 300),
    ]
    private static let jobs: [(EventKind, Int)] = [
        (.jobPosted, 14), (.jobChanged, 6), (.jobClosed, 6), (.jobReopened, 2), (.jobDeleted, 1),
        (.applicationSubmitted, 80), (.applicationChanged, 10), (.applicationStatusChanged, 90),
        (.applicationWithdrawn, 8), (.applicationDeleted, 4),
    ]
    private static let webinars: [(EventKind, Int)] = [
        (.webinarScheduled, 8), (.webinarChanged, 4), (.webinarCancelled, 3), (.webinarCompleted, 5),
        (.webinarDeleted, 1), (.webinarRegistrationCreated, 90), (.webinarRegistrationConfirmed, 20),
        (.webinarRegistrationChanged, 6), (.webinarRegistrationCancelled, 10), (.webinarRegistrationAttended, 45),
        (.webinarRegistrationMissed, 15), (.webinarRegistrationFeedbackGiven, 25), (.webinarRegistrationDeleted, 4),
    ]
    private static let support: [(EventKind, Int)] = [
        (.contactSubmitted, 50), (.contactResponded, 55), (.contactAssigned, 30), (.contactStatusChanged, 60),
        (.contactPrioritised, 6), (.contactTagged, 10), (.contactChanged, 4), (.contactDeleted, 3),
        (.ticketOpened, 60), (.ticketResponded, 55), (.ticketAssigned, 45), (.ticketStatusChanged, 110),
        (.ticketPrioritised, 15), (.ticketAttachmentAdded, 15), (.ticketTagged, 12), (.ticketChanged, 6),
        (.ticketDeleted, 3),
    ]
    private static let visits: [(EventKind, Int)] = [
        (.analyticsTracked, 350), (.analyticsChanged, 4), (.analyticsDeleted, 6), (.toolUsed, 120), (.toolChanged, 4),
        (.toolDeleted, 4),
    ]
    private static let personal: [(EventKind, Int)] = [
        (.profileCreated, 60), (.profileChanged, 25), (.profileDeleted, 3), (.preferencesCreated, 80),
        (.preferencesChanged, 40), (.preferencesDeleted, 3), (.personalizationSaved, 45), (.personalizationChanged, 15),
        (.personalizationDeactivated, 8), (.personalizationDeleted, 4), (.messageChanged, 15),
    ]
    private static let erasures: [(EventKind, Int)] = [
        (.userErased, 8), (.personErased, 5), (.transactionHeld, 9), (.transactionReleased, 7),
    ]
}
