internal import BSON
internal import Schema

extension JobApplications {
    /// Where an application may go from each status. One may go back from a rejection, and from a hire that came to
    /// nothing; what ends it otherwise is its withdrawal.
    private static let next: [String: [String]] = [
        "draft": ["submitted"],
        "submitted": ["under-review", "interviewing", "offered", "rejected"],
        "under-review": ["interviewing", "offered", "rejected"],
        "interviewing": ["under-review", "offered", "rejected"],
        "offered": ["interviewing", "hired", "rejected"],
        "hired": ["offered"],
        "rejected": ["under-review"],
    ]

    static func submit(_ context: GuardContext) {
        context.resolve(resolved.application, context.documentID)
        context.concerns(user: context[field.applicantID], orEmail: context[field.email])
        context.resolve(resolved.user, context.require(Users.self, field.applicantID)?.id)
        _ = context.require(Users.self, submitted.changedBy)
        guard let posting = context.require(JobPostings.self, JobPostings.field.jobID, by: field.jobID) else { return }
        context.resolve(resolved.posting, posting.id)
        refuseClosed(posting, field.jobID, context)
    }

    static func change(_ context: GuardContext) {
        guard let application = known(context) else { return }
        // The key that seals an application belongs to one person, from its first event to its last.
        if application[field.applicantID] == nil, context.patches(field.email) {
            context.refuse(
                .elsewhere, "set.personalInfo.email",
                "tells whose application this is, as it has no applicantId: submit another one in its place")
        }
    }

    static func changeStatus(_ context: GuardContext) {
        _ = context.require(Users.self, statusChange.changedBy)
        guard let application = known(context), let wanted = context[statusChange.status] else { return }
        guard application[field.withdrawnAt] == nil else {
            return context.refuse(
                .state, statusChange.applicationID,
                "the application is withdrawn; one who applies again submits another")
        }
        let status = application[field.status] ?? "submitted"
        guard let possible = next[status], possible.contains(wanted) else {
            let possible = next[status]?.joined(separator: " or ") ?? "nothing"
            return context.refuse(
                .state, statusChange.status, "the application is \(status); from there it becomes \(possible)")
        }
        guard status == "draft" else { return }
        if let posting = posting(of: application, context) {
            refuseClosed(posting, statusChange.status, context)
        } else {
            context.refuse(.exists, statusChange.status, "the draft's job was deleted: it takes no applications")
        }
    }

    static func withdraw(_ context: GuardContext) {
        _ = context.require(Users.self, withdrawal.changedBy)
        guard let application = known(context) else { return }
        if application[field.withdrawnAt] != nil {
            return context.refuse(.state, withdrawal.applicationID, "the application is withdrawn already")
        }
        let mending: [String: String] = [
            "draft": "a draft was never handed in: use application.deleted",
            "hired":
                "the applicant is hired: where that comes to nothing, first send application.statusChanged to offered",
            "rejected": "the application is rejected: there is nothing left to take back",
        ]
        if let reason = mending[application[field.status] ?? "submitted"] {
            context.refuse(.state, withdrawal.applicationID, reason)
        }
    }

    /// The application that the event names, with the job that counts it.
    static func known(_ context: GuardContext) -> Existing<Self>? {
        guard let application = context.require(Self.self, field.applicationID, by: named.applicationID) else {
            return nil
        }
        context.concerns(user: application[field.applicantID], orEmail: application[field.email])
        context.resolve(resolved.application, application.id)
        context.resolve(resolved.user, application[field.applicantID])
        context.resolve(resolved.posting, posting(of: application, context)?.id)
        context.resolve(resolved.wasStatus, application[field.status])
        context.resolve(resolved.wasWithdrawnAt, application[field.withdrawnAt])
        return application
    }

    private static func posting(of application: Existing<Self>, _ context: GuardContext) -> Existing<JobPostings>? {
        application[field.jobID].flatMap { context.find(JobPostings.self, (JobPostings.field.jobID, $0)) }
    }

    private static func refuseClosed(
        _ posting: Existing<JobPostings>, _ place: Field<String>, _ context: GuardContext
    ) {
        guard let status = posting[JobPostings.field.status], status != "open" else { return }
        context.refuse(.state, place, "the job is \(status) and takes no applications; job.reopened opens it again")
    }
}
