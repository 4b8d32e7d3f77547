public import BSON
public import Schema

extension EventName {
    public static let webinarScheduled: EventName = "webinar.scheduled"
    public static let webinarChanged: EventName = "webinar.changed"
    public static let webinarCancelled: EventName = "webinar.cancelled"
    public static let webinarCompleted: EventName = "webinar.completed"
    public static let webinarDeleted: EventName = "webinar.deleted"
}

/// Webinars to register for, with what their registrations add up to.
public enum Webinars: Collection {
    public static let name = "webinars"
    public static let number: CollectionNumber = 24  // On disk. Never reused.
    public static let summary = "A webinar: when it is, who gives it, how many may come, how many came and liked it."

    // MARK: What it stores

    public struct Fields: FieldSet {
        public let webinarID = Field.string("webinarId").required().changed(by: "webinar.scheduled")
        public let title = Field.string("title").required()
        public let description = Field.string("description")
        public let date = Field.date("date").required()
        /// In minutes.
        public let duration = Field.number("duration").required().atLeast(0)
        public let instructor = Field.string("instructor")
        /// How many may register; where absent, everybody.
        public let capacity = Field.integer("capacity").atLeast(1)
        public let status = Field.string("status").oneOf("scheduled", "cancelled", "completed")
            .defaulting(to: "scheduled").changed(by: "webinar.cancelled, webinar.completed")
        /// Those that hold a place: all but the cancelled ones.
        public let registrations = Field.counter("stats.registrations", by: Webinars.placeEvents)
        public let attended = Field.counter(
            "stats.attended", by: "webinarRegistration.attended, webinarRegistration.deleted")
        /// Registrations that carry a rating.
        public let ratings = Field.counter("stats.ratings", by: Webinars.ratingEvents)
        public let ratingSum = Field.decimal("stats.ratingSum", by: Webinars.ratingEvents)
        /// Sum by count; 0 where nobody rated.
        public let averageRating = Field.number("stats.averageRating").within(0...5).defaulting(to: 0)
            .derived(by: Webinars.ratingEvents)
        public let createdAt = Field.timestamp("createdAt")
        public let updatedAt = Field.timestamp("updatedAt")
        public init() {}
    }
    public static let field = Fields()

    private static let placeEvents = """
        webinarRegistration.created, webinarRegistration.confirmed, webinarRegistration.cancelled, \
        webinarRegistration.deleted
        """
    private static let ratingEvents =
        "webinarRegistration.created, webinarRegistration.feedbackGiven, webinarRegistration.deleted"

    public static let indexes: [Index] = [
        Index(field.webinarID).unique(),
        Index(field.status, field.date),
        Index(field.date.descending),
    ]

    // MARK: What may happen

    public struct Scheduled: FieldSet {
        public let status = Field.string("status").oneOf("scheduled").defaulting(to: "scheduled")
        public init() {}
    }
    public static let scheduled = Scheduled()

    /// A fact about a webinar that needs nothing but its name.
    public struct Named: FieldSet {
        public let webinarID = Field.string("webinarId").required()
        public init() {}
    }
    public static let named = Named()

    public struct Resolved: FieldSet {
        public let webinar = Field.objectID("webinar")
        public let wasStatus = Field.string("was.status")
        public init() {}
    }
    public static let resolved = Resolved()

    public static let events: [Event] = [
        .creation(
            .webinarScheduled, Webinars.self, stream: "webinars", key: field.webinarID,
            "A webinar is announced: one may register.", payload: scheduled.descriptors, resolves: resolved
        ) { context in
            context.requireWhole(field.capacity)
            context.resolve(resolved.webinar, context.documentID)
        },
        .patch(
            .webinarChanged, Webinars.self, stream: "webinars", key: field.webinarID,
            "Title, date, capacity or the like change. Registrations keep the details they were made for.",
            resolves: resolved, guard: change),
        move(.webinarCancelled, "A webinar will not be held. Its registrations stay as they are."),
        move(.webinarCompleted, "A webinar was held: no more registrations."),
        .fact(
            .webinarDeleted, named, stream: "webinars", key: named.webinarID,
            "A webinar is removed that has no registrations.", resolves: resolved, guard: delete),
    ]

    private static func move(_ name: EventName, _ summary: String) -> Event {
        .fact(name, named, stream: "webinars", key: named.webinarID, summary, resolves: resolved) { context in
            guard let status = known(context)?[field.status], status != "scheduled" else { return }
            context.refuse(.state, field.webinarID, "the webinar is \(status); \(name) is for one that is scheduled")
        }
    }

    private static func known(_ context: GuardContext) -> Existing<Self>? {
        guard let webinar = context.require(Self.self, field.webinarID, by: named.webinarID) else { return nil }
        context.resolve(resolved.webinar, webinar.id)
        context.resolve(resolved.wasStatus, webinar[field.status])
        return webinar
    }

    private static func change(_ context: GuardContext) {
        let webinar = known(context)
        guard let value = context.valueSet(field.capacity), !value.isNull else { return }
        let place = "set." + field.capacity.descriptor.name
        guard let capacity = value.int64 else {
            return context.refuse(.cast, place, value: value.plainText, "must be a whole number")
        }
        let taken = webinar?.count(field.registrations) ?? 0
        if capacity < taken {
            context.refuse(
                .limit, place, value: value.plainText,
                "\(taken) places are taken: cancel registrations first, or leave room for them")
        }
    }

    private static func delete(_ context: GuardContext) {
        guard known(context) != nil, let webinarID = context[named.webinarID] else { return }
        let owner = WebinarRegistrations.field.webinarID
        context.scan(WebinarRegistrations.self, index: "webinarId_1_status_1", owner, webinarID) { _ in
            context.refuse(
                .state, field.webinarID,
                "the webinar has registrations: send webinarRegistration.deleted for each, or webinar.cancelled")
            return false
        }
    }

    // MARK: What follows

    public static let follows: [EventName] =
        events.map(\.name) + [
            .webinarRegistrationCreated, .webinarRegistrationConfirmed, .webinarRegistrationCancelled,
            .webinarRegistrationAttended, .webinarRegistrationFeedbackGiven, .webinarRegistrationDeleted,
        ]

    public static func apply(_ event: RecordedEvent, to webinars: inout View<Self>) throws(Anomaly) {
        let id = event.resolved(resolved.webinar)
        switch event.type {
        case .webinarScheduled:
            try webinars.insert { webinar in
                webinar[field.ratingSum] = Amount.zero.decimal128
                webinar[field.averageRating] = 0
            }
        case .webinarChanged: try webinars.patch(id)
        case .webinarCancelled: try webinars.update(id) { $0[field.status] = "cancelled" }
        case .webinarCompleted: try webinars.update(id) { $0[field.status] = "completed" }
        case .webinarDeleted: try webinars.remove(id)
        case .webinarRegistrationCreated, .webinarRegistrationConfirmed, .webinarRegistrationCancelled,
            .webinarRegistrationAttended, .webinarRegistrationFeedbackGiven, .webinarRegistrationDeleted:
            try webinars.adjust(event.resolved(WebinarRegistrations.resolved.webinar)) { webinar in
                count(event, in: webinar)
            }
        default: throw webinars.unexpected()
        }
    }

    private static func count(_ event: RecordedEvent, in webinar: borrowing Draft<Self>) {
        let old = WebinarRegistrations.Standing(before: event)
        let new = WebinarRegistrations.Standing(after: event)
        webinar.add(new.places - old.places, to: field.registrations)
        webinar.add(new.attended - old.attended, to: field.attended)
        guard new.rating != old.rating else { return }
        webinar.add((new.rating == nil ? 0 : 1) - (old.rating == nil ? 0 : 1), to: field.ratings)
        let kept = webinar[field.ratingSum].flatMap { Amount($0) } ?? .zero
        let sum = kept + (new.rating ?? .zero) + -(old.rating ?? .zero)
        webinar[field.ratingSum] = sum.decimal128
        let ratings = webinar[field.ratings] ?? 0
        webinar[field.averageRating] = ratings > 0 ? sum.divided(by: UInt128(ratings)).double : 0
    }
}
