import Foundation

extension World {
    mutating func webinar(_ facts: inout Facts) -> String? {
        let id = facts.text("webinarId")
        guard facts.subject == "webinars/\(id)" else { return "subject" }
        if facts.verb == "scheduled" {
            guard webinars[id] == nil, !facts.text("title").isEmpty, facts.text("date") > facts.time,
                facts.number("duration") ?? 0 > 0
            else { return "webinar" }
            webinars[id] = Thing(
                state: "scheduled", owner: "", amount: facts.number("capacity") ?? .infinity, end: facts.text("date"))
            return nil
        }
        guard let it = webinars[id] else { return "unknown webinar" }
        guard it.state == "scheduled" else { return "webinar is \(it.state)" }
        let own = registrations.values.filter { $0.parent == id }
        switch facts.verb {
        case "changed":
            let set = facts.object("set")
            if let capacity = set["capacity"] as? Double {
                if capacity < Double(own.count { $0.state != "cancelled" }) { return "capacity" }
                webinars[id]?.amount = capacity
            }
            if let date = set["date"] as? String { webinars[id]?.end = date }
            return facts.patchFault(["title", "instructor", "date", "capacity"])
        case "cancelled":
            if it.end <= facts.time { return "has begun" }
            webinars[id]?.state = "cancelled"
        case "completed":
            if it.end > facts.time { return "has not begun" }
            webinars[id]?.state = "completed"
        case "deleted":
            if !own.isEmpty { return "has registrations" }
            webinars[id] = nil
        default: return "unknown type"
        }
        return nil
    }

    mutating func registration(_ facts: inout Facts) -> String? {
        let id = facts.text("registrationId")
        guard facts.subject == "registrations/\(id)" else { return "subject" }
        if facts.verb == "created" { return newRegistration(id, facts) }
        guard let it = registrations[id], let webinar = webinars[it.parent] else { return "unknown registration" }
        let needed = [
            "confirmed": ["pending", "cancelled"], "cancelled": ["pending", "confirmed"],
            "attended": ["pending", "confirmed", "no-show"], "missed": ["pending", "confirmed"],
            "feedbackGiven": ["confirmed", "attended"],
        ]
        let hasText = facts.verb == "changed" || facts.object("feedback")["comments"] != nil
        if hasText, isErased(it.person) { return "of an erased person" }
        if let states = needed[facts.verb], !states.contains(it.state) { return "registration is \(it.state)" }
        switch facts.verb {
        case "confirmed":
            guard webinar.state == "scheduled" else { return "webinar" }
            if it.state == "cancelled", isFull(it.parent) { return "full" }
            registrations[id]?.state = "confirmed"
        case "cancelled": registrations[id]?.state = "cancelled"
        case "attended", "missed":
            guard webinar.state != "cancelled", webinar.end <= facts.time else { return "webinar" }
            registrations[id]?.state = facts.verb == "attended" ? "attended" : "no-show"
        case "feedbackGiven":
            let rating = (facts.object("feedback")["rating"] as? NSNumber)?.doubleValue ?? 0
            guard webinar.state != "cancelled", (1...5).contains(rating) else { return "feedback" }
        case "changed":
            return facts.patchFault(["attendeeInfo.company", "attendeeInfo.jobTitle", "attendeeInfo.phoneNumber"])
        case "deleted": registrations[id] = nil
        default: return "unknown type"
        }
        return nil
    }

    private mutating func newRegistration(_ id: String, _ facts: Facts) -> String? {
        let (webinar, attendee) = (facts.text("webinarId"), facts.object("attendeeInfo"))
        guard registrations[id] == nil, webinars[webinar]?.state == "scheduled", !isFull(webinar) else {
            return "webinar"
        }
        if facts.data["userId"] != nil, !isActive(facts.text("userId")) { return "user" }
        for name in ["firstName", "lastName", "email"] where (attendee[name] as? String ?? "").isEmpty {
            return "attendee"
        }
        guard ["website", "email", "social", "partner"].contains(facts.text("registrationSource")),
            ["pending", "confirmed"].contains(facts.text("status"))
        else { return "registration" }
        var made = Thing(state: facts.text("status"), owner: facts.text("userId"), parent: webinar)
        made.person = person(made.owner, orEmail: attendee["email"] as? String ?? "")
        registrations[id] = made
        return nil
    }

    private func isFull(_ webinar: String) -> Bool {
        let taken = registrations.values.count { $0.parent == webinar && $0.state != "cancelled" }
        return Double(taken) >= webinars[webinar]?.amount ?? 0
    }
}
