import Annals
import BSON

/// What the specification cannot say of fields that projectors keep.
enum Kept {
    typealias Start = @Sendable (World, _ document: Document, Value?) -> Bool

    /// Start values that are no defaults: the event that makes the document counts already.
    static let starts: [String: Start] = [
        "userrewards.userId": { _, document, value in value != nil && value == document["userId"] },
        "userrewards.totalPoints": { _, _, value in value?.number == 10 },
        "userrewards.levelProgress": { _, _, value in value?.number == 10 },
        "userrewards.dailyStats.date": { world, _, value in value == .string(String(world.time.description.prefix(10)))
        },
        "userrewards.dailyStats.pointsEarned": { _, _, value in value?.number == 10 },
        "userrewards.dailyStats.actionsCompleted": { _, _, value in value?.number == 1 },
        "userrewards.availablePoints": { _, _, value in value?.number == 10 },
        "jobapplications.statusHistory": { _, _, value in
            if case .array(let entries)? = value { entries.count == 1 } else { false }
        },
    ]

    /// How a rule of such a field is seen to hold: by the events that keep it.
    struct Proof: Sendable {
        var note: String
        var check: @Sendable (Walk, _ place: String) async throws -> Void
    }

    static let proofs: [String: Proof] = [
        "agents.stats.averageRating min": rating(0, "min"),
        "agents.stats.averageRating max": rating(6, "max"),
        "webinars.stats.averageRating min": feedback(0, "min"),
        "webinars.stats.averageRating max": feedback(6, "max"),
        "communitycomments.depth min": Proof(note: "a comment on a post has 0, a reply one more") { walk, place in
            try await checkDepth(walk, place)
        },
        "communitycomments.depth max": Proof(note: "a sixth level is refused") { walk, place in
            try await checkDepth(walk, place)
        },
        "userrewards.userId type": Proof(note: "a user who is not there earns nothing") { walk, place in
            try await checkNobody(walk, place)
        },
        "userrewards.userId ref": Proof(note: "a user who is not there earns nothing") { walk, place in
            try await checkNobody(walk, place)
        },
        "userrewards.totalPoints min": spent("totalPoints"),
        "userrewards.levelProgress min": spent("levelProgress"),
        "userrewards.availablePoints min": spent("availablePoints"),
        "userrewards.currentLevel enum": Proof(note: "each level by its points") { walk, place in
            for (points, level) in [
                (10, "Bronze"), (1000, "Silver"), (2000, "Gold"), (5000, "Platinum"), (10_000, "Diamond"),
            ] {
                let user = try await walk.world.newUser()
                try await walk.world.require(
                    "points.earned", ["userId": user, "points": .int32(Int32(points)), "reason": "a walk"])
                let document = try walk.world.documents("userrewards").first { $0["userId"] == user }
                walk.tally.check(document?["currentLevel"] == .string(level), "rule kept by events", place, level)
            }
        },
        "userrewards.rewards[].status enum": Proof(note: "offered, redeemed, expired") { walk, place in
            for (event, status) in [("reward.redeemed", "redeemed"), ("reward.expired", "expired")] {
                let user = try await walk.world.newUser()
                try await walk.world.require("points.earned", ["userId": user, "points": 100, "reason": "a walk"])
                try await walk.world.require(
                    "reward.offered", ["userId": user, "rewardId": "r", "title": "R", "cost": 5])
                try await walk.world.require(event, ["userId": user, "rewardId": "r"])
                let document = try walk.world.documents("userrewards").first { $0["userId"] == user }
                let stored = document?.value(at: "rewards.0.status")
                walk.tally.check(
                    stored == .string(status), "rule kept by events", place, "\(event): \(walk.shown(stored))")
            }
        },
    ]

    private static func rating(_ rating: Int32, _ rule: String) -> Proof {
        Proof(note: "a rating of \(rating) is refused") { walk, place in
            let data: Document = [
                "userId": try await walk.world.newUser(), "agentId": try await walk.world.agent().slug,
                "rating": .int32(rating),
            ]
            guard case .refused(let reasons) = try await walk.world.send("agent.reviewed", data) else {
                return walk.tally.check(false, "rule kept by events", place, "\(rating) is accepted")
            }
            walk.tally.check(walk.names(reasons, rule, "rating"), "rule kept by events", place, "\(reasons)")
        }
    }

    private static func feedback(_ rating: Int32, _ rule: String) -> Proof {
        Proof(note: "a rating of \(rating) is refused") { walk, place in
            let registration = Value.string("reg_\(walk.nextNumber())")
            try await walk.world.require(
                "webinarRegistration.created",
                [
                    "registrationId": registration, "webinarId": try await walk.world.webinar(),
                    "attendeeInfo": ["firstName": "A", "lastName": "User", "email": "a@example.org"],
                ])
            let data: Document = ["registrationId": registration, "feedback": ["rating": .int32(rating)]]
            guard case .refused(let reasons) = try await walk.world.send("webinarRegistration.feedbackGiven", data)
            else {
                return walk.tally.check(false, "rule kept by events", place, "\(rating) is accepted")
            }
            walk.tally.check(walk.names(reasons, rule, "feedback.rating"), "rule kept by events", place, "\(reasons)")
        }
    }

    private static func spent(_ path: String) -> Proof {
        Proof(note: "more than there is cannot be deducted") { walk, place in
            let user = try await walk.world.newUser()
            try await walk.world.require("points.earned", ["userId": user, "points": 10, "reason": "a walk"])
            let outcome = try await walk.world.send(
                "points.deducted", ["userId": user, "points": 11, "reason": "a walk"])
            guard case .refused(let reasons) = outcome else {
                return walk.tally.check(false, "rule kept by events", place, "11 of 10 points are deducted")
            }
            walk.tally.check(walk.names(reasons, "balance", "points"), "rule kept by events", place, "\(reasons)")
            try await walk.world.require("points.deducted", ["userId": user, "points": 10, "reason": "a walk"])
            let document = try walk.world.documents("userrewards").first { $0["userId"] == user }
            walk.tally.check(document?[FieldPath(path)]?.number == 0, "rule kept by events", place, "\(path)")
        }
    }

    private static func checkNobody(_ walk: Walk, _ place: String) async throws {
        for (user, rule) in [
            (Value.objectID(ObjectID(seconds: .max, rest: .max)), "exists"), ("no id", "cast"), (.null, "required"),
        ] {
            let outcome = try await walk.world.send("points.earned", ["userId": user, "points": 1, "reason": "a walk"])
            guard case .refused(let reasons) = outcome else {
                walk.tally.check(false, "rule kept by events", place, "\(rule): is accepted")
                continue
            }
            walk.tally.check(walk.names(reasons, rule, "userId"), "rule kept by events", place, "\(reasons)")
        }
    }

    private static func checkDepth(_ walk: Walk, _ place: String) async throws {
        var parent = Value.null
        for depth in 0...6 {
            let id = Value.string("comment_\(walk.nextNumber())")
            var data: Document = [
                "commentId": id, "postId": try await walk.world.post(), "authorId": try await walk.world.user(),
                "content": "Words",
            ]
            if parent != .null { data.append("parentCommentId", parent) }
            switch try await walk.world.send("comment.added", data) {
            case .accepted(let receipt):
                let stored = try walk.world.document("communitycomments", receipt.documentID)?["depth"]
                walk.tally.check(
                    depth < 6 && stored?.number == Double(depth), "rule kept by events", place, walk.shown(stored))
            case .refused(let reasons):
                let isRight = depth == 6 && walk.names(reasons, "depth", "parentCommentId")
                walk.tally.check(isRight, "rule kept by events", place, "\(depth): \(reasons)")
            }
            parent = id
        }
    }
}

extension Walk {
    /// What only events bring about: indexes over it have something to find.
    func bringAbout() async throws {
        let user = try await world.newUser()
        try await world.require("user.profileChanged", ["userId": user, "set": ["profile.location": "Zürich"]])
        try await world.require(
            "user.passwordResetRequested", ["userId": user, "token": "a-token", "expiresAt": "2030-01-01T00:00:00Z"])
        let agent = try await world.agent()
        try await world.require(
            "agentSubscription.started",
            [
                "userId": user, "agentId": agent.slug, "plan": "monthly", "currentPeriodEnd": "2030-01-01T00:00:00Z",
                "pricing": ["amount": 19, "interval": "month"],
            ])
        try await world.require(
            "session.started", ["sessionId": "sess_used", "userId": user, "agentId": agent.id, "name": "A session"])
        try await world.require("message.sent", ["sessionId": "sess_used", "role": "user", "content": "Words"])
    }
}
