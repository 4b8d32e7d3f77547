/// Where our declarations say more or other than the specification, on purpose: each with its reason. One that is no
/// longer a difference must be struck.
enum KnownDifferences {
    static let all: [Difference: String] = [
        // Fields that the specification has not.
        field("agentsubscriptions.usage.countedFrom", "date"):
            "usage is of the period: only messages from this moment on may be taken back out of it",
        field("jobapplications.withdrawnAt", "date"):
            "a withdrawn application keeps its last status (events.md, Business): this tells it from the others",
        field("transactions.legalHold", "boolean"):
            "what the law wants kept outlives the erasure of its payer (events.md, Personal data)",
        field("transactions.metadata.refundOf", "string"):
            "a refund names the transaction it is of, in metadata (events.md, Billing)",
        field("transactions.refundedAmount", "number"):
            "never more is refunded than is left (events.md, Billing): derived, the sum so far",
        field("userrewards.availablePoints", "number"):
            "totalPoints less what was spent (events.md, Rewards: a derived field we add)",
        field("userrewards.rewards[].expiresAt", "date"):
            "an offer may have an end of its own, or has its definition's (events.md, Timers)",
        field("users.subscription.amount", "number"): planTerms,
        field("users.subscription.currency", "string"): planTerms,
        field("users.subscription.interval", "string"): planTerms,
        field("contactmessages.userId", "objectId"):
            "whom the message is about: the user where known (events.md, Personal data)",
        field("supporttickets.sla.isResponseTimeGiven", "boolean"): slaTerms,
        field("supporttickets.sla.isResolutionTimeGiven", "boolean"): slaTerms,
        field("supporttickets.sla.respondedAt", "date"): slaClock,
        field("supporttickets.sla.pausedAt", "date"): slaClock,
        field("supporttickets.sla.pausedMs", "number"): slaClock,
        field("supporttickets.sla.runsSince", "date"): slaClock,
        // Business ids: required there; given here where the caller has none.
        businessID("chatsessions.sessionId", "sess_"): assigned,
        businessID("chatmessages.messageId", "msg_"): assigned,
        businessID("chatcanvasprojects.projectId", "proj_"): assigned,
        businessID("communityposts.postId", "post_"): assigned,
        businessID("communitycomments.commentId", "comment_"): assigned,
        businessID("labexperiments.experimentId", "exp_"): assigned,
        businessID("jobapplications.applicationId", "app_"): assigned,
        businessID("transactions.transactionId", "txn_"): assigned,
        businessID("analyticsevents.eventId", "evt_"): assigned,
        businessID("webinarregistrations.registrationId", "reg_"): assigned,
        numberedID("contactmessages.ticketId", "TICKET-"): assigned,
        numberedID("supporttickets.ticketId", "TICKET-"): assigned,
    ]

    private static let planTerms =
        "user.planChanged carries it (events.md, Users): what revenue loses when the plan ends"
    private static let assigned = "business ids are assigned before the event is written (events.md, Conventions)"

    private static let slaTerms = "a new priority leaves times that were given (events.md, Support)"
    private static let slaClock = "what a breach is measured by: the first response, and time that does not count"

    private static func field(_ place: String, _ type: String) -> Difference {
        Difference(place: place, rule: "field", specified: nil, declared: type)
    }
    private static func businessID(_ place: String, _ prefix: String) -> Difference {
        Difference(place: place, rule: "default", specified: nil, declared: "generated \(prefix)…")
    }
    private static func numberedID(_ place: String, _ prefix: String) -> Difference {
        Difference(place: place, rule: "default", specified: nil, declared: "numbered \(prefix)…")
    }

    /// The specification's collections that are not yet written. To be shortened as they come.
    static let undeclared: Set<String> = []
}

extension CollectionRules {
    /// With the business ids that are assigned where the caller has none: required there, generated here.
    var withAssignedIDs: CollectionRules {
        var rules = self
        for difference in KnownDifferences.all.keys where difference.rule == "default" {
            guard difference.place.hasPrefix(name + ".") else { continue }
            rules.fields[String(difference.place.dropFirst(name.count + 1))]?["default"] = difference.declared
        }
        return rules
    }
}
