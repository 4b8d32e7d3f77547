public import BSON
public import Schema

extension EventName {
    public static let jobPosted: EventName = "job.posted"
    public static let jobChanged: EventName = "job.changed"
    public static let jobClosed: EventName = "job.closed"
    public static let jobReopened: EventName = "job.reopened"
    public static let jobDeleted: EventName = "job.deleted"
}

/// Jobs one can apply for, with how many did and how far they got.
public enum JobPostings: Collection {
    public static let name = "jobpostings"
    public static let number: CollectionNumber = 25  // On disk. Never reused.
    public static let summary = "A job: what it is, what it asks for and pays, and its applications by status."

    // MARK: What it stores

    // Not one of the seed's: its fields answer those of an application.
    public struct Fields: FieldSet {
        public let jobID = Field.string("jobId").required().changed(by: "job.posted")
        public let title = Field.string("title").required().atMost(200)
        public let description = Field.string("description")
        public let department = Field.string("department")
        public let location = Field.string("location")
        public let employmentType = Field.string("employmentType")
            .oneOf("full-time", "part-time", "contract", "internship").defaulting(to: "full-time")
        /// As applicants say theirs: "3 years".
        public let experience = Field.string("experience")
        public let requirements = Field.strings("requirements", maxLength: 200)
        public let workAuthorization = Field.string("workAuthorization")
        public let minimumSalary = Field.number("salary.minimum").atLeast(0)
        public let maximumSalary = Field.number("salary.maximum").atLeast(0)
        public let currency = Field.string("salary.currency").defaulting(to: "USD")
        public let startDate = Field.date("startDate")
        public let postedBy = Field.reference("postedBy", to: "users").changed(by: "job.posted")
        public let status = Field.string("status").oneOf("open", "closed").defaulting(to: "open")
            .changed(by: "job.closed, job.reopened")
        public let closedAt = Field.date("closedAt").derived(by: "job.closed, job.reopened")
        /// All there are: the sum of the counters that follow. Each application stands under one of them.
        public let applications = Field.counter(
            "stats.applications", by: "application.submitted, application.deleted")
        public let draft = Field.counter("stats.draft", by: JobPostings.countingEvents)
        public let submitted = Field.counter("stats.submitted", by: JobPostings.countingEvents)
        public let underReview = Field.counter("stats.underReview", by: JobPostings.countingEvents)
        public let interviewing = Field.counter("stats.interviewing", by: JobPostings.countingEvents)
        public let offered = Field.counter("stats.offered", by: JobPostings.countingEvents)
        public let hired = Field.counter("stats.hired", by: JobPostings.countingEvents)
        public let rejected = Field.counter("stats.rejected", by: JobPostings.countingEvents)
        /// Whatever their status was when they were withdrawn.
        public let withdrawn = Field.counter("stats.withdrawn", by: JobPostings.countingEvents)
        public let createdAt = Field.timestamp("createdAt")
        public let updatedAt = Field.timestamp("updatedAt")
        public init() {}
    }
    public static let field = Fields()

    private static let countingEvents =
        "application.submitted, application.statusChanged, application.withdrawn, application.deleted"

    public static let indexes: [Index] = [
        Index(field.jobID).unique(),
        Index(field.status, field.createdAt.descending),
        Index(field.department, field.status),
        Index(field.location, field.status),
    ]

    // MARK: What may happen

    public struct Posted: FieldSet {
        public let status = Field.string("status").oneOf("open").defaulting(to: "open")
        public init() {}
    }
    public static let posted = Posted()

    /// A fact about a job that needs nothing but its name.
    public struct Named: FieldSet {
        public let jobID = Field.string("jobId").required()
        /// Kept in the event; the document has no place for it.
        public let reason = Field.string("reason")
        public init() {}
    }
    public static let named = Named()

    public struct Resolved: FieldSet {
        public let posting = Field.objectID("posting")
        public init() {}
    }
    public static let resolved = Resolved()

    public static let events: [Event] = [
        .creation(
            .jobPosted, JobPostings.self, stream: "jobs", key: field.jobID, "A job is open to applications.",
            payload: posted.descriptors, resolves: resolved, guard: post),
        .patch(
            .jobChanged, JobPostings.self, stream: "jobs", key: field.jobID,
            "What is said of a job changes, be it open or closed.", resolves: resolved
        ) { context in
            guard let posting = known(context) else { return }
            checkSalary(context) { context.patches($0) ? context.valueSet($0)?.double : posting[$0] }
        },
        move(.jobClosed, from: "open", "A job takes no more applications; those it has go on."),
        move(.jobReopened, from: "closed", "A closed job takes applications again."),
        .fact(
            .jobDeleted, named, stream: "jobs", key: named.jobID, "A job is removed. Its applications stay.",
            resolves: resolved
        ) { _ = known($0) },
    ]

    private static func move(_ name: EventName, from status: String, _ summary: String) -> Event {
        .fact(name, named, stream: "jobs", key: named.jobID, summary, resolves: resolved) { context in
            guard let posting = known(context), (posting[field.status] ?? "open") != status else { return }
            context.refuse(.state, named.jobID, "the job is not \(status): \(name) is for one that is")
        }
    }

    private static func post(_ context: GuardContext) {
        context.resolve(resolved.posting, context.documentID)
        _ = context.require(Users.self, field.postedBy)
        checkSalary(context) { context[$0] }
        guard let jobID = context[field.jobID] else { return }
        // The applications for a deleted job stay: they must not become those for another one.
        context.scan(JobApplications.self, index: "jobId_1_status_1", JobApplications.field.jobID, jobID) { _ in
            context.refuse(.unique, field.jobID, "there are applications for a deleted job of this jobId; give another")
            return false
        }
    }

    private static func checkSalary(_ context: GuardContext, _ amount: (Field<Double>) -> Double?) {
        guard let least = amount(field.minimumSalary), let most = amount(field.maximumSalary), most < least else {
            return
        }
        context.refuse(.condition, field.maximumSalary, "must be at least salary.minimum, \(least)")
    }

    private static func known(_ context: GuardContext) -> Existing<Self>? {
        guard let posting = context.require(Self.self, field.jobID, by: named.jobID) else { return nil }
        context.resolve(resolved.posting, posting.id)
        return posting
    }

    // MARK: What follows

    public static let follows: [EventName] = [
        .jobPosted, .jobChanged, .jobClosed, .jobReopened, .jobDeleted,
        .applicationSubmitted, .applicationStatusChanged, .applicationWithdrawn, .applicationDeleted,
    ]

    public static func apply(_ event: RecordedEvent, to postings: inout View<Self>) throws(Anomaly) {
        let id = event.resolved(resolved.posting)
        switch event.type {
        case .jobPosted: try postings.insert()
        case .jobChanged: try postings.patch(id)
        case .jobClosed:
            try postings.update(id) { posting in
                posting[field.status] = "closed"
                posting[field.closedAt] = event.time
            }
        case .jobReopened:
            try postings.update(id) { posting in
                posting[field.status] = "open"
                posting[field.closedAt] = nil
            }
        case .jobDeleted: try postings.remove(id)
        case .applicationSubmitted, .applicationStatusChanged, .applicationWithdrawn, .applicationDeleted:
            // Absent where the job was deleted meanwhile.
            guard let id = event.resolved(JobApplications.resolved.posting) else { return }
            let (before, after) = JobApplications.stages(of: event)
            try postings.adjust(id) { posting in
                if let counter = before.flatMap(counter) { posting.add(-1, to: counter) }
                if let counter = after.flatMap(counter) { posting.add(1, to: counter) }
                if before == nil { posting.add(1, to: field.applications) }
                if after == nil { posting.add(-1, to: field.applications) }
            }
        default: throw postings.unexpected()
        }
    }

    /// Where the applications at a stage are counted.
    private static func counter(of stage: String) -> Field<Int64>? {
        switch stage {
        case "draft": field.draft
        case "submitted": field.submitted
        case "under-review": field.underReview
        case "interviewing": field.interviewing
        case "offered": field.offered
        case "hired": field.hired
        case "rejected": field.rejected
        case "withdrawn": field.withdrawn
        default: nil
        }
    }
}
