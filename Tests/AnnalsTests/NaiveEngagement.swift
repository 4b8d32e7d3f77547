/// Who was active how many weeks after the week of registration, from the log alone: sets of users, counted at the end.
struct NaiveEngagement {
    struct Row: Hashable {
        let cohort: String
        let week: Int
    }
    struct Figures: Equatable {
        let size: Int
        let active: Int
    }

    private var registered: [String: Int64] = [:]
    private var ownerOfSession: [String: String] = [:]
    private var authorOfPost: [String: String] = [:]
    private var cohorts: [String: Set<String>] = [:]
    private var active: [Row: Set<String>] = [:]

    init(_ events: [LoggedEvent]) {
        for event in events { take(event) }
    }

    private mutating func take(_ event: LoggedEvent) {
        switch event.type {
        case "user.registered":
            let user = event.text("_id") ?? ""
            let cohort = LoggedEvent.week(event.time).name
            registered[user] = event.time
            cohorts[cohort, default: []].insert(user)
            active[Row(cohort: cohort, week: 0), default: []] = active[Row(cohort: cohort, week: 0)] ?? []
        case "user.deleted": registered[event.text("userId") ?? ""] = nil
        case "post.drafted": authorOfPost[event.text("postId") ?? ""] = event.text("authorId")
        case "session.started":
            ownerOfSession[event.text("sessionId") ?? ""] = event.text("userId")
            count(event.text("userId"), event)
        case "message.sent": count(ownerOfSession[event.text("sessionId") ?? ""], event)
        case "post.published": count(authorOfPost[event.text("postId") ?? ""] ?? event.text("authorId"), event)
        case "comment.added": count(event.text("authorId"), event)
        case "analytics.tracked": if event.text("eventType") == "page_view" { count(event.text("userId"), event) }
        case "user.loggedIn", "like.added", "points.earned", "points.deducted", "achievement.unlocked", "tool.used":
            count(event.text("userId"), event)
        default: break
        }
    }

    private mutating func count(_ user: String?, _ event: LoggedEvent) {
        guard let user, let since = registered[user] else { return }
        let (first, now) = (LoggedEvent.week(since), LoggedEvent.week(event.time))
        let week = max(0, (now.monday - first.monday) / 7)
        active[Row(cohort: first.name, week: week), default: []].insert(user)
    }

    var figures: [Row: Figures] {
        var figures: [Row: Figures] = [:]
        for (row, users) in active {
            figures[row] = Figures(size: cohorts[row.cohort]?.count ?? 0, active: users.count)
        }
        return figures
    }
}
