/// What is used of subscriptions in their present period, from the log alone: each keeps the messages that it counts.
struct NaiveUse {
    struct Period {
        /// Messages from this moment on are of the period: later than all that were sent before it began.
        var start: Int64
        /// Of the messages that count, by id.
        var tokens: [String: Int] = [:]
    }

    /// By user and agent: "507f… einstein".
    private(set) var periods: [String: Period] = [:]
    private var slugs: [String: String] = [:]
    private var pairOfSession: [String: String] = [:]
    private var sessionOfMessage: [String: String] = [:]
    private var timeOfMessage: [String: Int64] = [:]
    /// Also of messages that were deleted since.
    private(set) var newestUse: [String: Int64] = [:]

    init(_ events: [LoggedEvent]) {
        for event in events { take(event) }
    }

    private mutating func take(_ event: LoggedEvent) {
        let message = event.text("messageId") ?? ""
        switch event.type {
        case "agent.created": slugs[event.text("_id") ?? ""] = event.text("id")
        case "session.started": pairOfSession[event.text("sessionId") ?? ""] = pair(event)
        case "session.deleted": pairOfSession[event.text("sessionId") ?? ""] = nil
        case "agentSubscription.started", "agentSubscription.renewed", "agentSubscription.planChanged":
            let before = [periods[pair(event)]?.start, newest(pair(event)).map { $0 + 1 }].compactMap(\.self).max()
            periods[pair(event)] = Period(start: max(event.time, before ?? event.time))
        case "agentSubscription.deleted":
            periods[pair(event)] = nil
            newestUse[pair(event)] = nil
        case "message.sent":
            sessionOfMessage[message] = event.text("sessionId")
            timeOfMessage[message] = event.time
            guard let pair = pairOfSession[event.text("sessionId") ?? ""], let period = periods[pair] else { return }
            newestUse[pair] = max(newestUse[pair] ?? event.time, event.time)
            if event.time >= period.start { periods[pair]?.tokens[message] = event.integer("tokens") ?? 0 }
        case "message.edited":
            guard let pair = pairOfSession[sessionOfMessage[message] ?? ""], periods[pair]?.tokens[message] != nil,
                let tokens = event.integer("tokens")
            else { return }
            periods[pair]?.tokens[message] = tokens
        case "message.deleted":
            if let pair = pairOfSession[sessionOfMessage[message] ?? ""] { periods[pair]?.tokens[message] = nil }
            timeOfMessage[message] = nil
        default: break
        }
    }

    /// When the newest message of the pair was sent, as far as it is known at the start of a period.
    private func newest(_ pair: String) -> Int64? {
        let times = timeOfMessage.filter { pairOfSession[sessionOfMessage[$0.key] ?? ""] == pair }.values
        return [newestUse[pair], times.max()].compactMap(\.self).max()
    }

    private func pair(_ event: LoggedEvent) -> String {
        let agent = event.text("agentId") ?? ""
        return "\(event.text("userId") ?? "") \(slugs[agent] ?? agent)"
    }
}
