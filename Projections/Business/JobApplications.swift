public import BSON
public import Schema

extension EventName {
    public static let applicationSubmitted: EventName = "application.submitted"
    public static let applicationChanged: EventName = "application.changed"
    public static let applicationStatusChanged: EventName = "application.statusChanged"
    public static let applicationWithdrawn: EventName = "application.withdrawn"
    public static let applicationDeleted: EventName = "application.deleted"
}

/// Applications for jobs, by users or by people who have no account.
public enum JobApplications: Collection {
    public static let name = "jobapplications"
    public static let number: CollectionNumber = 21  // On disk. Never reused.
    public static let summary = "Somebody's application for a job: who they are, what they offer, and how it went."

    // MARK: What it stores

    public struct StatusEntry: FieldSet {
        /// One of the statuses, or `withdrawn`.
        public let status = Field.string("status").required()
        public let changedAt = Field.date("changedAt").defaultingToNow()
        public let changedBy = Field.reference("changedBy", to: "users")
        public let notes = Field.string("notes").personal()
        public init() {}
    }

    public struct Fields: FieldSet {
        public let applicationID = Field.string("applicationId").required().generated(prefix: "app_")
            .changed(by: "application.submitted")
        public let jobID = Field.string("jobId").required().changed(by: "application.submitted")
        /// Absent for one who has no account.
        public let applicantID = Field.reference("applicantId", to: "users").changed(by: "application.submitted")
        public let firstName = Field.string("personalInfo.firstName").required().personal()
        public let lastName = Field.string("personalInfo.lastName").required().personal()
        public let email = Field.string("personalInfo.email").required().lowercased().personal()
        public let phoneNumber = Field.string("personalInfo.phoneNumber").personal()
        public let location = Field.string("personalInfo.location").personal()
        public let currentPosition = Field.string("professionalInfo.currentPosition").personal()
        public let company = Field.string("professionalInfo.company").personal()
        public let experience = Field.string("professionalInfo.experience").personal()
        public let linkedin = Field.string("professionalInfo.linkedin").personal()
        public let portfolio = Field.string("professionalInfo.portfolio").personal()
        public let github = Field.string("professionalInfo.github").personal()
        public let coverLetter = Field.string("applicationDetails.coverLetter").personal()
        public let expectedSalary = Field.number("applicationDetails.expectedSalary").personal()
        public let availableStartDate = Field.date("applicationDetails.availableStartDate")
        public let workAuthorization = Field.string("applicationDetails.workAuthorization").personal()
        public let resumeFilename = Field.string("resume.filename").personal()
        public let resumeURL = Field.string("resume.url").personal()
        public let resumeSize = Field.number("resume.size")
        public let resumeMimeType = Field.string("resume.mimeType")
        public let status = Field.string("status")
            .oneOf("draft", "submitted", "under-review", "interviewing", "offered", "hired", "rejected")
            .defaulting(to: "submitted").changed(by: "application.statusChanged, application.withdrawn")
        public let statusHistory = Field.objects("statusHistory", of: StatusEntry())
            .derived(by: "application.submitted, application.statusChanged, application.withdrawn")
        /// Not the seed's: a withdrawn application keeps its last status and is told by this.
        public let withdrawnAt = Field.date("withdrawnAt").derived(by: "application.withdrawn")
        public let createdAt = Field.timestamp("createdAt")
        public let updatedAt = Field.timestamp("updatedAt")
        public init() {}
    }
    public static let field = Fields()

    public static let indexes: [Index] = [
        Index(field.applicationID).unique(),
        Index(field.jobID, field.status),
        Index(field.applicantID),
        Index(field.email),
        Index(field.status, field.createdAt.descending),
        Index(field.availableStartDate),
    ]

    // MARK: What may happen

    public struct Submitted: FieldSet {
        /// A draft is not yet handed in.
        public let status = Field.string("status").oneOf("draft", "submitted").defaulting(to: "submitted")
        // Of the first entry in statusHistory.
        public let changedBy = Field.reference("changedBy", to: "users")
        public let notes = Field.string("notes").personal()
        public init() {}
    }
    public static let submitted = Submitted()

    public struct StatusChange: FieldSet {
        public let applicationID = Field.string("applicationId").required()
        public let status = Field.string("status").required()
            .oneOf("submitted", "under-review", "interviewing", "offered", "hired", "rejected")
        public let changedBy = Field.reference("changedBy", to: "users")
        public let notes = Field.string("notes").personal()
        public init() {}
    }
    public static let statusChange = StatusChange()

    public struct Withdrawal: FieldSet {
        public let applicationID = Field.string("applicationId").required()
        /// Where absent, the applicant.
        public let changedBy = Field.reference("changedBy", to: "users")
        public let notes = Field.string("notes").personal()
        public init() {}
    }
    public static let withdrawal = Withdrawal()

    /// A fact about an application that needs nothing but its name.
    public struct Named: FieldSet {
        public let applicationID = Field.string("applicationId").required()
        public init() {}
    }
    public static let named = Named()

    public struct Resolved: FieldSet {
        public let application = Field.objectID("application")
        /// The applicant, where a user.
        public let user = Field.objectID("user")
        /// Absent where the job was deleted meanwhile.
        public let posting = Field.objectID("posting")
        public let wasStatus = Field.string("was.status")
        public let wasWithdrawnAt = Field.date("was.withdrawnAt")
        public init() {}
    }
    public static let resolved = Resolved()

    public static let events: [Event] = [
        .creation(
            .applicationSubmitted, JobApplications.self, stream: "applications", key: field.applicationID,
            "Somebody applies for an open job, or begins to (status draft).", payload: submitted.descriptors,
            resolves: resolved, guard: submit),
        .patch(
            .applicationChanged, JobApplications.self, stream: "applications", key: field.applicationID,
            "What the applicant said is put right or added to.", resolves: resolved, guard: change),
        .fact(
            .applicationStatusChanged, statusChange, stream: "applications", key: statusChange.applicationID,
            "A draft is handed in, or an application goes on, is accepted or is rejected.", resolves: resolved,
            guard: changeStatus),
        .fact(
            .applicationWithdrawn, withdrawal, stream: "applications", key: withdrawal.applicationID,
            "The applicant takes an application back; it keeps its last status.", resolves: resolved, guard: withdraw),
        .fact(
            .applicationDeleted, named, stream: "applications", key: named.applicationID,
            "An application is removed.", resolves: resolved
        ) { _ = known($0) },
    ]

    // MARK: What follows

    public static let follows: [EventName] = events.map(\.name)

    public static func apply(_ event: RecordedEvent, to applications: inout View<Self>) throws(Anomaly) {
        let id = event.resolved(resolved.application)
        switch event.type {
        case .applicationSubmitted:
            let status = stages(of: event).after
            try applications.insert { application in
                application[field.status] = status
                note(status, by: event[submitted.changedBy] ?? event.resolved(resolved.user), event, application)
            }
        case .applicationChanged: try applications.patch(id)
        case .applicationStatusChanged:
            let status = stages(of: event).after
            try applications.update(id) { application in
                application[field.status] = status
                note(status, by: event[statusChange.changedBy], event, application)
            }
        case .applicationWithdrawn:
            try applications.update(id) { application in
                application[field.withdrawnAt] = event.time
                let user = event[withdrawal.changedBy] ?? event.resolved(resolved.user)
                note("withdrawn", by: user, event, application)
            }
        case .applicationDeleted: try applications.remove(id)
        default: throw applications.unexpected()
        }
    }

    /// What the application is counted under before the event and after it: its status, or `withdrawn`. Nil where it is
    /// not there.
    static func stages(of event: RecordedEvent) -> (before: String?, after: String?) {
        let isWithdrawn = event.resolved(resolved.wasWithdrawnAt) != nil
        let before = isWithdrawn ? "withdrawn" : event.resolved(resolved.wasStatus)
        return switch event.type {
        case .applicationSubmitted: (nil, event[field.status] ?? "submitted")
        case .applicationStatusChanged: (before, event[statusChange.status])
        case .applicationWithdrawn: (before, "withdrawn")
        case .applicationDeleted: (before, nil)
        default: (before, before)
        }
    }

    private static func note(
        _ status: String?, by user: ObjectID?, _ event: RecordedEvent, _ application: borrowing Draft<Self>
    ) {
        var entry = Document()
        entry.append("_id", .objectID(event.derivedID("statusHistory")))
        if let status { entry.append("status", .string(status)) }
        entry.append("changedAt", .dateTime(event.time))
        if let user { entry.append("changedBy", .objectID(user)) }
        if let notes = event[statusChange.notes] { entry.append("notes", .string(notes)) }
        application.push(.document(entry), to: field.statusHistory)
    }
}
