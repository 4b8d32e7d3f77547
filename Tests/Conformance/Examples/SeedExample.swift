import Annals
import BSON
import Projections
import Schema

/// How one collection's example comes to be: what must be there before, what the creation does not say, what follows.
struct SeedExample: Sendable {
    typealias Before = @Sendable (World) async throws -> Void
    typealias After = @Sendable (World, _ made: Document) async throws -> Void

    var before: Before = { _ in }
    /// Fields of the example that later events bring.
    var later: Set<String> = []
    /// What the creation says in other words than the document.
    var said: [(String, Value)] = []
    /// Other than the first event of the recipe's collection, for documents that are made on the side.
    var makes: (@Sendable (World) async throws -> Void)?
    var after: After = { _, _ in }

    /// The newest moment of all examples.
    static let moment = DateTime(milliseconds: 1_733_047_200_000)

    /// Several events at once, a second apart.
    static func send(_ world: World, _ type: String, _ all: [Document]) async throws {
        for data in all { try await world.require(type, data) }
    }

    static let all: [String: SeedExample] = [
        "users": SeedExample(
            later: ["security.resetPasswordToken", "security.resetPasswordExpires"],
            after: { world, user in
                let id = user["_id"] ?? .null
                try await world.require("user.loggedIn", ["userId": id])
                try await world.require(
                    "user.passwordResetRequested",
                    ["userId": id, "token": "token", "expiresAt": "2030-01-01T00:00:00Z"])
            }),
        "agents": SeedExample(after: { world, agent in
            let id = agent["_id"] ?? .null
            for number in 0..<10 {
                let user = try await world.newUser()
                let session = Value.string("sess_\(number)")
                try await world.require(
                    "session.started", ["sessionId": session, "userId": user, "agentId": id, "name": "One"])
                for role in ["user", "assistant"] {
                    try await world.require(
                        "message.sent", ["sessionId": session, "role": .string(role), "content": "Words"])
                }
                // Seven of 5 and three of 4 are 4.7.
                try await world.require(
                    "agent.reviewed", ["userId": user, "agentId": id, "rating": number < 7 ? 5 : 4])
            }
        }),
        "agentsubscriptions": SeedExample(
            before: { _ = try await $0.agent() },
            after: { world, subscription in
                let user = subscription["userId"] ?? .null
                let agent = try await world.agent().id
                try await world.require(
                    "session.started", ["sessionId": "sess_s", "userId": user, "agentId": agent, "name": "One"])
                try await world.require(
                    "message.sent", ["sessionId": "sess_s", "role": "user", "content": "Words", "tokens": 5])
                try await world.require(
                    "agentSubscription.renewed",
                    ["_id": subscription["_id"] ?? .null, "currentPeriodEnd": "2031-01-01T00:00:00Z"])
            }),
        "agentpersonalizations": SeedExample(before: { _ = try await $0.agent() }),
        "chatsessions": SeedExample(after: { world, session in
            // Fifteen messages, the last three minutes after the start; 2500 tokens.
            let start = world.time.milliseconds
            for number in 0..<15 {
                let data: Document = [
                    "sessionId": session["sessionId"] ?? .null, "role": number % 2 == 0 ? "user" : "assistant",
                    "content": "Words", "tokens": number < 14 ? 166 : 176,
                ]
                try await world.require(
                    "message.sent", data, at: DateTime(milliseconds: start + Int64(number + 1) * 12_000))
            }
        }),
        "chatmessages": SeedExample(
            before: { world in
                let user = try await world.newUser()
                try await world.require(
                    "session.started", ["sessionId": "sess_1234567890", "userId": user, "name": "One"])
            }),
        "chatcanvasprojects": SeedExample(after: { world, project in
            let named: Document = ["projectId": project["projectId"] ?? .null]
            try await send(world, "canvasProject.fileAdded", Array(repeating: named, count: 5))
            try await send(world, "canvasProject.edited", Array(repeating: named, count: 127))
        }),
        "communityposts": SeedExample(after: { world, post in
            let id = post["postId"] ?? .null
            try await send(world, "post.viewed", Array(repeating: ["postId": id], count: 1250))
            try await send(world, "post.shared", Array(repeating: ["postId": id], count: 8))
            for number in 0..<45 {
                let user = try await world.newUser()
                try await world.require("like.added", ["userId": user, "targetType": "post", "targetId": id])
                if number < 12 {
                    try await world.require("comment.added", ["postId": id, "authorId": user, "content": "Words"])
                }
            }
            // As it was: only the time of editing is new.
            try await world.require(
                "post.edited",
                [
                    "postId": id, "content": post["content"] ?? .null,
                    "metadata": ["wordCount": 850, "readingTime": 4],
                ])
        }),
        "communitycomments": SeedExample(
            before: { world in
                let data: Document = [
                    "postId": "post_1234567890", "authorId": try await world.newUser(), "title": "A post",
                    "content": "Words",
                ]
                try await world.require("post.published", data)
            },
            after: { world, comment in
                let id = comment["commentId"] ?? .null
                for number in 0..<5 {
                    let user = try await world.newUser()
                    try await world.require("like.added", ["userId": user, "targetType": "comment", "targetId": id])
                    guard number < 2 else { continue }
                    let reply: Document = [
                        "postId": "post_1234567890", "authorId": user, "parentCommentId": id, "content": "Words",
                    ]
                    try await world.require("comment.added", reply)
                }
            }),
        "communitylikes": SeedExample(before: { world in
            let data: Document = [
                "postId": "post_1234567890", "authorId": try await world.newUser(), "title": "A post",
                "content": "Words",
            ]
            try await world.require("post.published", data)
        }),
        "contactmessages": SeedExample(
            later: ["responses"],
            after: { world, message in
                let data: Document = [
                    "ticketId": message["ticketId"] ?? .null, "responseId": "resp_1234567890",
                    "responderId": try await world.newUser(), "content": "Thank you for your question...",
                ]
                try await world.require("contact.responded", data)
            }),
        "userrewards": SeedExample(makes: makeRewards),
        "labexperiments": SeedExample(
            later: ["output", "status", "completedAt", "metadata"],
            after: { world, experiment in
                let output: Value = [
                    "winner": "claude-3-sonnet-20240229", "scores": ["model1": 8.5, "model2": 7.2],
                    "responses": [
                        "model1": "Quantum computing uses quantum bits...",
                        "model2": "Quantum computers work with qubits...",
                    ],
                ]
                let metadata: Value = ["duration": 4500, "tokensUsed": 1200, "cost": 0.15, "provider": "anthropic"]
                try await world.require(
                    "experiment.completed",
                    ["experimentId": experiment["experimentId"] ?? .null, "output": output, "metadata": metadata])
            }),
        "webinarregistrations": SeedExample(before: { world in
            try await world.require(
                "webinar.scheduled",
                [
                    "webinarId": "webinar_getting_started", "title": "A webinar", "date": "2030-01-01T10:00:00Z",
                    "duration": 60,
                ])
        }),
        "jobapplications": SeedExample(
            before: { world in
                try await world.require("job.posted", ["jobId": "job_ai_engineer_2024", "title": "AI engineer"])
            }, said: [("notes", "Application received")]),
        // The times are those of its priority. Open and assigned to somebody is a ticket that was reopened.
        "supporttickets": SeedExample(
            later: ["assignedTo", "sla"],
            after: { world, ticket in
                let id = ticket["ticketId"] ?? .null
                try await world.require("ticket.assigned", ["ticketId": id, "assignedTo": try await world.newUser()])
                try await world.require("ticket.statusChanged", ["ticketId": id, "status": "resolved"])
                try await world.require("ticket.statusChanged", ["ticketId": id, "status": "open"])
            }),
    ]

    /// A week of logins, and the points of the last two days.
    private static let makeRewards: @Sendable (World) async throws -> Void = { world in
        let user = try await world.newUser()
        let day: Int64 = 86_400_000
        for ago in (0..<7).reversed() {
            world.moveClock(to: DateTime(milliseconds: moment.milliseconds - Int64(ago) * day))
            try await world.require("user.loggedIn", ["userId": user])
            guard ago == 1 else { continue }
            try await world.require("points.earned", ["userId": user, "points": 2300, "reason": "much"])
            try await world.require(
                "achievement.unlocked",
                [
                    "userId": user, "achievementId": "first_agent_chat", "title": "First Conversation",
                    "description": "Started your first chat with an AI agent", "icon": "ðŸ’¬", "points": 100,
                ])
            try await world.require(
                "reward.offered",
                [
                    "userId": user, "rewardId": "premium_agent_access", "title": "Premium Agent Access",
                    "description": "Unlock access to premium AI agents", "cost": 500,
                ])
            try await world.require("reward.redeemed", ["userId": user, "rewardId": "premium_agent_access"])
        }
        for points: Int32 in [20, 20, 10] {
            try await world.require("points.earned", ["userId": user, "points": .int32(points), "reason": "a little"])
        }
    }
}
