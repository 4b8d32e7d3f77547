import Foundation

extension World {
    mutating func user(_ facts: inout Facts) -> String? {
        if facts.verb == "registered" { return registration(facts) }
        if facts.verb == "erased" { return erasure(facts) }
        let id = facts.text("userId")
        guard var user = users[id] else { return "unknown user" }
        guard facts.subject == "users/\(id)" else { return "subject" }
        let allowed = ["reactivated": "deactivated", "unlocked": "locked"][facts.verb] ?? "active"
        let timed = ["planRenewed", "planLapsed", "passwordResetExpired"].contains(facts.verb)
        guard user.state == allowed || timed && user.state != "erased" else { return "user is \(user.state)" }
        switch facts.verb {
        case "profileChanged", "settingsChanged", "changed":
            if (facts.object("set")["profile.bio"] as? String ?? "").utf16.count > 500 { return "too long" }
            return facts.patchFault([
                "name", "profile.bio", "profile.location", "profile.website", "profile.avatar",
                "profile.socialLinks.twitter", "preferences.theme", "preferences.language", "preferences.timezone",
                "preferences.notifications.email", "preferences.notifications.marketing",
                "subscription.stripeCustomerId",
            ])
        case "emailChanged":
            guard emails.insert(facts.text("email")).inserted else { return "e-mail twice" }
            addresses = addresses.filter { $0.value != id }
            addresses[facts.text("email")] = id
            user.verified = false
        case "emailVerified":
            if user.verified { return "verified already" }
            user.verified = true
        case "passwordChanged":
            if !user.password || facts.text("password").count < 8 { return "password" }
            user.resetEnd = ""
        case "passwordResetRequested":
            if !user.password || facts.text("token").isEmpty || facts.text("expiresAt") <= facts.time { return "reset" }
            user.resetEnd = facts.text("expiresAt")
        case "passwordResetExpired":
            if user.resetEnd != facts.time || facts.text("expiresAt") != facts.time { return "not due" }
            user.resetEnd = ""
        case "twoFactorEnabled":
            let codes = Set(facts.data["backupCodes"] as? [String] ?? [])
            if user.twoFactor || codes.count != 5 { return "two factors" }
            user.twoFactor = true
            user.codes = codes
        case "twoFactorDisabled":
            if !user.twoFactor { return "no second factor" }
            user.twoFactor = false
            user.codes = []
        case "backupCodeUsed":
            if user.codes.remove(facts.text("code")) == nil { return "no such code" }
        case "loggedIn":
            user.failures = 0
            user.logins.insert(String(facts.time.prefix(10)))
        case "loginFailed":
            user.failures += 1
            if user.failures > 5 { return "sixth failure" }
            if user.failures == 5 { (user.state, user.lockedAt) = ("locked", facts.time) }
        case "unlocked":
            if Facts.hours(from: user.lockedAt, to: facts.time) != 2 { return "not due" }
            user.state = "active"
        case "planChanged":
            let plan = facts.text("plan")
            if user.planCancelling || plan == user.plan || !["pro", "enterprise"].contains(plan) { return "plan" }
            if facts.text("currentPeriodEnd") <= facts.time || facts.number("amount") == nil { return "period" }
            if user.plan != "free", user.planEnd <= facts.time { return "period is over" }
            user.plan = plan
            user.planEnd = facts.text("currentPeriodEnd")
            user.planCancelling = facts.data["cancelAtPeriodEnd"] as? Bool ?? false
        case "planRenewed":
            let late = Facts.hours(from: user.planEnd, to: facts.time)
            if user.plan == "free" || user.planCancelling || !(0..<72).contains(late) { return "renewal" }
            if facts.text("plan") != user.plan || facts.text("currentPeriodEnd") <= facts.time { return "renewal" }
            user.planEnd = facts.text("currentPeriodEnd")
        case "planCancelled":
            if user.plan == "free" || user.planCancelling { return "nothing to cancel" }
            user.planCancelling = facts.data["cancelAtPeriodEnd"] as? Bool ?? false
            if !user.planCancelling { user.plan = "free" }
        case "planLapsed":
            let late = Facts.hours(from: user.planEnd, to: facts.time)
            if user.plan == "free" || late != (user.planCancelling ? 0 : 72) { return "lapse" }
            user.plan = "free"
            user.planCancelling = false
        case "deactivated": user.state = "deactivated"
        case "reactivated": user.state = "active"
        case "deleted":
            let live = subscriptions.values.contains { $0.owner == id && ["active", "paused"].contains($0.state) }
            if live { return "has a subscription" }
            users[id] = nil
            deleted.insert(id)
            addresses = addresses.filter { $0.value != id }
            profiles.remove(id)
            preferred.remove(id)
            return nil
        default: return "unknown type"
        }
        users[id] = user
        return nil
    }

    private mutating func registration(_ facts: Facts) -> String? {
        let (id, email, name) = (facts.text("_id"), facts.text("email"), facts.text("username"))
        let password = facts.data["password"] as? String
        guard facts.subject == "users/\(id)", id.count == 24, users[id] == nil else { return "id" }
        guard email.contains("@"), !facts.text("name").isEmpty else { return "missing" }
        guard !email.contains(" ") else { return "e-mail" }
        let isPassword = facts.data["authMethod"] as? String ?? "password" == "password"
        if isPassword, (password ?? "").count < 8 { return "password" }
        guard emails.insert(email).inserted, name.isEmpty || names.insert(name).inserted else { return "twice" }
        if !name.isEmpty, !(3...30).contains(name.count) { return "username" }
        addresses[email] = id
        users[id] = User(verified: facts.data["emailVerified"] as? Bool ?? false, password: isPassword)
        return nil
    }

    mutating func agent(_ facts: inout Facts) -> String? {
        let id = facts.text("id")
        guard facts.subject == "agents/\(id)", !id.isEmpty else { return "subject" }
        if facts.verb == "created" {
            guard agents[id] == nil, facts.text("_id").count == 24, !facts.text("name").isEmpty,
                !(facts.object("prompts")["systemPrompt"] as? String ?? "").isEmpty,
                facts.text("description").utf16.count <= 500
            else { return "agent" }
            agents[id] = Thing(state: "active", owner: facts.text("_id"))
            agentKeys[facts.text("_id")] = id
            return nil
        }
        guard let agent = agents[id] else { return "unknown agent" }
        switch facts.verb {
        case "changed":
            return facts.patchFault([
                "description", "tags", "pricing.monthly", "settings.temperature", "personality.greetingMessage",
                "color",
            ])
        case "statusChanged":
            let next = facts.text("status")
            let good = ["active": ["maintenance", "deprecated"], "maintenance": ["active"]][agent.state] ?? []
            guard good.contains(next) else { return "status" }
            agents[id]?.state = next
        case "deleted":
            if agent.flags.contains("used") { return "used" }
            agents[id] = nil
        default: return "unknown type"
        }
        return nil
    }

    /// The slug of an agent named by slug or `_id`, marked as used.
    mutating func use(agent name: String) -> String? {
        let id = agentKeys[name] ?? name
        guard agents[id] != nil else { return nil }
        agents[id]?.flags.insert("used")
        return id
    }

    mutating func subscription(_ facts: inout Facts) -> String? {
        let (id, owner) = (facts.text("_id"), facts.text("userId"))
        guard facts.subject == "subscriptions/\(id)", let slug = use(agent: facts.text("agentId")) else {
            return "agent"
        }
        guard let user = users[owner]?.state else { return "unknown user" }
        let end = facts.text("currentPeriodEnd")
        if facts.verb == "started" {
            let old = subscriptions[id]
            guard user == "active", agents[slug]?.state == "active", end > facts.time else { return "start" }
            if let other = pairs["\(owner) \(slug)"], other != id { return "second document of a pair" }
            if let old, !["cancelled", "expired"].contains(old.state) || old.owner != owner { return "still live" }
            let pricing = facts.object("pricing")
            guard pricing["amount"] is NSNumber, pricing["interval"] is String else { return "pricing" }
            pairs["\(owner) \(slug)"] = id
            let renews = facts.data["autoRenew"] as? Bool ?? true
            subscriptions[id] = Thing(state: "active", owner: owner, parent: slug, end: end, renews: renews)
            return nil
        }
        guard var it = subscriptions[id], it.owner == owner, it.parent == slug else { return "unknown subscription" }
        let late = Facts.hours(from: it.end, to: facts.time)
        let needed = ["cancelled": ["active", "paused"], "resumed": ["paused"], "deleted": ["cancelled", "expired"]]
        guard (needed[facts.verb] ?? ["active"]).contains(it.state) else { return "subscription is \(it.state)" }
        switch facts.verb {
        case "renewed":
            if !it.renews || !(0..<72).contains(late) || end <= facts.time { return "renewal" }
            it.end = end
        case "expired":
            if late != (it.renews ? 72 : 0) { return "expiry" }
            it.state = "expired"
        case "cancelled", "paused", "resumed", "planChanged", "changed":
            if late >= 0 { return "period is over" }
            if user != "active", facts.verb != "resumed" { return "user" }
            if facts.verb == "cancelled" { it.state = "cancelled" }
            if facts.verb == "paused" { it.state = "paused" }
            if facts.verb == "resumed" { it.state = "active" }
            if facts.verb == "planChanged" { it.end = end }
            if facts.verb == "changed" {
                if facts.object("set")["autoRenew"] as? Bool == false { it.renews = false }
                subscriptions[id] = it
                return facts.patchFault(["metadata.notes", "autoRenew", "cancelAtPeriodEnd", "metadata.promoCode"])
            }
        case "deleted":
            subscriptions[id] = nil
            pairs["\(owner) \(slug)"] = nil
            return nil
        default: return "unknown type"
        }
        subscriptions[id] = it
        return nil
    }
}
