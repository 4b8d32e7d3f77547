import Foundation
import Testing

/// Fields that events keep without counting documents: moments, levels, sums of money.
extension RecountTests {
    func canvases(_ recount: Recount) {
        var files: [String: Int] = [:]
        var edits: [String: Int] = [:]
        var last: [String: Int64] = [:]
        for event in recount.events {
            guard event.type.hasPrefix("canvasProject."), let project = event.text("projectId") else { continue }
            switch event.type {
            case "canvasProject.fileAdded": files[project, default: 0] += 1
            case "canvasProject.fileRemoved": files[project, default: 0] -= 1
            case "canvasProject.edited": edits[project, default: 0] += 1
            case "canvasProject.created": last[project] = event.time
            default: continue
            }
            last[project] = max(last[project] ?? .min, event.time)
        }
        recount.expect("chatcanvasprojects", key: "projectId") { project, id in
            #expect(project.moment("stats.lastActivity") == last[id], "\(id)")
            return ["stats.totalFiles": files[id] ?? 0, "stats.totalEdits": edits[id] ?? 0]
        }
        #expect(recount.events.contains { $0.type == "canvasProject.fileRemoved" })
        #expect(recount["chatcanvasprojects"].contains { $0.integer("stats.totalFiles") ?? 0 > 1 })
        #expect(recount["chatcanvasprojects"].contains { $0.integer("stats.totalEdits") ?? 0 > 1 })
    }

    func signIn(_ recount: Recount) {
        let naive = NaiveSignIn(recount.events)
        let erased = Set(recount.events.filter { $0.type == "user.erased" }.compactMap { $0.text("userId") })
        recount.expect("users") { user, id in
            let account = naive.accounts[id] ?? NaiveSignIn.Account()
            let (attempts, end) = account.state
            #expect(user.moment("security.lastLoginAt") == account.lastLogin, "\(id)")
            // The lock goes with what the account was for.
            #expect(user.moment("security.lockedUntil") == (erased.contains(id) ? nil : end), "\(id)")
            return ["security.loginAttempts": attempts]
        }
        #expect(recount["users"].contains { $0.moment("security.lastLoginAt") != nil })
        #expect(Set(recount["users"].compactMap { $0.integer("security.loginAttempts") }).count > 3)
        #expect(recount["users"].count { $0.moment("security.lockedUntil") != nil } > 1)
    }

    func dailyRewards(_ recount: Recount) {
        let naive = NaiveRewards(recount.events)
        for rewards in recount["userrewards"] {
            let user = rewards.text("userId") ?? ""
            let found = NaiveRewards.Figures(
                day: rewards.text("dailyStats.date"), earned: rewards.integer("dailyStats.pointsEarned"),
                actions: rewards.integer("dailyStats.actionsCompleted"),
                streak: rewards.integer("dailyStats.loginStreak"), level: rewards.text("currentLevel"))
            #expect(found == naive.figures(of: user), "\(user)")
        }
        let all = recount["userrewards"]
        #expect(all.contains { $0.integer("dailyStats.loginStreak") ?? 0 > 1 })
        #expect(all.contains { $0.integer("dailyStats.pointsEarned") ?? 0 > 0 })
        #expect(Set(all.compactMap { $0.text("currentLevel") }).count > 3)
    }

    func refunds(_ recount: Recount) {
        var refunded: [String: Decimal] = [:]
        let amounts = recount.grouped("transactions", by: "transactionId").compactMapValues { rows in
            rows.first?.number("amount").flatMap { Decimal(string: "\($0)") }
        }
        for event in recount.events where event.type == "transaction.refunded" {
            let id = event.text("transactionId") ?? ""
            // Without an amount, all that is left.
            let before = refunded[id] ?? 0
            refunded[id] = event.decimal("amount").map { before + $0 } ?? amounts[id]
        }
        #expect(refunded.count > 8)
        for transaction in recount["transactions"] {
            let id = transaction.text("transactionId") ?? ""
            let found = transaction.number("refundedAmount").flatMap { Decimal(string: "\($0)") }
            #expect(found == refunded[id], "\(id)")
            if let sum = refunded[id] {
                #expect((transaction.text("status") == "refunded") == (sum == amounts[id]), "\(id)")
            }
        }
    }
}
