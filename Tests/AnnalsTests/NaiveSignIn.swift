/// Who logged in last when, and who is locked, from the log alone.
struct NaiveSignIn {
    struct Account {
        var lastLogin: Int64?
        /// Since the last login or unlocking, in the order of the log; none from before a login.
        var failures: [Int64] = []

        /// Failures count until a lock that they led to is over; five of them lock for two hours.
        var state: (attempts: Int, lockedUntil: Int64?) {
            var counted = failures[...]
            while counted.count >= 5 {
                let end = counted[counted.startIndex + 4] + 7_200_000
                let next = counted.dropFirst(5).firstIndex { $0 >= end }
                guard let next else { return (counted.count, end) }
                counted = counted[next...]
            }
            return (counted.count, nil)
        }
    }

    private(set) var accounts: [String: Account] = [:]

    init(_ events: [LoggedEvent]) {
        for event in events { take(event) }
    }

    private mutating func take(_ event: LoggedEvent) {
        let user = event.text("userId") ?? ""
        switch event.type {
        case "user.registered": accounts[event.text("_id") ?? ""] = Account()
        case "user.loggedIn":
            let before = accounts[user]?.lastLogin ?? event.time
            accounts[user]?.lastLogin = max(before, event.time)
            accounts[user]?.failures = []
        case "user.unlocked": accounts[user]?.failures = []
        case "user.loginFailed":
            let login = accounts[user]?.lastLogin ?? .min
            if login <= event.time { accounts[user]?.failures.append(event.time) }
        case "user.deleted": accounts[user] = nil
        default: break
        }
    }
}
