import BSON

/// Why a document cannot be the example to the letter at one field, and what it holds instead.
enum Normalisation {
    /// `a|b|c` lists what may stand there: the first does.
    case firstChoice
    /// Too large to be reached here event by event: this much is.
    case outOfReach(Value)
    /// A secret is kept as a hash.
    case hashed
    /// The example says null: the document has no such field.
    case absent
    /// Another value, for a reason.
    case other(Value, String)

    var reason: String {
        switch self {
        case .firstChoice: "a list of what may stand there: the first does"
        case .outOfReach(let value): "out of reach here: \(value.withRaw(\.plainText)) of it by events"
        case .hashed: "a secret is kept as a hash"
        case .absent: "null is told by the field's absence"
        case .other(let value, let reason): "\(value.withRaw(\.plainText)): \(reason)"
        }
    }

    static let all: [String: Normalisation] = [
        "users.password": .hashed,
        "users.authMethod": .firstChoice,
        "users.preferences.theme": .firstChoice,
        "users.security.lockedUntil": .absent,
        "users.security.backupCodes": .hashed,
        "users.security.resetPasswordToken": .hashed,
        "users.subscription.plan": .firstChoice,
        "users.subscription.status": .firstChoice,
        "userprofiles.personalInfo.gender": .firstChoice,
        "userprofiles.privacy.profileVisibility": .firstChoice,
        "userpreferences.ui.defaultView": .firstChoice,
        "agents.stats.totalUsers": .outOfReach(10),
        "agents.stats.totalSessions": .outOfReach(10),
        "agents.stats.totalMessages": .outOfReach(20),
        "agentsubscriptions.plan": .firstChoice,
        "agentsubscriptions.status": .firstChoice,
        "agentsubscriptions.metadata.source": .firstChoice,
        "chatsessions.archivedAt": .absent,
        "chatmessages.role": .firstChoice,
        "chatcanvasprojects.collaborators.0.role": .firstChoice,
        "communityposts.type": .firstChoice,
        "communitycomments.parentCommentId": .absent,
        "communitycomments.editedAt": .absent,
        "communitylikes.targetType": .firstChoice,
        "analyticsevents.eventType": .firstChoice,
        "rewarddefinitions.endDate": .absent,
        "transactions.type": .firstChoice,
    ]

    /// Fields of a document that its example lacks, and that are neither defaults nor times of the schema.
    static let beyond: [String: String] = [
        "agentsubscriptions.usage.countedFrom": known, "userrewards.availablePoints": known,
        "supporttickets.sla.respondedAt": known, "supporttickets.sla.pausedMs": known,
        "supporttickets.sla.runsSince": known,
    ]
    private static let known = "not the seed's: KnownDifferences has the reason"
}
