import Foundation

/// Who is where, from the log alone: the accounts are kept as they are said to be, and counted at the end.
struct NaiveGeography {
    struct Figures: Equatable {
        var users = 0
        var active = 0
        var plans: [String: Int] = [:]
    }

    private struct Account {
        var location: String?
        var plan: String
        var isActive: Bool
    }

    private var accounts: [String: Account] = [:]

    init(_ events: [LoggedEvent]) {
        for event in events { take(event) }
    }

    private mutating func take(_ event: LoggedEvent) {
        let user = event.text("userId") ?? ""
        switch event.type {
        case "user.registered":
            accounts[event.text("_id") ?? ""] = Account(
                location: event.text("profile.location"), plan: event.text("subscription.plan") ?? "free",
                isActive: event.flag("isActive") ?? true)
        case "user.profileChanged", "user.changed":
            if event.patches("profile.location") { accounts[user]?.location = event.textSet("profile.location") }
        case "user.planChanged": accounts[user]?.plan = event.text("plan") ?? "?"
        case "user.deactivated": accounts[user]?.isActive = false
        case "user.reactivated": accounts[user]?.isActive = true
        case "user.deleted", "user.erased": accounts[user] = nil
        default: break
        }
    }

    var figures: [String: Figures] {
        var figures: [String: Figures] = [:]
        for account in accounts.values {
            let location = account.location?.trimmingCharacters(in: .whitespacesAndNewlines).lowercased() ?? ""
            if location.isEmpty { continue }
            figures[location, default: Figures()].users += 1
            figures[location, default: Figures()].active += account.isActive ? 1 : 0
            figures[location, default: Figures()].plans[account.plan, default: 0] += 1
        }
        return figures
    }
}
