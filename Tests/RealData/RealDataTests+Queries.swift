import Annals
import BSON
import Foundation
import LMDB
import Query
import Schema
import Testing
import Views

/// What queries find first and add up, against the fold.
extension RealDataTests {
    /// The ten first by a figure, then by key: names and figures.
    private func topTen<Figures>(
        of all: [String: Figures], by figure: (Figures) -> Int64?
    ) -> [String] {
        all.map { (key: $0.key, figure: figure($0.value) ?? -1) }
            .sorted { ($1.figure, $0.key) < ($0.figure, $1.key) }
            .prefix(10).map { "\($0.key) \($0.figure)" }
    }

    private func find(_ collection: String, _ key: String, by path: String) throws -> [String] {
        let model = try #require(stream.store.catalogue[collection])
        let query = try Find(model, filter: [:], sort: [path: -1, key: 1], limit: 10)
        let keyPath = FieldPath(key)
        let figurePath = FieldPath(path)
        var found: [String] = []
        try query.run(try stream.store.snapshot()) { document in
            found.append("\(document.name(keyPath) ?? "none") \(document.counter(figurePath) ?? -1)")
            return true
        }
        return found
    }

    @Test func topTens() throws {
        #expect(
            try find("users", "_id", by: "stats.totalMessages") == topTen(of: fold.users) { $0.totalMessages })
        #expect(
            try find("communityposts", "postId", by: "stats.likes") == topTen(of: fold.posts) { $0.likes })
        #expect(
            try find("chatsessions", "sessionId", by: "stats.totalTokens")
                == topTen(of: fold.sessions) { $0.totalTokens })
        #expect(try find("agents", "id", by: "stats.totalUsers") == topTen(of: fold.agents) { $0.totalUsers })
        #expect(
            try find("userrewards", "userId", by: "totalPoints") == topTen(of: fold.rewards) { $0.totalPoints })
    }

    /// `$group` by `by`, how many there are and the sum of each path, as text to compare.
    private func group(_ collection: String, by: String?, _ paths: String...) throws -> [String: [Int64]] {
        let model = try #require(stream.store.catalogue[collection])
        var group: Document = ["_id": by.map { .string("$" + $0) } ?? .null, "n": ["$sum": 1]]
        for (place, path) in paths.enumerated() {
            group.append("s\(place)", .document(["$sum": .string("$" + path)]))
        }
        var found: [String: [Int64]] = [:]
        try Aggregate(model, [["$group": .document(group)]]).run(try stream.store.snapshot()) { row in
            let sums = paths.indices.map { row[FieldPath("s\($0)")]?.int64 ?? -1 }
            let id = row["_id"].map { $0.string ?? $0.plainText } ?? "none"
            found[id] = [row["n"]?.int64 ?? -1] + sums
            return true
        }
        return found
    }

    private func sums<Figures>(
        _ all: some Sequence<Figures>, by name: (Figures) -> String?, _ figures: ((Figures) -> Int64?)...
    ) -> [String: [Int64]] {
        var sums: [String: [Int64]] = [:]
        for one in all {
            let values = [1] + figures.map { $0(one) ?? 0 }
            let name = name(one) ?? "null"
            sums[name] = zip(sums[name] ?? values.map { _ in 0 }, values).map { $0 + $1 }
        }
        return sums
    }

    @Test func groupedSums() throws {
        #expect(
            try group("users", by: nil, "stats.totalSessions", "stats.totalMessages", "stats.totalTokens")
                == sums(fold.users.values, by: { _ in nil }, \.totalSessions, \.totalMessages, \.totalTokens))
        #expect(
            try group("agents", by: nil, "stats.totalUsers", "stats.totalSessions", "stats.totalMessages")
                == sums(fold.agents.values, by: { _ in nil }, \.totalUsers, \.totalSessions, \.totalMessages))
        #expect(
            try group("chatsessions", by: "userId", "stats.messageCount", "stats.totalTokens", "stats.durationMs")
                == sums(fold.sessions.values, by: \.owner, \.messageCount, \.totalTokens, \.durationMs))
        #expect(
            try group("chatmessages", by: "role", "tokens", "feedback.rating")
                == sums(fold.messages.values, by: \.role, \.tokens, \.rating))
        #expect(
            try group("communityposts", by: nil, "stats.likes", "stats.comments", "metadata.wordCount")
                == sums(fold.posts.values, by: { _ in nil }, \.likes, \.comments, \.wordCount))
        #expect(
            try group("communitycomments", by: "depth", "likes", "replies")
                == sums(fold.comments.values, by: { $0.depth.map(\.description) }, \.likes, \.replies))
        #expect(
            try group("communitylikes", by: "targetType")
                == sums(fold.likes.keys, by: { $0.components(separatedBy: " ")[1] }))
        #expect(
            try group("userrewards", by: "currentLevel", "totalPoints", "levelProgress")
                == sums(fold.rewards.values, by: \.currentLevel, \.totalPoints, \.levelProgress))
        #expect(
            try group("labexperiments", by: "status", "metadata.tokensUsed")
                == sums(fold.experiments.values, by: \.status, \.tokensUsed))
    }

    /// The sum of doubles is the exact sum to the penny: it strays from the decimal one by far less than half of one.
    @Test func moneyByTypeStatusAndCurrency() throws {
        let model = try #require(stream.store.catalogue["transactions"])
        let pipeline: [Document] = [
            [
                "$group": [
                    "_id": ["type": "$type", "status": "$status", "currency": "$currency"], "n": ["$sum": 1],
                    "amount": ["$sum": "$amount"],
                ]
            ]
        ]
        var found: [Money.Group: Money.Sum] = [:]
        try Aggregate(model, pipeline).run(try stream.store.snapshot()) { row in
            let group = Money.Group(
                type: row.name("_id.type"), status: row.name("_id.status"), currency: row.name("_id.currency"))
            let pennies = ((row["amount"]?.double ?? .nan) * 100).rounded()
            found[group] = Money.Sum(count: Int(row["n"]?.int64 ?? -1), amount: Decimal(pennies) / 100)
            return true
        }
        #expect(found == Money.sums(of: fold.transactions.values))
    }
}
