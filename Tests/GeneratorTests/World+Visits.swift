extension World {
    mutating func analytics(_ facts: inout Facts) -> String? {
        let id = facts.text("eventId")
        guard facts.subject == "visits/\(id)", !id.isEmpty else { return "subject" }
        if facts.verb == "tracked" {
            if facts.data["userId"] != nil, !isActive(facts.text("userId")) { return "user" }
            guard visits[id] == nil, !facts.text("eventType").isEmpty, !facts.text("eventName").isEmpty else {
                return "visit"
            }
            visits[id] = facts.text("userId")
            return nil
        }
        guard let user = visits[id], user.isEmpty || isActive(user) else { return "unknown visit" }
        switch facts.verb {
        case "changed":
            return facts.patchFault(["context.ipAddress", "context.userAgent", "context.device", "properties"])
        case "deleted": visits[id] = nil
        default: return "unknown type"
        }
        return nil
    }

    mutating func tool(_ facts: inout Facts) -> String? {
        let id = facts.text("_id")
        guard id.count == 24, facts.subject.hasPrefix("tools/") else { return "subject" }
        if facts.verb == "used" {
            if facts.data["userId"] != nil, !isActive(facts.text("userId")) { return "user" }
            guard toolUses[id] == nil, facts.subject == "tools/" + facts.text("toolName"),
                !facts.text("action").isEmpty,
                ["network", "data", "developer", "security", "web"].contains(facts.text("toolCategory"))
            else { return "tool" }
            toolUses[id] = facts.text("userId")
            return nil
        }
        guard let user = toolUses[id], user.isEmpty || isActive(user) else { return "unknown use" }
        switch facts.verb {
        case "changed":
            return facts.patchFault(["result.success", "result.error", "parameters", "metadata.ipAddress"])
        case "deleted": toolUses[id] = nil
        default: return "unknown type"
        }
        return nil
    }
}
