import Foundation

/// An independent, deliberately plain reading of the rules: applies events one by one and says what is wrong with one.
/// Nothing here is shared with the generator.
struct World {
    struct Thing {
        var state: String
        var owner: String
        var parent = ""
        var depth = 0
        var amount = 0.0
        var flags: Set<String> = []
        var end = ""
        var renews = false
        /// Whom it is about, where others work on it too.
        var person = ""
    }

    struct User {
        var state = "active"
        var verified: Bool
        var password: Bool
        var codes: Set<String> = []
        var twoFactor = false
        var failures = 0
        var lockedAt = ""
        /// When a reset token that is still good expires.
        var resetEnd = ""
        var plan = "free"
        var planEnd = ""
        var planCancelling = false
        var points = 0
        var spent = 0
        var rewards: [String: String] = [:]
        var offerEnds: [String: String] = [:]
        /// The moments of the claims of each reward.
        var claims: [String: [String]] = [:]
        /// Days with a login.
        var logins: Set<String> = []
    }

    var users: [String: User] = [:]
    var emails: Set<String> = []
    /// Who has an address now.
    var addresses: [String: String] = [:]
    var names: Set<String> = []
    var deleted: Set<String> = []
    var erased: Set<String> = []
    /// Addresses of people who are no users, of whom something is known.
    var guests: Set<String> = []
    var profiles: Set<String> = []
    var preferred: Set<String> = []
    var personalizations: [String: Thing] = [:]
    /// Who they are of; "" where nobody is known.
    var visits: [String: String] = [:]
    var toolUses: [String: String] = [:]
    var agents: [String: Thing] = [:]
    var agentKeys: [String: String] = [:]
    var subscriptions: [String: Thing] = [:]
    var pairs: [String: String] = [:]
    var sessions: [String: Thing] = [:]
    var messages: [String: Thing] = [:]
    var posts: [String: Thing] = [:]
    var comments: [String: Thing] = [:]
    var likes: Set<String> = []
    var transactions: [String: Thing] = [:]
    var experiments: [String: Thing] = [:]
    var projects: [String: Project] = [:]
    var jobs: [String: Thing] = [:]
    var applications: [String: Thing] = [:]
    var webinars: [String: Thing] = [:]
    var registrations: [String: Thing] = [:]
    var reviews: [String: Thing] = [:]
    var contacts: [String: Contact] = [:]
    var tickets: [String: Ticket] = [:]
    var definitions: [String: DefinedReward] = [:]
    var eventIDs: Set<String> = []
    var lastTime = ""

    /// Why the event must be refused, or nil. A refused event changes nothing but the time.
    mutating func refusal(of line: [UInt8]) throws -> String? {
        let parsed = try JSONSerialization.jsonObject(with: Data(line))
        guard let event = parsed as? [String: Any], let data = event["data"] as? [String: Any],
            let type = event["type"] as? String, let id = event["id"] as? String,
            let time = event["time"] as? String,
            let subject = event["subject"] as? String ?? (type == "person.erased" ? "" : nil)
        else { return "not an event" }
        guard event["specversion"] as? String == "1.0", event["datacontenttype"] as? String == "application/json",
            event["source"] as? String != nil
        else { return "envelope" }
        guard eventIDs.insert(id).inserted else { return "event id twice" }
        guard UUID(uuidString: id) != nil else { return "event id is no uuid" }
        guard time.count == 24, time >= lastTime else { return "time goes backwards" }
        lastTime = time
        var facts = Facts(type: type, subject: subject, time: time, data: data)
        let entity = type.split(separator: ".")[0]
        switch entity {
        case "user": return user(&facts)
        case "points", "achievement", "reward": return reward(&facts)
        case "agent": return facts.verb == "reviewed" ? review(&facts) : agent(&facts)
        case "rewardDefinition": return definition(&facts)
        case "agentSubscription": return subscription(&facts)
        case "session": return session(&facts)
        case "message": return message(&facts)
        case "post": return post(&facts)
        case "comment": return comment(&facts)
        case "like": return like(&facts)
        case "transaction": return transaction(&facts)
        case "experiment": return experiment(&facts)
        case "canvasProject": return canvasProject(&facts)
        case "job": return job(&facts)
        case "application": return application(&facts)
        case "webinar": return webinar(&facts)
        case "webinarRegistration": return registration(&facts)
        case "agentReview": return review(&facts)
        case "contact": return contact(&facts)
        case "ticket": return ticket(&facts)
        case "person": return personErasure(facts)
        case "userProfile": return profile(&facts)
        case "userPreferences": return preferences(&facts)
        case "agentPersonalization": return personalization(&facts)
        case "analytics": return analytics(&facts)
        case "tool": return tool(&facts)
        default: return "unknown type"
        }
    }

    func isActive(_ id: String) -> Bool { users[id]?.state == "active" }
}

/// One event, with its data at hand.
struct Facts {
    let type: String
    let subject: String
    let time: String
    let data: [String: Any]

    var verb: String { String(type.split(separator: ".")[1]) }
    func text(_ name: String) -> String { data[name] as? String ?? "" }
    func number(_ name: String) -> Double? { (data[name] as? NSNumber)?.doubleValue }
    func object(_ name: String) -> [String: Any] { data[name] as? [String: Any] ?? [:] }

    /// What is wrong with the patch; `fields` are the paths it may name.
    func patchFault(_ fields: Set<String>) -> String? {
        let set = object("set")
        let unset = data["unset"] as? [String] ?? []
        let pushed = object("push").merging(object("pull")) { first, _ in first }
        let named = Set(set.keys).union(unset).union(pushed.keys)
        if named.isEmpty { return "empty patch" }
        return named.isSubset(of: fields) ? nil : "patches \(named.subtracting(fields).sorted())"
    }

    static func seconds(_ time: String) -> Double {
        let form = DateFormatter()
        form.locale = Locale(identifier: "en_US_POSIX")
        form.timeZone = TimeZone(secondsFromGMT: 0)
        form.dateFormat = "yyyy-MM-dd'T'HH:mm:ss.SSS'Z'"
        return form.date(from: time)?.timeIntervalSince1970 ?? .nan
    }

    /// Hours from one time to another.
    static func hours(from: String, to: String) -> Double { (seconds(to) - seconds(from)) / 3600 }
}
