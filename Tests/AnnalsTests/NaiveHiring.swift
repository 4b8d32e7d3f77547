/// How the applications for each job stand, from the log alone: each is kept under its last word, and counted at the end.
struct NaiveHiring {
    private var jobs: Set<String> = []
    private var applications: [String: (job: String, stage: String)] = [:]

    init(_ events: [LoggedEvent]) {
        for event in events { take(event) }
    }

    private mutating func take(_ event: LoggedEvent) {
        let application = event.text("applicationId") ?? ""
        switch event.type {
        case "job.posted": jobs.insert(event.text("jobId") ?? "")
        case "job.deleted": jobs.remove(event.text("jobId") ?? "")
        case "application.submitted":
            applications[application] = (event.text("jobId") ?? "", event.text("status") ?? "submitted")
        case "application.statusChanged": applications[application]?.stage = event.text("status") ?? "?"
        case "application.withdrawn": applications[application]?.stage = "withdrawn"
        case "application.deleted": applications[application] = nil
        default: break
        }
    }

    /// By job, what is not 0.
    var figures: [String: [String: Int]] {
        var figures: [String: [String: Int]] = [:]
        for job in jobs { figures[job] = [:] }
        for (job, stage) in applications.values where jobs.contains(job) {
            figures[job]?[stage, default: 0] += 1
            figures[job]?["all", default: 0] += 1
        }
        return figures
    }
}
