import Foundation

extension World {
    mutating func session(_ facts: inout Facts) -> String? {
        let (id, owner) = (facts.text("sessionId"), facts.text("userId"))
        guard facts.subject == "sessions/\(id)", isActive(owner) else { return "user" }
        if facts.verb == "started" {
            guard sessions[id] == nil, (1...100).contains(facts.text("name").utf16.count) else { return "session" }
            if facts.data["agentId"] != nil {
                guard let slug = use(agent: facts.text("agentId")), agents[slug]?.state == "active" else {
                    return "agent"
                }
            }
            guard facts.text("description").utf16.count <= 500 else { return "too long" }
            sessions[id] = Thing(state: "active", owner: owner)
            return nil
        }
        guard let it = sessions[id], it.owner == owner else { return "unknown session" }
        let needed = [
            "ended": ["active"], "reopened": ["ended"], "archived": ["ended"], "restored": ["archived"],
            "deleted": ["ended"], "changed": ["active", "ended"],
        ]
        guard needed[facts.verb]?.contains(it.state) == true else { return "session is \(it.state)" }
        switch facts.verb {
        case "changed":
            return facts.patchFault(["name", "description", "settings.mode", "settings.temperature", "tags"])
        case "deleted": sessions[id] = nil
        case "reopened": sessions[id]?.state = "active"
        default: sessions[id]?.state = facts.verb
        }
        return nil
    }

    mutating func message(_ facts: inout Facts) -> String? {
        let (id, session) = (facts.text("messageId"), facts.text("sessionId"))
        guard facts.subject == "sessions/\(session)", let owner = sessions[session] else { return "unknown session" }
        guard owner.state == "active", owner.owner == facts.text("userId"), isActive(owner.owner) else {
            return "session"
        }
        let tokens = facts.number("tokens")
        if facts.verb == "sent" {
            guard messages[id] == nil, ["user", "assistant", "system"].contains(facts.text("role")) else {
                return "role"
            }
            guard !facts.text("content").isEmpty, let tokens, tokens >= 0 else { return "content" }
            messages[id] = Thing(state: facts.text("role"), owner: session)
            return nil
        }
        guard let it = messages[id], it.owner == session else { return "unknown message" }
        switch facts.verb {
        case "edited": if facts.text("content").isEmpty || tokens == nil || it.state == "assistant" { return "edit" }
        case "rated": if !(1...5).contains(facts.number("rating") ?? 0) || it.state != "assistant" { return "rating" }
        case "changed":
            return facts.patchFault([
                "attachments", "metadata.temperature", "metadata.provider", "metadata.processingTime",
            ])
        case "deleted": messages[id] = nil
        default: return "unknown type"
        }
        return nil
    }

    mutating func post(_ facts: inout Facts) -> String? {
        let id = facts.text("postId")
        guard facts.subject == "posts/\(id)" else { return "subject" }
        if let viewer = facts.data["userId"] as? String, !isActive(viewer) { return "user" }
        guard facts.text("title").utf16.count <= 200 else { return "too long" }
        guard let it = posts[id] else {
            guard ["published", "drafted"].contains(facts.verb) else { return "unknown post" }
            guard isActive(facts.text("authorId")), !facts.text("title").isEmpty, !facts.text("content").isEmpty,
                ["general", "agents", "ideas", "help", "announcements", "tutorials"].contains(facts.text("category"))
            else { return "post" }
            posts[id] = Thing(state: facts.verb, owner: facts.text("authorId"))
            return nil
        }
        let needed = ["published": "drafted", "restored": "deleted", "purged": "deleted"][facts.verb] ?? "published"
        guard it.state == needed else { return "post is \(it.state)" }
        guard ["viewed", "shared"].contains(facts.verb) || isActive(it.owner) else { return "author" }
        switch facts.verb {
        case "published", "archived", "deleted": posts[id]?.state = facts.verb
        case "restored": posts[id]?.state = "published"
        case "purged": posts[id] = nil
        case "edited": if facts.text("content").isEmpty { return "edit" }
        case "changed": return facts.patchFault(["category", "type", "tags", "attachments"])
        case "pinned", "featured": if posts[id]?.flags.insert(facts.verb).inserted == false { return "is so" }
        case "unpinned", "unfeatured":
            if posts[id]?.flags.remove(String(facts.verb.dropFirst(2))) == nil { return "is not so" }
        case "viewed", "shared": break
        default: return "unknown type"
        }
        return nil
    }

    mutating func comment(_ facts: inout Facts) -> String? {
        let (id, post, parent) = (facts.text("commentId"), facts.text("postId"), facts.text("parentCommentId"))
        guard facts.subject == "posts/\(post)", posts[post]?.state == "published" else { return "post" }
        if facts.verb == "added" {
            guard comments[id] == nil, isActive(facts.text("authorId")), !facts.text("content").isEmpty else {
                return "comment"
            }
            var depth = 0
            if !parent.isEmpty {
                guard let above = comments[parent], above.parent == post, above.state == "active" else {
                    return "parent"
                }
                depth = above.depth + 1
                guard depth <= 5 else { return "too deep" }
                comments[parent]?.flags.insert("replied")
            }
            comments[id] = Thing(state: "active", owner: facts.text("authorId"), parent: post, depth: depth)
            return nil
        }
        guard let it = comments[id], it.parent == post, isActive(it.owner) else { return "unknown comment" }
        let needed = ["restored": ["hidden", "deleted"], "purged": ["deleted"]][facts.verb] ?? ["active"]
        guard needed.contains(it.state) else { return "comment is \(it.state)" }
        switch facts.verb {
        case "edited": if facts.text("content").isEmpty { return "edit" }
        case "hidden", "deleted": comments[id]?.state = facts.verb
        case "restored": comments[id]?.state = "active"
        case "purged":
            if it.flags.contains("replied") { return "has replies" }
            comments[id] = nil
        default: return "unknown type"
        }
        return nil
    }

    mutating func like(_ facts: inout Facts) -> String? {
        let (user, kind, target) = (facts.text("userId"), facts.text("targetType"), facts.text("targetId"))
        guard isActive(user) else { return "user" }
        let post: String
        switch kind {
        case "post": post = target
        case "comment":
            guard let comment = comments[target], comment.state == "active" else { return "comment" }
            post = comment.parent
        default: return "target"
        }
        guard posts[post]?.state == "published", facts.subject == "posts/\(post)" else { return "post" }
        let key = "\(user) \(target)"
        if facts.verb == "added" { return likes.insert(key).inserted ? nil : "second like" }
        return likes.remove(key) == nil ? "no such like" : nil
    }

    mutating func transaction(_ facts: inout Facts) -> String? {
        let (id, owner) = (facts.text("transactionId"), facts.text("userId"))
        guard facts.subject == "transactions/\(id)" else { return "subject" }
        if facts.verb == "released" {
            return transactions[id]?.flags.remove("held") == nil ? "is not held" : nil
        }
        guard isActive(owner) else { return "user" }
        if facts.verb == "created" {
            guard transactions[id] == nil, let amount = facts.number("amount"), amount > 0 else { return "amount" }
            guard ["subscription", "one-time", "credit"].contains(facts.text("type")) else { return "type" }
            let items = facts.data["items"] as? [[String: Any]] ?? []
            let total = items.reduce(0.0) { $0 + (($1["total"] as? NSNumber)?.doubleValue ?? .nan) }
            guard total == amount, ["pending", "completed"].contains(facts.text("status")) else { return "items" }
            transactions[id] = Thing(state: facts.text("status"), owner: owner, amount: (amount * 100).rounded())
            return nil
        }
        guard let it = transactions[id], it.owner == owner else { return "unknown transaction" }
        if facts.verb == "held" {
            return transactions[id]?.flags.insert("held").inserted == true ? nil : "is held"
        }
        let needed = ["refunded": ["completed"], "deleted": ["failed", "cancelled"]][facts.verb] ?? ["pending"]
        guard needed.contains(it.state) else { return "transaction is \(it.state)" }
        switch facts.verb {
        case "completed", "failed", "cancelled": transactions[id]?.state = facts.verb
        case "refunded":
            let cents = facts.number("amount").map { ($0 * 100).rounded() } ?? it.amount
            if cents <= 0 || cents > it.amount { return "more than is left" }
            transactions[id]?.amount -= cents
            if cents == it.amount { transactions[id]?.state = "refunded" }
        case "changed": return facts.patchFault(["metadata.notes"])
        case "deleted":
            if it.flags.contains("held") { return "is held" }
            transactions[id] = nil
        default: return "unknown type"
        }
        return nil
    }

    mutating func experiment(_ facts: inout Facts) -> String? {
        let (id, owner) = (facts.text("experimentId"), facts.text("userId"))
        guard facts.subject == "experiments/\(id)", isActive(owner) else { return "user" }
        if facts.verb == "created" {
            guard experiments[id] == nil, (1...200).contains(facts.text("name").utf16.count) else { return "name" }
            guard facts.text("description").utf16.count <= 500, facts.data["input"] != nil else { return "input" }
            experiments[id] = Thing(state: "pending", owner: owner)
            return nil
        }
        guard let it = experiments[id], it.owner == owner else { return "unknown experiment" }
        let needed = [
            "started": ["pending"], "completed": ["pending", "running"], "failed": ["pending", "running"],
            "deleted": ["completed", "failed"],
        ]
        if let states = needed[facts.verb], !states.contains(it.state) { return "experiment is \(it.state)" }
        switch facts.verb {
        case "started": experiments[id]?.state = "running"
        case "completed", "failed": experiments[id]?.state = facts.verb
        case "deleted": experiments[id] = nil
        case "tagged": if (facts.data["tags"] as? [String] ?? []).isEmpty { return "tags" }
        case "changed": return facts.patchFault(["name", "description"])
        default: return "unknown type"
        }
        return nil
    }
}
