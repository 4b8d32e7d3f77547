public import BSON
public import Schema

extension EventName {
    public static let webinarRegistrationCreated: EventName = "webinarRegistration.created"
    public static let webinarRegistrationChanged: EventName = "webinarRegistration.changed"
    public static let webinarRegistrationConfirmed: EventName = "webinarRegistration.confirmed"
    public static let webinarRegistrationCancelled: EventName = "webinarRegistration.cancelled"
    public static let webinarRegistrationAttended: EventName = "webinarRegistration.attended"
    public static let webinarRegistrationMissed: EventName = "webinarRegistration.missed"
    public static let webinarRegistrationFeedbackGiven: EventName = "webinarRegistration.feedbackGiven"
    public static let webinarRegistrationDeleted: EventName = "webinarRegistration.deleted"
}

/// Who registered for which webinar, whether they came, and what they thought of it.
public enum WebinarRegistrations: Collection {
    public static let name = "webinarregistrations"
    public static let number: CollectionNumber = 20  // On disk. Never reused.
    public static let summary = "A registration for a webinar: the attendee, the state, the attendance, the feedback."

    // MARK: What it stores

    public struct Fields: FieldSet {
        public let registrationID = Field.string("registrationId").required().generated(prefix: "reg_")
            .changed(by: "webinarRegistration.created")
        public let webinarID = Field.string("webinarId").required().changed(by: "webinarRegistration.created")
        /// Absent for an attendee who is no user.
        public let userID = Field.reference("userId", to: "users").changed(by: "webinarRegistration.created")
        public let firstName = Field.string("attendeeInfo.firstName").required().personal()
        public let lastName = Field.string("attendeeInfo.lastName").required().personal()
        /// It tells who an attendee is that is no user, so it stays.
        public let email = Field.string("attendeeInfo.email").required().lowercased().personal()
            .changed(by: "webinarRegistration.created")
        public let company = Field.string("attendeeInfo.company").personal()
        public let jobTitle = Field.string("attendeeInfo.jobTitle").personal()
        public let phoneNumber = Field.string("attendeeInfo.phoneNumber").personal()
        /// The webinar as it was announced when the registration was made.
        public let title = Field.string("webinarDetails.title").required()
        public let date = Field.date("webinarDetails.date").required()
        /// In minutes, as announced.
        public let duration = Field.number("webinarDetails.duration").required()
        public let instructor = Field.string("webinarDetails.instructor")
        public let registrationSource = Field.string("registrationSource")
            .oneOf("website", "email", "social", "partner").defaulting(to: "website")
        public let status = Field.string("status").oneOf("pending", "confirmed", "cancelled", "attended", "no-show")
            .defaulting(to: "confirmed")
            .changed(
                by: """
                    webinarRegistration.confirmed, webinarRegistration.cancelled, webinarRegistration.attended, \
                    webinarRegistration.missed
                    """)
        public let joinedAt = Field.date("attendance.joinedAt")
        /// In minutes, as attended.
        public let attendedDuration = Field.number("attendance.duration")
        public let completed = Field.boolean("attendance.completed").defaulting(to: false)
        public let rating = Field.number("feedback.rating").within(1...5)
            .changed(by: "webinarRegistration.feedbackGiven")
        public let comments = Field.string("feedback.comments").personal()
            .changed(by: "webinarRegistration.feedbackGiven")
        public let createdAt = Field.timestamp("createdAt")
        public let updatedAt = Field.timestamp("updatedAt")
        public init() {}
    }
    public static let field = Fields()

    public static let indexes: [Index] = [
        Index(field.registrationID).unique(),
        Index(field.webinarID, field.status),
        Index(field.userID),
        Index(field.email),
        Index(field.date),
        Index(field.status, field.createdAt.descending),
    ]

    // MARK: What may happen

    public struct Created: FieldSet {
        // Where absent, the webinar's own.
        public let title = Field.string("webinarDetails.title")
        public let date = Field.date("webinarDetails.date")
        public let duration = Field.number("webinarDetails.duration")
        public let status = Field.string("status").oneOf("pending", "confirmed").defaulting(to: "confirmed")
        public init() {}
    }
    public static let created = Created()

    public struct Attended: FieldSet {
        public let registrationID = Field.string("registrationId").required()
        public let joinedAt = Field.date("attendance.joinedAt")
        public let duration = Field.number("attendance.duration").atLeast(0)
        public let completed = Field.boolean("attendance.completed")
        public init() {}
    }
    public static let attended = Attended()

    public struct Feedback: FieldSet {
        public let registrationID = Field.string("registrationId").required()
        public let rating = Field.number("feedback.rating").required().within(1...5)
        public let comments = Field.string("feedback.comments").personal()
        public init() {}
    }
    public static let feedback = Feedback()

    /// A fact about a registration that needs nothing but its name.
    public struct Named: FieldSet {
        public let registrationID = Field.string("registrationId").required()
        public init() {}
    }
    public static let named = Named()

    public struct Resolved: FieldSet {
        public let registration = Field.objectID("registration")
        public let webinar = Field.objectID("webinar")
        /// Absent for an attendee who is no user.
        public let user = Field.objectID("user")
        /// Of a new registration: what it said, and of the webinar what it did not say.
        public let details = Field.mixed("webinarDetails")
        public let wasStatus = Field.string("was.status")
        public let wasRating = Field.number("was.rating")
        public init() {}
    }
    public static let resolved = Resolved()

    public static let events: [Event] = [
        .creation(
            .webinarRegistrationCreated, WebinarRegistrations.self, stream: "registrations",
            key: field.registrationID, "Somebody registers for a webinar, while it has places.",
            payload: created.descriptors, resolves: resolved, guard: create),
        .patch(
            .webinarRegistrationChanged, WebinarRegistrations.self, stream: "registrations",
            key: field.registrationID, "What is known of the attendee, the webinar or the attendance changes.",
            resolves: resolved, guard: change),
        .fact(
            .webinarRegistrationConfirmed, named, stream: "registrations", key: named.registrationID,
            "A pending registration is confirmed, or a cancelled one taken up again, while there are places.",
            resolves: resolved, guard: confirm),
        .fact(
            .webinarRegistrationCancelled, named, stream: "registrations", key: named.registrationID,
            "The attendee will not come: the place is free.", resolves: resolved, guard: cancel),
        .fact(
            .webinarRegistrationAttended, attended, stream: "registrations", key: attended.registrationID,
            "The attendee came, whatever was noted at first.", resolves: resolved, guard: attend),
        .fact(
            .webinarRegistrationMissed, named, stream: "registrations", key: named.registrationID,
            "The attendee did not come.", resolves: resolved, guard: miss),
        .fact(
            .webinarRegistrationFeedbackGiven, feedback, stream: "registrations", key: feedback.registrationID,
            "The attendee rates the webinar. Given again, the newer feedback counts.", resolves: resolved,
            guard: giveFeedback),
        .fact(
            .webinarRegistrationDeleted, named, stream: "registrations", key: named.registrationID,
            "A registration is removed, with all that it counted for.", resolves: resolved
        ) { _ = known($0) },
    ]

    // MARK: What follows

    public static let follows: [EventName] = events.map(\.name)

    public static func apply(_ event: RecordedEvent, to registrations: inout View<Self>) throws(Anomaly) {
        let id = event.resolved(resolved.registration)
        switch event.type {
        case .webinarRegistrationCreated:
            guard let id else { throw registrations.unexpected() }
            try registrations.create(id, from: document(event))
        case .webinarRegistrationChanged: try registrations.patch(id)
        case .webinarRegistrationConfirmed, .webinarRegistrationCancelled, .webinarRegistrationMissed:
            try registrations.update(id) { $0[field.status] = status(after: event) }
        case .webinarRegistrationAttended:
            try registrations.update(id) { registration in
                registration[field.status] = status(after: event)
                registration.take(field.joinedAt, from: event)
                registration.take(field.attendedDuration, from: event)
                registration.take(field.completed, from: event)
            }
        case .webinarRegistrationFeedbackGiven:
            try registrations.update(id) { registration in
                registration.take(field.rating, from: event)
                // Comments of an older feedback are none of this one's.
                registration[field.comments] = nil
                registration.take(field.comments, from: event)
            }
        case .webinarRegistrationDeleted: try registrations.remove(id)
        default: throw registrations.unexpected()
        }
    }

    /// The event's data with the details that the guard completed.
    private static func document(_ event: RecordedEvent) -> Document {
        let details = resolved.details.descriptor.name
        var document = Document()
        event.data.forEach { name, value in
            let name = String(decoding: name, as: UTF8.self)
            if name != details { document.append(name, value.owned()) }
        }
        if let value = event.resolved(resolved.details) { document.append(details, value) }
        return document
    }

    private static func status(after event: RecordedEvent) -> String? {
        switch event.type {
        case .webinarRegistrationCreated: event[field.status]
        case .webinarRegistrationConfirmed: "confirmed"
        case .webinarRegistrationCancelled: "cancelled"
        case .webinarRegistrationAttended: "attended"
        case .webinarRegistrationMissed: "no-show"
        case .webinarRegistrationDeleted: nil
        default: event.resolved(resolved.wasStatus)
        }
    }

    /// What a registration counts for in its webinar.
    struct Standing {
        let places: Int64
        let attended: Int64
        let rating: Amount?

        init(before event: RecordedEvent) {
            self.init(status: event.resolved(resolved.wasStatus), rating: event.resolved(resolved.wasRating))
        }

        init(after event: RecordedEvent) {
            let rating =
                switch event.type {
                case .webinarRegistrationCreated, .webinarRegistrationFeedbackGiven: event[field.rating]
                case .webinarRegistrationDeleted: Double?.none
                default: event.resolved(resolved.wasRating)
                }
            self.init(status: WebinarRegistrations.status(after: event), rating: rating)
        }

        private init(status: String?, rating: Double?) {
            places = status == nil || status == "cancelled" ? 0 : 1
            attended = status == "attended" ? 1 : 0
            self.rating = rating.flatMap { Amount($0) }
        }
    }
}
