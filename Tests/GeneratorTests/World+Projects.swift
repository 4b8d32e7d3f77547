import Foundation

extension World {
    struct Project {
        var state = "active"
        var stateBefore = ""
        var owner: String
        var roles: [String: String] = [:]
        var limit: Double
        var files = 0
    }

    mutating func canvasProject(_ facts: inout Facts) -> String? {
        let (id, user) = (facts.text("projectId"), facts.text("userId"))
        guard facts.subject == "canvasprojects/\(id)" else { return "subject" }
        if facts.verb == "created" { return projectCreation(facts) }
        guard var project = projects[id], isActive(project.owner) else { return "unknown project" }
        let needed = [
            "deleted": ["active", "archived"], "restored": ["archived", "deleted"], "purged": ["deleted"],
            "collaboratorLeft": ["active", "archived"], "collaboratorRoleChanged": ["active", "archived"],
        ]
        guard (needed[facts.verb] ?? ["active"]).contains(project.state) else { return "project is \(project.state)" }
        switch facts.verb {
        case "changed":
            if let limit = (facts.object("set")["settings.maxCollaborators"] as? NSNumber)?.doubleValue {
                guard limit >= Double(project.roles.count), (1...50).contains(limit) else { return "limit" }
                project.limit = limit
            }
            projects[id] = project
            return facts.patchFault([
                "name", "description", "template", "settings.isPublic", "settings.allowComments",
                "settings.maxCollaborators",
            ])
        case "archived": project.state = "archived"
        case "deleted": (project.stateBefore, project.state) = (project.state, "deleted")
        case "restored": project.state = project.state == "deleted" ? project.stateBefore : "active"
        case "purged":
            projects[id] = nil
            return nil
        case "collaboratorJoined":
            guard isActive(user), user != project.owner, project.roles[user] == nil else { return "collaborator" }
            guard Double(project.roles.count) < project.limit else { return "full" }
            project.roles[user] = facts.text("role")
        case "collaboratorLeft":
            guard project.roles.removeValue(forKey: user) != nil else { return "no collaborator" }
        case "collaboratorRoleChanged":
            guard let role = project.roles[user], role != facts.text("role") else { return "role" }
            project.roles[user] = facts.text("role")
        case "fileAdded", "fileRemoved", "edited":
            guard isActive(user), user == project.owner || project.roles[user] == "editor" else { return "worker" }
            if facts.verb == "fileAdded" { project.files += 1 }
            if facts.verb == "fileRemoved" { project.files -= 1 }
            guard project.files >= 0 else { return "no file" }
        default: return "unknown type"
        }
        guard project.roles.values.allSatisfy({ ["owner", "editor", "viewer"].contains($0) }) else { return "role" }
        projects[id] = project
        return nil
    }

    private mutating func projectCreation(_ facts: Facts) -> String? {
        let (id, owner) = (facts.text("projectId"), facts.text("userId"))
        guard projects[id] == nil, isActive(owner), (1...100).contains(facts.text("name").utf16.count),
            facts.text("description").utf16.count <= 500,
            ["blank", "research", "brainstorm", "planning", "education"].contains(facts.text("template"))
        else { return "project" }
        let limit = facts.object("settings")["maxCollaborators"] as? NSNumber
        var project = Project(owner: owner, limit: limit?.doubleValue ?? 10)
        for collaborator in facts.data["collaborators"] as? [[String: Any]] ?? [] {
            guard let user = collaborator["userId"] as? String, isActive(user), user != owner else { return "user" }
            let previous = project.roles.updateValue(collaborator["role"] as? String ?? "viewer", forKey: user)
            guard previous == nil else { return "collaborator twice" }
        }
        guard (1...50).contains(project.limit), Double(project.roles.count) <= project.limit else { return "limit" }
        projects[id] = project
        return nil
    }
}
