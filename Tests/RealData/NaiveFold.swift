import Foundation

/// What the event catalogue says becomes of the stream, with dictionaries and without a line of the product's code.
struct NaiveFold: Sendable {
    /// Why a line is not accepted.
    struct Refused: Hashable, Sendable {
        let line: Int
        let rule: String
        let field: String
        let value: String
    }

    var users: [String: UserFigures] = [:]
    var agents: [String: AgentFigures] = [:]
    var sessions: [String: SessionFigures] = [:]
    var messages: [String: MessageFigures] = [:]
    var posts: [String: PostFigures] = [:]
    var comments: [String: CommentFigures] = [:]
    /// By user, type of target and target: a like has no other name.
    var likes: [String: LikeFigures] = [:]
    var rewards: [String: RewardFigures] = [:]
    var experiments: [String: ExperimentFigures] = [:]
    var transactions: [String: TransactionFigures] = [:]

    var lines = 0
    var refused: [Refused] = []
    /// Types that this fold does not know: none, or the comparison is not whole.
    var unknownTypes: Set<String> = []
    /// Source and id that stood on an earlier line.
    var repeated: [Int] = []

    private var emails: Set<String> = []
    private var requests: Set<[String]> = []
    /// The agent of each session, and for each agent who ever started a session with it.
    var agentOfSession: [String: String] = [:]
    var usersOfAgent: [String: Set<String>] = [:]

    init(_ events: RealEvents) throws {
        try events.forEach { line, json in
            let event = try NaiveEvent(json)
            lines += 1
            if !requests.insert([event.source, event.id]).inserted { repeated.append(line) }
            if let refusal = try take(event) {
                refused.append(
                    Refused(line: line, rule: refusal.rule, field: refusal.field, value: refusal.value))
            }
        }
    }

    /// `nil` where the event is accepted.
    typealias Refusal = (rule: String, field: String, value: String)?

    private mutating func take(_ event: NaiveEvent) throws -> Refusal {
        switch event.type {
        case "user.registered": try register(event)
        case "agent.created": try createAgent(event)
        case "session.started": try startSession(event)
        case "message.sent": try send(event)
        case "message.rated": try rate(event)
        case "post.published": try publish(event)
        case "comment.added": try comment(event)
        case "like.added": try like(event)
        case "achievement.unlocked": try unlock(event)
        case "points.earned": try earn(event)
        case "experiment.created": try createExperiment(event)
        case "experiment.completed": try completeExperiment(event)
        case "transaction.created": try createTransaction(event)
        default: unknown(event)
        }
    }

    private mutating func unknown(_ event: NaiveEvent) -> Refusal {
        unknownTypes.insert(event.type)
        return nil
    }

    private mutating func register(_ event: NaiveEvent) throws -> Refusal {
        let id = try event.text("_id")
        let email = try event.text("email")
        if users[id] != nil { return ("unique", "_id", id) }
        if !emails.insert(email.lowercased()).inserted { return ("unique", "email", email) }
        users[id] = UserFigures(joinedAt: event.time, lastActiveAt: event.time)
        return nil
    }

    private mutating func createAgent(_ event: NaiveEvent) throws -> Refusal {
        let id = try event.text("id")
        if agents[id] != nil { return ("unique", "id", id) }
        agents[id] = AgentFigures()
        return nil
    }

    /// A second like of the same target by the same user is refused; the target's counter goes up.
    private mutating func like(_ event: NaiveEvent) throws -> Refusal {
        let user = try event.text("userId")
        let type = try event.text("targetType")
        let target = try event.text("targetId")
        if let missing = missing(user: user, "userId") { return missing }
        let isThere = type == "post" ? posts[target] != nil : comments[target] != nil
        if !isThere { return ("exists", "targetId", target) }
        let like = "\(user) \(type) \(target)"
        if likes[like] != nil { return ("unique", "targetId", target) }
        likes[like] = LikeFigures(createdAt: event.time)
        if type == "post" {
            posts[target]?.likes? += 1
        } else {
            comments[target]?.likes? += 1
        }
        return nil
    }

    func missing(user: String, _ field: String) -> Refusal {
        users[user] == nil ? ("exists", field, user) : nil
    }
}
