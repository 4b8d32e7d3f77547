public import BSON
public import Schema

extension EventName {
    public static let experimentCreated: EventName = "experiment.created"
    public static let experimentStarted: EventName = "experiment.started"
    public static let experimentCompleted: EventName = "experiment.completed"
    public static let experimentFailed: EventName = "experiment.failed"
    public static let experimentTagged: EventName = "experiment.tagged"
    public static let experimentChanged: EventName = "experiment.changed"
    public static let experimentDeleted: EventName = "experiment.deleted"
}

/// Experiments in the lab: what went in, what came out, what it took.
public enum LabExperiments: Collection {
    public static let name = "labexperiments"
    public static let number: CollectionNumber = 19
    public static let summary = "An experiment of a user in the lab: its input, its state, its output and its cost."

    // MARK: What it stores

    public struct Fields: FieldSet {
        public let experimentID = Field.string("experimentId").required().generated(prefix: "exp_")
            .changed(by: "experiment.created")
        public let userID = Field.reference("userId", to: "users").required().changed(by: "experiment.created")
        public let experimentType = Field.string("experimentType").required()
            .oneOf(
                "battle-arena", "dream-analysis", "emotion-analysis", "future-prediction", "image-generation",
                "music-generation", "neural-art", "personality-analysis", "story-generation", "voice-generation")
        public let name = Field.string("name").required().atMost(200).personal()
        public let description = Field.string("description").atMost(500).personal()
        public let input = Field.mixed("input").required().personal()
        public let output = Field.mixed("output").personal().changed(by: "experiment.completed")
        /// In milliseconds.
        public let duration = Field.number("metadata.duration")
        public let tokensUsed = Field.integer("metadata.tokensUsed")
        public let cost = Field.number("metadata.cost")
        public let provider = Field.string("metadata.provider")
        public let model = Field.string("metadata.model")
        public let status = Field.string("status").oneOf("pending", "running", "completed", "failed")
            .defaulting(to: "pending")
            .changed(by: "experiment.started, experiment.completed, experiment.failed")
        public let tags = Field.strings("tags", maxLength: 50)
        public let completedAt = Field.date("completedAt").changed(by: "experiment.completed")
        public let createdAt = Field.timestamp("createdAt")
        public let updatedAt = Field.timestamp("updatedAt")
        public init() {}
    }
    public static let field = Fields()

    public static let indexes = [
        Index(field.experimentID).unique(),
        Index(field.userID, field.createdAt.descending),
        Index(field.experimentType, field.status),
        Index(field.status, field.createdAt.descending),
        Index(field.tags),
    ]

    // MARK: What may happen

    public struct Completed: FieldSet {
        public let experimentID = Field.string("experimentId").required()
        public let output = Field.mixed("output").required().personal()
        public let duration = Field.number("metadata.duration")
        public let tokensUsed = Field.integer("metadata.tokensUsed")
        public let cost = Field.number("metadata.cost")
        public let provider = Field.string("metadata.provider")
        public let model = Field.string("metadata.model")
        public init() {}
    }
    public static let completed = Completed()

    public struct Failed: FieldSet {
        public let experimentID = Field.string("experimentId").required()
        /// Kept in the event; the document has no place for it.
        public let error = Field.string("error")
        public init() {}
    }
    public static let failed = Failed()

    public struct Tagged: FieldSet {
        public let experimentID = Field.string("experimentId").required()
        /// To add; those that are there already stay as they are.
        public let tags = Field.strings("tags", maxLength: 50).required()
        public init() {}
    }
    public static let tagged = Tagged()

    /// A fact about an experiment that needs nothing but its name.
    public struct Named: FieldSet {
        public let experimentID = Field.string("experimentId").required()
        public init() {}
    }
    public static let named = Named()

    public struct Resolved: FieldSet {
        public let experiment = Field.objectID("experiment")
        public let user = Field.objectID("user")
        public let wasStatus = Field.string("was.status")
        public init() {}
    }
    public static let resolved = Resolved()

    public static let events = [
        Event.creation(
            .experimentCreated, Self.self, stream: "experiments", key: field.experimentID,
            "A user sets an experiment up.", resolves: resolved
        ) { context in
            context.resolve(resolved.experiment, context.documentID)
            context.resolveOwner(resolved.user, context.require(Users.self, field.userID)?.id)
        },
        Event.patch(
            .experimentChanged, Self.self, stream: "experiments", key: field.experimentID,
            "Name, description, input, metadata or tags of an experiment change.", resolves: resolved
        ) { _ = known($0) },
        fact(.experimentStarted, named, key: named.experimentID, from: ["pending"], "An experiment begins to run."),
        fact(
            .experimentCompleted, completed, key: completed.experimentID, from: ["pending", "running"],
            "An experiment has a result, straight away or after it was started."),
        fact(
            .experimentFailed, failed, key: failed.experimentID, from: ["pending", "running"],
            "An experiment ends without a result."),
        fact(.experimentTagged, tagged, key: tagged.experimentID, from: nil, "Tags are added to an experiment."),
        fact(.experimentDeleted, named, key: named.experimentID, from: nil, "An experiment is removed."),
    ]

    /// An event of an experiment that stands at one of `statuses` (`nil`: at any).
    private static func fact<Payload: FieldSet>(
        _ name: EventName, _ payload: Payload, key: Field<String>, from statuses: [String]?, _ summary: String
    ) -> Event {
        .fact(name, payload, stream: "experiments", key: key, summary, resolves: resolved) { context in
            guard let experiment = known(context), let statuses else { return }
            let status = experiment[field.status] ?? "pending"
            if !statuses.contains(status) {
                let wanted = statuses.joined(separator: " or ")
                context.refuse(
                    .state, field.experimentID, "the experiment is \(status); \(name) is for one that is \(wanted)")
            }
        }
    }

    private static func known(_ context: GuardContext) -> Existing<Self>? {
        let found = context.require(Self.self, field.experimentID, by: named.experimentID)
        guard let experiment = found else { return nil }
        context.resolve(resolved.experiment, experiment.id)
        context.resolveOwner(resolved.user, experiment[field.userID])
        context.resolve(resolved.wasStatus, experiment[field.status])
        return experiment
    }

    // MARK: What follows

    public static let follows: [EventName] = [
        .experimentCreated, .experimentChanged, .experimentStarted, .experimentCompleted, .experimentFailed,
        .experimentTagged, .experimentDeleted,
    ]

    public static func apply(_ event: RecordedEvent, to experiments: inout View<Self>) throws(Anomaly) {
        let id = event.resolved(resolved.experiment)
        switch event.type {
        case .experimentCreated: try experiments.insert()
        case .experimentChanged: try experiments.patch(id)
        case .experimentStarted: try experiments.update(id) { $0[field.status] = "running" }
        case .experimentCompleted:
            try experiments.update(id) { experiment in
                experiment[field.status] = "completed"
                experiment.take(field.output, from: event, completed.output)
                experiment.take(field.duration, from: event)
                experiment.take(field.tokensUsed, from: event)
                experiment.take(field.cost, from: event)
                experiment.take(field.provider, from: event)
                experiment.take(field.model, from: event)
                experiment[field.completedAt] = event.time
            }
        case .experimentFailed: try experiments.update(id) { $0[field.status] = "failed" }
        case .experimentTagged: try experiments.update(id) { $0.addNew(tagged.tags, from: event, to: field.tags) }
        case .experimentDeleted: try experiments.remove(id)
        default: throw experiments.unexpected()
        }
    }
}
