import Annals
import BSON
import Testing

/// Every figure that projectors keep is what counting the documents (or, where nothing is left to count, the events)
/// gives: after a random stream with reversals, in order and with late events.
@Suite struct RecountTests {
    static let seeds: [UInt64] = [21, 22, 23]

    @Test(arguments: seeds, [false, true]) func everyCounter(seed: UInt64, late: Bool) async throws {
        let directory = TestDirectory()
        let store = try StreamFixture.store(directory.path)
        let events = Visits.among(try StreamFixture.events(seed: seed, count: 6_000, users: 40))
        let refused = try await StreamFixture.append(late ? Visits.late(events) : events, to: store, window: 200)
        #expect(late || refused.isEmpty, "\(refused.prefix(3))")
        let after = try await StreamFixture.append(try Afterwards.events(store), to: store)
        #expect(after.isEmpty, "\(after.prefix(3))")
        let recount = try Recount(store)
        usersAndSessions(recount)
        agents(recount)
        subscriptions(recount)
        community(recount)
        rewards(recount)
        activities(recount)
        canvases(recount)
        signIn(recount)
        dailyRewards(recount)
        refunds(recount)
        try store.close()
    }

    private func usersAndSessions(_ recount: Recount) {
        let sessions = recount.grouped("chatsessions", by: "userId")
        let messages = recount.grouped("chatmessages", by: "sessionId")
        func all(of sessions: [Recount.Row]?) -> [Recount.Row] {
            (sessions ?? []).flatMap { messages[$0.text("sessionId") ?? ""] ?? [] }
        }
        func tokens(_ messages: [Recount.Row]) -> Int { messages.reduce(0) { $0 + ($1.integer("tokens") ?? 0) } }
        recount.expect("users") { _, id in
            let own = all(of: sessions[id])
            return [
                "stats.totalSessions": sessions[id]?.count ?? 0, "stats.totalMessages": own.count,
                "stats.totalTokens": tokens(own),
            ]
        }
        recount.expect("chatsessions", key: "sessionId") { session, id in
            let own = messages[id] ?? []
            let last = own.compactMap { $0.moment("createdAt") }.max()
            let duration = last.map { max(0, $0 - (session.moment("createdAt") ?? 0)) } ?? 0
            #expect(session.moment("stats.lastMessageAt") == last, "\(id)")
            return [
                "stats.messageCount": own.count, "stats.totalTokens": tokens(own),
                "stats.durationMs": Int(duration),
            ]
        }
        let last = lastActive(recount)
        for user in recount["users"] {
            let id = user.text("_id") ?? ""
            #expect(user.moment("stats.lastActiveAt") == last[id], "\(id)")
        }
    }

    /// Registrations, logins and messages, also those that were deleted.
    private func lastActive(_ recount: Recount) -> [String: Int64] {
        var owners: [String: String] = [:]
        var last: [String: Int64] = [:]
        for event in recount.events {
            var user: String?
            switch event.type {
            case "user.registered": user = event.text("_id")
            case "user.loggedIn": user = event.text("userId")
            case "session.started": owners[event.text("sessionId") ?? ""] = event.text("userId")
            case "message.sent": user = owners[event.text("sessionId") ?? ""]
            default: break
            }
            if let user { last[user] = max(last[user] ?? .min, event.time) }
        }
        return last
    }

    private func agents(_ recount: Recount) {
        var names: [String: String] = [:]
        var users: [String: Set<String>] = [:]
        for event in recount.events {
            if event.type == "agent.created", let id = event.text("_id"), let slug = event.text("id") {
                names[slug] = id
            } else if event.type == "session.started" || event.type == "agentSubscription.started",
                let agent = event.text("agentId"), let user = event.text("userId")
            {
                users[names[agent] ?? agent, default: []].insert(user)
            }
        }
        let sessions = recount.grouped("chatsessions", by: "agentId")
        let messages = recount.grouped("chatmessages", by: "sessionId")
        let reviews = recount.grouped("agentreviews", by: "agentId")
        recount.expect("agents") { _, id in
            let own = sessions[id] ?? []
            return [
                "stats.totalUsers": users[id]?.count ?? 0, "stats.totalSessions": own.count,
                "stats.totalMessages": own.reduce(0) { $0 + (messages[$1.text("sessionId") ?? ""]?.count ?? 0) },
            ]
        }
        #expect(reviews.values.contains { $0.count > 3 })
        for agent in recount["agents"] {
            let ratings = (reviews[agent.text("id") ?? ""] ?? []).compactMap { $0.integer("rating") }
            let average = ratings.isEmpty ? 0 : Double(ratings.reduce(0, +)) / Double(ratings.count)
            #expect(agent.number("stats.averageRating") == average, "\(agent.text("id") ?? "")")
        }
    }

    private func community(_ recount: Recount) {
        let isActive: (Recount.Row) -> Bool = { $0.text("status") == "active" }
        let comments = recount.grouped("communitycomments", by: "postId", where: isActive)
        let replies = recount.grouped("communitycomments", by: "parentCommentId", where: isActive)
        let postLikes = recount.grouped("communitylikes", by: "targetId") { $0.text("targetType") == "post" }
        let commentLikes = recount.grouped("communitylikes", by: "targetId") { $0.text("targetType") == "comment" }
        var readings: [String: [String: Int]] = [:]
        for event in recount.events where event.type == "post.viewed" || event.type == "post.shared" {
            readings[event.text("postId") ?? "", default: [:]][event.type, default: 0] += 1
        }
        recount.expect("communityposts", key: "postId") { _, id in
            [
                "stats.comments": comments[id]?.count ?? 0, "stats.likes": postLikes[id]?.count ?? 0,
                "stats.views": readings[id]?["post.viewed"] ?? 0,
                "stats.shares": readings[id]?["post.shared"] ?? 0,
            ]
        }
        let parents = recount.grouped("communitycomments", by: "commentId").compactMapValues {
            $0.first?.text("parentCommentId")
        }
        recount.expect("communitycomments", key: "commentId") { _, id in
            var depth = 0
            var above = parents[id]
            while let parent = above {
                depth += 1
                above = parents[parent]
            }
            return [
                "likes": commentLikes[id]?.count ?? 0, "replies": replies[id]?.count ?? 0, "depth": depth,
            ]
        }
    }

    private func rewards(_ recount: Recount) {
        var total: [String: Int] = [:]
        var spent: [String: Int] = [:]
        var achievements: [String: Int] = [:]
        var costs: [String: Int] = [:]
        for event in recount.events {
            guard let user = event.text("userId") else { continue }
            let points = event.integer("points") ?? 0
            let offer = "\(user) \(event.text("rewardId") ?? "")"
            switch event.type {
            case "points.earned": total[user, default: 0] += points
            case "points.deducted": total[user, default: 0] -= points
            case "achievement.unlocked":
                total[user, default: 0] += points
                achievements[user, default: 0] += 1
            case "reward.offered": costs[offer] = event.integer("cost") ?? 0
            case "reward.redeemed": spent[user, default: 0] += costs[offer] ?? 0
            default: break
            }
        }
        recount.expect("userrewards", key: "userId") { rewards, user in
            let points = total[user] ?? 0
            let start = [10_000, 5_000, 2_000, 1_000, 0].first { $0 <= points } ?? 0
            #expect(rewards.list("achievements").count == achievements[user] ?? 0)
            return [
                "totalPoints": points, "availablePoints": points - (spent[user] ?? 0),
                "levelProgress": points - start,
            ]
        }
    }

    /// Messages since the period began, and what they cost now; a session that is deleted was used all the same.
    private func subscriptions(_ recount: Recount) {
        let use = NaiveUse(recount.events)
        var used = 0
        recount.expect("agentsubscriptions") { subscription, _ in
            let pair = "\(subscription.text("userId") ?? "") \(subscription.text("agentId") ?? "")"
            let tokens = (use.periods[pair]?.tokens ?? [:]).values
            used += tokens.count
            #expect(subscription.moment("usage.lastUsedAt") == use.newestUse[pair], "\(pair)")
            return [
                "usage.messagesThisPeriod": tokens.count, "usage.tokensThisPeriod": tokens.reduce(0, +),
            ]
        }
        #expect(used > 50)
    }

    /// A day's counters agree with the documents that were made on it.
    private func activities(_ recount: Recount) {
        var counts: [String: [String: Int]] = [:]
        func count(_ name: String, _ user: String?, _ row: Recount.Row, _ moment: String, by amount: Int = 1) {
            guard let user, let at = row.moment(moment) else { return }
            counts["\(user) \(LoggedEvent.day(at))", default: [:]][name, default: 0] += amount
        }
        var owners: [String: String] = [:]
        for session in recount["chatsessions"] {
            owners[session.text("sessionId") ?? ""] = session.text("userId")
            count("sessions", session.text("userId"), session, "createdAt")
        }
        for message in recount["chatmessages"] {
            let owner = owners[message.text("sessionId") ?? ""]
            count("messages", owner, message, "createdAt")
            count("tokens", owner, message, "createdAt", by: message.integer("tokens") ?? 0)
        }
        for post in recount["communityposts"] where post.text("status") != "deleted" {
            count("posts", post.text("authorId"), post, "publishedAt")
        }
        for comment in recount["communitycomments"] where comment.text("status") == "active" {
            count("comments", comment.text("authorId"), comment, "createdAt")
        }
        for like in recount["communitylikes"] { count("likes", like.text("userId"), like, "createdAt") }
        for use in recount["toolusages"] { count("toolUses", use.text("userId"), use, "createdAt") }
        for tracked in recount["analyticsevents"] where tracked.text("eventType") == "page_view" {
            count("pageViews", tracked.text("userId"), tracked, "timestamp")
        }
        recount.expect("useractivities", key: "userId") { day, user in
            var expected: [String: Int?] = [:]
            for name in NaiveActivities.counters where name != "logins" && name != "points" {
                expected[name] = counts["\(user) \(day.text("date") ?? "")"]?[name] ?? 0
            }
            return expected
        }
    }
}
