/// What users did day by day, from the log alone: everything is kept as it is said to be, and counted at the end.
struct NaiveActivities {
    struct Day: Hashable {
        let user: String
        let date: String
    }
    struct Figures: Equatable {
        var counts: [String: Int] = [:]
        var first = Int64.max
        var last = Int64.min
    }

    static let counters = [
        "sessions", "messages", "tokens", "logins", "posts", "comments", "likes", "points", "toolUses", "pageViews",
    ]

    /// Something that counts while `isCounted`.
    private struct Thing {
        var user: String?
        var at: Int64
        var session = ""
        var tokens = 0
        var isCounted = true
    }

    private var things: [String: [String: Thing]] = [:]
    private var points: [Day: Int] = [:]
    private var logins: [Day: Int] = [:]
    private var spans: [Day: Figures] = [:]

    init(_ events: [LoggedEvent]) {
        for event in events { take(event) }
    }

    private mutating func take(_ event: LoggedEvent) {
        switch event.type.prefix(while: { $0 != "." }) {
        case "session", "message": takeChat(event)
        case "post", "comment", "like": takeCommunity(event)
        case "tool", "analytics": takeVisit(event)
        default: takeAccount(event)
        }
    }

    private mutating func takeChat(_ event: LoggedEvent) {
        let (session, message) = (event.text("sessionId") ?? "", event.text("messageId") ?? "")
        switch event.type {
        case "session.started": add("sessions", session, event.text("userId"), event.time)
        case "session.deleted": things["sessions"]?[session]?.isCounted = false
        case "message.sent":
            add("messages", message, things["sessions"]?[session]?.user, event.time)
            things["messages"]?[message]?.session = session
            things["messages"]?[message]?.tokens = event.integer("tokens") ?? 0
        case "message.edited":
            if let tokens = event.integer("tokens") { things["messages"]?[message]?.tokens = tokens }
        case "message.deleted": things["messages"]?[message] = nil
        default: break
        }
    }

    private mutating func takeCommunity(_ event: LoggedEvent) {
        let (post, comment) = (event.text("postId") ?? "", event.text("commentId") ?? "")
        let like = [event.text("userId"), event.text("targetType"), event.text("targetId")].compactMap(\.self)
            .joined(separator: " ")
        switch event.type {
        case "post.drafted": things["drafts", default: [:]][post] = Thing(user: event.text("authorId"), at: 0)
        case "post.published":
            let author = things["drafts"]?[post]?.user ?? event.text("authorId")
            add("posts", post, author, event.moment("publishedAt") ?? event.time)
        case "post.deleted": things["posts"]?[post]?.isCounted = false
        case "post.restored": things["posts"]?[post]?.isCounted = true
        case "comment.added": add("comments", comment, event.text("authorId"), event.time)
        case "comment.hidden", "comment.deleted", "comment.purged": things["comments"]?[comment]?.isCounted = false
        case "comment.restored": things["comments"]?[comment]?.isCounted = true
        case "like.added": add("likes", like, event.text("userId"), event.time)
        case "like.removed": things["likes"]?[like]?.isCounted = false
        default: break
        }
    }

    private mutating func takeVisit(_ event: LoggedEvent) {
        switch event.type {
        case "tool.used": add("toolUses", event.text("_id") ?? "", event.text("userId"), event.time)
        case "tool.deleted": things["toolUses"]?[event.text("_id") ?? ""]?.isCounted = false
        case "analytics.tracked" where event.text("eventType") == "page_view":
            let at = event.moment("timestamp") ?? event.time
            add("pageViews", event.text("eventId") ?? "", event.text("userId"), at)
        case "analytics.deleted": things["pageViews"]?[event.text("eventId") ?? ""]?.isCounted = false
        default: break
        }
    }

    private mutating func takeAccount(_ event: LoggedEvent) {
        guard let user = event.text("userId") else { return }
        let day = Day(user: user, date: event.day)
        switch event.type {
        case "user.loggedIn": logins[day, default: 0] += 1
        case "points.earned", "achievement.unlocked": points[day, default: 0] += event.integer("points") ?? 0
        case "points.deducted": points[day, default: 0] -= event.integer("points") ?? 0
        default: return
        }
        widen(user, event.time)
    }

    private mutating func add(_ kind: String, _ key: String, _ user: String?, _ at: Int64) {
        things[kind, default: [:]][key] = Thing(user: user, at: at)
        if let user { widen(user, at) }
    }

    private mutating func widen(_ user: String, _ at: Int64) {
        let day = Day(user: user, date: LoggedEvent.day(at))
        spans[day, default: Figures()].first = min(spans[day]?.first ?? .max, at)
        spans[day, default: Figures()].last = max(spans[day]?.last ?? .min, at)
    }

    var figures: [Day: Figures] {
        var figures = spans
        for (day, count) in logins { figures[day]?.counts["logins"] = count }
        for (day, count) in points where count != 0 { figures[day]?.counts["points"] = count }
        for kind in ["sessions", "messages", "posts", "comments", "likes", "toolUses", "pageViews"] {
            for thing in (things[kind] ?? [:]).values where thing.isCounted {
                if kind == "messages", things["sessions"]?[thing.session]?.isCounted == false { continue }
                guard let user = thing.user else { continue }
                let day = Day(user: user, date: LoggedEvent.day(thing.at))
                figures[day]?.counts[kind, default: 0] += 1
                if thing.tokens != 0 { figures[day]?.counts["tokens", default: 0] += thing.tokens }
            }
        }
        return figures
    }
}
