extension World {
    mutating func review(_ facts: inout Facts) -> String? {
        if facts.verb == "reviewed" {
            let (id, owner) = (facts.text("_id"), facts.text("userId"))
            guard id.count == 24, reviews[id] == nil, isActive(owner) else { return "review" }
            guard let slug = use(agent: facts.text("agentId")), agents[slug]?.state == "active",
                facts.subject == "agents/\(slug)"
            else { return "agent" }
            if reviews.values.contains(where: { $0.owner == owner && $0.parent == slug }) { return "second review" }
            reviews[id] = Thing(state: "there", owner: owner, parent: slug)
            return text(facts.data) ?? rating(facts.data, isRequired: true)
        }
        let named = reviews.first { id, it in
            id == facts.text("_id") || it.owner == facts.text("userId") && it.parent == facts.text("agentId")
        }
        guard let (id, it) = named, facts.subject == "agents/\(it.parent)", isActive(it.owner) else {
            return "unknown review"
        }
        switch facts.verb {
        case "changed":
            let set = facts.object("set")
            return facts.patchFault(["rating", "comment"]) ?? text(set) ?? rating(set, isRequired: false)
        case "deleted": reviews[id] = nil
        default: return "unknown type"
        }
        return nil
    }

    private func text(_ fields: [String: Any]) -> String? {
        (fields["comment"] as? String ?? "").utf16.count > 1000 ? "too long" : nil
    }

    private func rating(_ fields: [String: Any], isRequired: Bool) -> String? {
        guard let rating = fields["rating"] as? Int else { return isRequired ? "rating" : nil }
        return (1...5).contains(rating) ? nil : "rating"
    }
}
