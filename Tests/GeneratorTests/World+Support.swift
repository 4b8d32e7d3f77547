import Foundation

/// Contact messages and tickets, with the promises about tickets in seconds.
extension World {
    struct Contact {
        var state = "open"
        var person: String
        var assignee = ""
        var priority: String
        var responses: Set<String> = []
    }

    struct Ticket {
        var state: String
        var owner: String
        var assignee: String
        var priority: String
        var opened: Double
        var response: Double
        var resolution: Double
        /// Which of the two times were given.
        var given: Set<String> = []
        var answered: Double?
        var stopped: Double?
        var stood = 0.0
        var since: Double
        var broken = false
        var files: Set<String> = []

        /// When a promise is broken.
        var due: Double {
            if broken { return .infinity }
            let answer = answered == nil ? max(opened + response, since) : .infinity
            let solution = stopped == nil ? max(opened + resolution + stood, since) : .infinity
            return min(answer, solution)
        }
    }

    private static let priorities = ["low", "medium", "high", "critical"]
    private static let hours: [String: (Double, Double)] = [
        "low": (48, 120), "medium": (24, 72), "high": (4, 24), "critical": (1, 8),
    ]

    /// `TICKET-20240131-001`, of the event's day.
    private static func isTicketID(_ id: String, at time: String) -> Bool {
        let day = time.prefix(10).filter { $0 != "-" }
        return id.hasPrefix("TICKET-\(day)-") && id.count >= 19 && Int(id.dropFirst(16)) != nil
    }

    mutating func contact(_ facts: inout Facts) -> String? {
        let id = facts.text("ticketId")
        guard facts.subject == "contacts/\(id)" else { return "subject" }
        if facts.verb == "submitted" {
            guard contacts[id] == nil, Self.isTicketID(id, at: facts.time) else { return "id" }
            if let user = facts.data["userId"] as? String, users[user] == nil { return "user" }
            guard !facts.text("name").isEmpty, facts.text("email").contains("@"), !facts.text("message").isEmpty,
                (1...200).contains(facts.text("subject").utf16.count),
                ["general", "technical", "billing", "feature", "bug", "account"].contains(facts.text("category"))
            else { return "contact" }
            let email = facts.text("email")
            let user = facts.data["userId"] as? String ?? addresses[email.lowercased()] ?? ""
            contacts[id] = Contact(person: person(user, orEmail: email), priority: "medium")
            return nil
        }
        guard var it = contacts[id] else { return "unknown contact" }
        if facts.verb == "responded", isErased(it.person) { return "of an erased person" }
        let isOver = ["resolved", "closed"].contains(it.state)
        switch facts.verb {
        case "responded":
            guard it.state != "closed", users[facts.text("responderId")] != nil, !facts.text("content").isEmpty,
                it.responses.insert(facts.text("responseId")).inserted
            else { return "response" }
        case "assigned":
            let assignee = facts.text("assignedTo")
            if isOver || users[assignee] == nil || it.assignee == assignee { return "assignment" }
            it.assignee = assignee
        case "statusChanged":
            let next = [
                "open": ["in-progress", "waiting", "resolved", "closed"],
                "in-progress": ["open", "waiting", "resolved", "closed"],
                "waiting": ["open", "in-progress", "resolved", "closed"],
                "resolved": ["open", "in-progress", "closed"], "closed": ["open"],
            ]
            guard next[it.state]?.contains(facts.text("status")) == true else { return "contact is \(it.state)" }
            it.state = facts.text("status")
        case "prioritised":
            let priority = facts.text("priority")
            if isOver || priority == it.priority || !Self.priorities.contains(priority) { return "priority" }
            it.priority = priority
        case "tagged": if (facts.data["tags"] as? [String] ?? []).isEmpty { return "tags" }
        case "changed": return facts.patchFault(["category", "tags"])
        case "deleted":
            contacts[id] = nil
            return nil
        default: return "unknown type"
        }
        contacts[id] = it
        return nil
    }

    mutating func ticket(_ facts: inout Facts) -> String? {
        let id = facts.text("ticketId")
        guard facts.subject == "tickets/\(id)" else { return "subject" }
        let now = Facts.seconds(facts.time)
        if facts.verb == "opened" { return opening(id, facts, now) }
        guard var it = tickets[id] else { return "unknown ticket" }
        if it.due < now - 0.000_5 { return "breach unsaid" }
        if ["responded", "attachmentAdded", "changed"].contains(facts.verb), isErased(it.owner) {
            return "of an erased person"
        }
        let isOver = ["resolved", "closed"].contains(it.state)
        switch facts.verb {
        case "responded":
            let by = facts.text("responderId")
            if it.state == "closed" || users[by] == nil { return "response" }
            if by != it.owner, facts.data["isInternal"] as? Bool != true { it.answered = it.answered ?? now }
        case "assigned":
            let assignee = facts.text("assignedTo")
            if isOver || users[assignee] == nil || it.assignee == assignee { return "assignment" }
            it.assignee = assignee
            if it.state == "open" { it.state = "assigned" }
        case "statusChanged":
            if let fault = move(&it, to: facts.text("status"), now) { return fault }
        case "prioritised":
            let priority = facts.text("priority")
            guard !isOver, priority != it.priority, let hours = Self.hours[priority] else { return "priority" }
            it.priority = priority
            if !it.given.contains("responseTime") { it.response = hours.0 * 3600 }
            if !it.given.contains("resolutionTime") { it.resolution = hours.1 * 3600 }
            it.since = now
            take(facts.object("sla"), &it)
        case "attachmentAdded":
            guard it.state != "closed", it.files.insert(facts.text("fileId")).inserted,
                !facts.text("filename").isEmpty, !facts.text("url").isEmpty
            else { return "attachment" }
        case "tagged": if (facts.data["tags"] as? [String] ?? []).isEmpty { return "tags" }
        case "slaBreached":
            guard abs(it.due - now) < 0.000_5 else { return "not due" }
            it.broken = true
        case "changed": return facts.patchFault(["title", "category"])
        case "deleted":
            tickets[id] = nil
            return nil
        default: return "unknown type"
        }
        tickets[id] = it
        return nil
    }

    private mutating func opening(_ id: String, _ facts: Facts, _ now: Double) -> String? {
        let requester = facts.text("requesterId")
        guard tickets[id] == nil, Self.isTicketID(id, at: facts.time), users[requester] != nil else { return "ticket" }
        guard (1...200).contains(facts.text("title").utf16.count), !facts.text("description").isEmpty,
            ["account", "billing", "technical", "feature", "bug", "integration"].contains(facts.text("category"))
        else { return "ticket" }
        let assignee = facts.text("assignedTo")
        if !assignee.isEmpty, users[assignee] == nil { return "assignee" }
        let priority = facts.data["priority"] as? String ?? "medium"
        guard let hours = Self.hours[priority] else { return "priority" }
        var ticket = Ticket(
            state: assignee.isEmpty ? "open" : "assigned", owner: requester, assignee: assignee, priority: priority,
            opened: now, response: hours.0 * 3600, resolution: hours.1 * 3600, since: now)
        take(facts.object("sla"), &ticket)
        tickets[id] = ticket
        return nil
    }

    private func take(_ given: [String: Any], _ ticket: inout Ticket) {
        ticket.given.formUnion(given.keys)
        if let hours = given["responseTime"] as? NSNumber { ticket.response = hours.doubleValue * 3600 }
        if let hours = given["resolutionTime"] as? NSNumber { ticket.resolution = hours.doubleValue * 3600 }
    }

    private func move(_ ticket: inout Ticket, to state: String, _ now: Double) -> String? {
        let next = [
            "open": ["in-progress", "waiting", "resolved", "closed"],
            "assigned": ["in-progress", "waiting", "resolved", "closed"],
            "in-progress": ["waiting", "resolved", "closed"],
            "waiting": ["open", "in-progress", "resolved", "closed"],
            "resolved": ["open", "in-progress", "closed"], "closed": ["open"],
        ]
        guard next[ticket.state]?.contains(state) == true else { return "ticket is \(ticket.state)" }
        ticket.state = state
        if state != "open" { ticket.answered = ticket.answered ?? now }
        if ["waiting", "resolved", "closed"].contains(state) {
            ticket.stopped = ticket.stopped ?? now
        } else if let stopped = ticket.stopped {
            ticket.stopped = nil
            ticket.stood += now - stopped
            ticket.since = now
        }
        return nil
    }
}
