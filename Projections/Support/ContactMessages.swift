public import BSON
public import Schema

extension EventName {
    public static let contactSubmitted: EventName = "contact.submitted"
    public static let contactResponded: EventName = "contact.responded"
    public static let contactAssigned: EventName = "contact.assigned"
    public static let contactStatusChanged: EventName = "contact.statusChanged"
    public static let contactPrioritised: EventName = "contact.prioritised"
    public static let contactTagged: EventName = "contact.tagged"
    public static let contactChanged: EventName = "contact.changed"
    public static let contactDeleted: EventName = "contact.deleted"
}

/// What visitors and users write through the contact form, and what is answered.
public enum ContactMessages: Collection {
    public static let name = "contactmessages"
    public static let number: CollectionNumber = 13  // On disk. Never reused.
    public static let summary = "A message from the contact form: who wrote, what about, who sees to it, the answers."

    // MARK: What it stores

    public struct Response: FieldSet {
        public let responseID = Field.string("responseId").required()
        public let responderID = Field.reference("responderId", to: "users").required()
        public let content = Field.string("content").required().personal()
        /// For the staff's eyes only.
        public let isInternal = Field.boolean("isInternal").defaulting(to: false)
        public let createdAt = Field.date("createdAt").defaultingToNow()
        public init() {}
    }

    public struct Fields: FieldSet {
        public let ticketID = Field.string("ticketId").required().numbered(prefix: "TICKET-")
            .changed(by: "contact.submitted")
        public let name = Field.string("name").required().trimmed().personal()
        /// With the user, it says whom the message is about: never another's.
        public let email = Field.string("email").required().lowercased().trimmed().personal()
            .changed(by: "contact.submitted")
        public let subject = Field.string("subject").required().atMost(200).personal()
        public let message = Field.string("message").required().personal()
        public let category = Field.string("category")
            .oneOf("general", "technical", "billing", "feature", "bug", "account").defaulting(to: "general")
        public let priority = Field.string("priority").oneOf("low", "medium", "high", "critical")
            .defaulting(to: "medium").changed(by: "contact.prioritised")
        public let status = Field.string("status").oneOf("open", "in-progress", "waiting", "resolved", "closed")
            .defaulting(to: "open").changed(by: "contact.statusChanged")
        public let assignedTo = Field.reference("assignedTo", to: "users").changed(by: "contact.assigned")
        public let responses = Field.objects("responses", of: Response()).derived(by: "contact.responded")
        public let source = Field.string("metadata.source").defaulting(to: "contact-form")
        public let userAgent = Field.string("metadata.userAgent").personal()
        public let ipAddress = Field.string("metadata.ipAddress").personal()
        public let referrer = Field.string("metadata.referrer")
        public let tags = Field.strings("tags", maxLength: 50)
        public let createdAt = Field.timestamp("createdAt")
        public let updatedAt = Field.timestamp("updatedAt")
        /// Not the seed's: who wrote it, as the form said or the e-mail address told then.
        public let userID = Field.reference("userId", to: "users").derived(by: "contact.submitted")
        public init() {}
    }
    public static let field = Fields()

    public static let indexes = [
        Index(field.ticketID).unique(),
        Index(field.email, field.createdAt.descending),
        Index(field.category, field.status, field.createdAt.descending),
        Index(field.priority, field.status),
        Index(field.assignedTo, field.status),
        Index(field.status, field.updatedAt.descending),
        Index(field.source),
        Index(field.tags),
    ]

    // MARK: What may happen

    public struct Submitted: FieldSet {
        public let status = Field.string("status").oneOf("open").defaulting(to: "open")
        /// Where a user was signed in; else whoever has the e-mail address, if anybody.
        public let userID = Field.reference("userId", to: "users")
        public init() {}
    }
    public static let submitted = Submitted()

    public struct Responded: FieldSet {
        public let ticketID = Field.string("ticketId").required()
        public let responseID = Field.string("responseId").required().generated(prefix: "resp_")
        public let responderID = Field.reference("responderId", to: "users").required()
        public let content = Field.string("content").required().personal()
        public let isInternal = Field.boolean("isInternal").defaulting(to: false)
        public init() {}
    }
    public static let responded = Responded()

    public struct Assigned: FieldSet {
        public let ticketID = Field.string("ticketId").required()
        public let assignedTo = Field.reference("assignedTo", to: "users").required()
        public init() {}
    }
    public static let assigned = Assigned()

    public struct Moved: FieldSet {
        public let ticketID = Field.string("ticketId").required()
        public let status = Field.string("status").required()
            .oneOf("open", "in-progress", "waiting", "resolved", "closed")
        public init() {}
    }
    public static let moved = Moved()

    public struct Prioritised: FieldSet {
        public let ticketID = Field.string("ticketId").required()
        public let priority = Field.string("priority").required().oneOf("low", "medium", "high", "critical")
        public init() {}
    }
    public static let prioritised = Prioritised()

    public struct Tagged: FieldSet {
        public let ticketID = Field.string("ticketId").required()
        /// To add; those that are there already stay as they are.
        public let tags = Field.strings("tags", maxLength: 50).required()
        public init() {}
    }
    public static let tagged = Tagged()

    /// A fact about a message that needs nothing but its name.
    public struct Named: FieldSet {
        public let ticketID = Field.string("ticketId").required()
        public init() {}
    }
    public static let named = Named()

    public struct Resolved: FieldSet {
        public let message = Field.objectID("message")
        /// Who wrote it, where that is known.
        public let user = Field.reference("user", to: "users")
        public let wasStatus = Field.string("was.status")
        public let wasPriority = Field.string("was.priority")
        public let wasAssignedTo = Field.reference("was.assignedTo", to: "users")
        public init() {}
    }
    public static let resolved = Resolved()

    public static let events = [
        Event.creation(
            .contactSubmitted, Self.self, stream: "contacts", key: field.ticketID, "Somebody writes.",
            payload: submitted.descriptors, resolves: resolved, guard: submit),
        fact(.contactResponded, responded, key: responded.ticketID, "Staff answer, or note something.", respond),
        fact(.contactAssigned, assigned, key: assigned.ticketID, "Somebody is to see to it.", assign),
        fact(.contactStatusChanged, moved, key: moved.ticketID, "It is worked on, waits, ends, or reopens.", move),
        fact(.contactPrioritised, prioritised, key: prioritised.ticketID, "It gets another priority.", prioritise),
        fact(.contactTagged, tagged, key: tagged.ticketID, "Tags are added to a message.") { _ = known($0) },
        Event.patch(
            .contactChanged, Self.self, stream: "contacts", key: field.ticketID,
            "Name, subject, text, category, metadata or tags of a message are put right.", resolves: resolved
        ) { _ = known($0) },
        fact(.contactDeleted, named, key: named.ticketID, "A message is removed.") { _ = known($0) },
    ]

    private static func fact<Payload: FieldSet>(
        _ name: EventName, _ payload: Payload, key: Field<String>, _ summary: String, _ check: @escaping Event.Guard
    ) -> Event {
        .fact(name, payload, stream: "contacts", key: key, summary, resolves: resolved, guard: check)
    }

    // MARK: What follows

    public static let follows: [EventName] = events.map(\.name)

    public static func apply(_ event: RecordedEvent, to messages: inout View<Self>) throws(Anomaly) {
        let id = event.resolved(resolved.message)
        switch event.type {
        case .contactSubmitted: try messages.insert { $0[field.userID] = event.resolved(resolved.user) }
        case .contactResponded: try messages.update(id) { $0.push(.document(response(event)), to: field.responses) }
        case .contactAssigned: try messages.update(id) { $0.take(field.assignedTo, from: event) }
        case .contactStatusChanged: try messages.update(id) { $0.take(field.status, from: event) }
        case .contactPrioritised: try messages.update(id) { $0.take(field.priority, from: event) }
        case .contactTagged: try messages.update(id) { $0.addNew(tagged.tags, from: event, to: field.tags) }
        case .contactChanged: try messages.patch(id)
        case .contactDeleted: try messages.remove(id)
        default: throw messages.unexpected()
        }
    }

    private static func response(_ event: RecordedEvent) -> Document {
        var response = Document()
        response.append("_id", .objectID(event.derivedID("responses")))
        for path in [responded.responseID.path, responded.responderID.path, responded.content.path] {
            if let value = event.data[path] { response.append("\(path)", value.owned()) }
        }
        response.append("isInternal", .bool(event[responded.isInternal] == true))
        response.append("createdAt", .dateTime(event.time))
        return response
    }
}
