import Foundation

extension World {
    mutating func profile(_ facts: inout Facts) -> String? {
        let id = facts.text("userId")
        guard facts.subject == "users/\(id)", isActive(id) else { return "user" }
        switch facts.verb {
        case "created":
            let visibility = facts.object("privacy")["profileVisibility"] as? String ?? "public"
            let gender = facts.object("personalInfo")["gender"] as? String ?? "other"
            guard ["public", "private", "friends"].contains(visibility), ["male", "female", "other"].contains(gender)
            else { return "profile" }
            return profiles.insert(id).inserted ? nil : "second profile"
        case "changed":
            guard profiles.contains(id) else { return "unknown profile" }
            return facts.patchFault([
                "professionalInfo.company", "professionalInfo.jobTitle", "professionalInfo.skills", "interests",
                "privacy.profileVisibility", "personalInfo.dateOfBirth", "personalInfo.phoneNumber",
            ])
        case "deleted": return profiles.remove(id) == nil ? "unknown profile" : nil
        default: return "unknown type"
        }
    }

    mutating func preferences(_ facts: inout Facts) -> String? {
        let id = facts.text("userId")
        guard facts.subject == "users/\(id)", isActive(id) else { return "user" }
        let (ui, set) = (facts.object("ui"), facts.object("set"))
        let theme = ui["theme"] as? String ?? set["ui.theme"] as? String ?? "system"
        let items = (ui["itemsPerPage"] ?? set["ui.itemsPerPage"]) as? NSNumber ?? 20
        guard ["light", "dark", "system"].contains(theme), (10...100).contains(items.doubleValue) else { return "ui" }
        switch facts.verb {
        case "created":
            let history = facts.object("chat")["messageHistory"] as? NSNumber ?? 100
            guard (10...1000).contains(history.doubleValue) else { return "history" }
            return preferred.insert(id).inserted ? nil : "second preferences"
        case "changed":
            guard preferred.contains(id) else { return "unknown preferences" }
            return facts.patchFault([
                "ui.theme", "ui.itemsPerPage", "notifications.push.mentions", "notifications.email.updates",
                "privacy.dataSharing", "privacy.crashReports", "chat.defaultAgent",
            ])
        case "deleted": return preferred.remove(id) == nil ? "unknown preferences" : nil
        default: return "unknown type"
        }
    }

    mutating func personalization(_ facts: inout Facts) -> String? {
        let (user, agent) = (facts.text("userId"), facts.text("agentId"))
        if facts.verb == "saved" {
            guard facts.subject == "users/\(user)", isActive(user), agents[agent] != nil else { return "user or agent" }
            let settings = facts.object("settings")
            guard (100...4000).contains(settings["maxTokens"] as? Double ?? 100),
                (0...2).contains(settings["temperature"] as? Double ?? 1),
                (facts.object("customizations")["name"] as? String ?? "").utf16.count <= 100
            else { return "personalization" }
            let id = personalizations.first { $0.value.owner == user && $0.value.parent == agent }?.key
            if let id, facts.data["_id"] != nil, facts.text("_id") != id { return "second personalization" }
            guard let id = id ?? facts.data["_id"] as? String, id.count == 24 else { return "id" }
            personalizations[id] = Thing(state: "active", owner: user, parent: agent)
            return nil
        }
        let named = personalizations.first { id, it in
            id == facts.text("_id") || it.owner == user && it.parent == agent
        }
        guard let (id, it) = named, facts.subject == "users/\(it.owner)", isActive(it.owner) else {
            return "unknown personalization"
        }
        switch facts.verb {
        case "changed":
            if facts.data["_id"] == nil { return "id" }
            return facts.patchFault([
                "customizations.prompts.contextPrompt", "settings.temperature", "settings.autoSave",
                "customizations.personality.greetingMessage",
            ])
        case "deactivated":
            if it.state != "active" { return "is so" }
            personalizations[id]?.state = "deactivated"
        case "deleted": personalizations[id] = nil
        default: return "unknown type"
        }
        return nil
    }
}
