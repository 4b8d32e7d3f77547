import Foundation

extension World {
    mutating func job(_ facts: inout Facts) -> String? {
        let id = facts.text("jobId")
        guard facts.subject == "jobs/\(id)" else { return "subject" }
        let salary = facts.object("salary").compactMapValues { ($0 as? NSNumber)?.doubleValue }
        if facts.verb == "posted" {
            guard jobs[id] == nil, (1...200).contains(facts.text("title").utf16.count) else { return "title" }
            guard isActive(facts.text("postedBy")) else { return "user" }
            if let least = salary["minimum"], let most = salary["maximum"], least > most { return "salary" }
            jobs[id] = Thing(state: "open", owner: facts.text("postedBy"), amount: salary["minimum"] ?? 0)
            return nil
        }
        guard let it = jobs[id] else { return "unknown job" }
        if let needed = ["closed": "open", "reopened": "closed"][facts.verb], it.state != needed {
            return "job is \(it.state)"
        }
        switch facts.verb {
        case "closed": jobs[id]?.state = "closed"
        case "reopened": jobs[id]?.state = "open"
        case "deleted": jobs[id] = nil
        case "changed":
            if let most = facts.object("set")["salary.maximum"] as? NSNumber, most.doubleValue < it.amount {
                return "salary"
            }
            return facts.patchFault(["salary.maximum", "description", "location", "requirements", "startDate"])
        default: return "unknown type"
        }
        return nil
    }

    mutating func application(_ facts: inout Facts) -> String? {
        let id = facts.text("applicationId")
        guard facts.subject == "applications/\(id)" else { return "subject" }
        for name in ["applicantId", "changedBy"] where facts.data[name] != nil && !isActive(facts.text(name)) {
            return "user"
        }
        let status = facts.text("status")
        if facts.verb == "submitted" {
            guard applications[id] == nil, ["draft", "submitted"].contains(status) else { return "status" }
            guard jobs[facts.text("jobId")]?.state == "open" else { return "job" }
            for name in ["firstName", "lastName", "email"] where facts.object("personalInfo")[name] as? String == nil {
                return name
            }
            var made = Thing(state: status, owner: facts.text("applicantId"), parent: facts.text("jobId"))
            made.person = person(made.owner, orEmail: facts.object("personalInfo")["email"] as? String ?? "")
            applications[id] = made
            return nil
        }
        guard let it = applications[id] else { return "unknown application" }
        if isErased(it.person), facts.verb == "changed" || facts.data["notes"] != nil { return "of an erased person" }
        switch facts.verb {
        case "statusChanged":
            let ways = [
                "draft": ["submitted"], "submitted": ["under-review", "interviewing", "offered", "rejected"],
                "under-review": ["interviewing", "offered", "rejected"],
                "interviewing": ["under-review", "offered", "rejected"],
                "offered": ["interviewing", "hired", "rejected"], "hired": ["offered"], "rejected": ["under-review"],
            ]
            guard ways[it.state]?.contains(status) == true else { return "application is \(it.state)" }
            if it.state == "draft", jobs[it.parent]?.state != "open" { return "job" }
            applications[id]?.state = status
        case "withdrawn":
            guard ["submitted", "under-review", "interviewing", "offered"].contains(it.state) else {
                return "application is \(it.state)"
            }
            applications[id]?.state = "withdrawn"
        case "deleted": applications[id] = nil
        case "changed":
            return facts.patchFault([
                "professionalInfo.portfolio", "personalInfo.phoneNumber", "applicationDetails.expectedSalary",
                "applicationDetails.coverLetter",
            ])
        default: return "unknown type"
        }
        return nil
    }
}
