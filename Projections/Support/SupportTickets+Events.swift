public import BSON
public import Schema

extension SupportTickets {
    /// Ten years: no promise is longer.
    static let longestHours = 87_600.0

    public struct Opened: FieldSet {
        /// One that is opened with `assignedTo` is assigned.
        public let status = Field.string("status").oneOf("open", "assigned").defaulting(to: "open")
        public let responseTime = Field.number("sla.responseTime").within(0...SupportTickets.longestHours)
        public let resolutionTime = Field.number("sla.resolutionTime").within(0...SupportTickets.longestHours)
        public init() {}
    }
    public static let opened = Opened()

    public struct Responded: FieldSet {
        public let ticketID = Field.string("ticketId").required()
        public let responderID = Field.reference("responderId", to: "users")
        /// Kept in the event; the document has no place for it.
        public let content = Field.string("content").personal()
        /// A note among the staff: no response.
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
            .oneOf("open", "assigned", "in-progress", "waiting", "resolved", "closed")
        public init() {}
    }
    public static let moved = Moved()

    public struct Prioritised: FieldSet {
        public let ticketID = Field.string("ticketId").required()
        public let priority = Field.string("priority").required().oneOf("low", "medium", "high", "critical")
        /// Where given, they stand from now on, whatever the priority.
        public let responseTime = Field.number("sla.responseTime").within(0...SupportTickets.longestHours)
        public let resolutionTime = Field.number("sla.resolutionTime").within(0...SupportTickets.longestHours)
        public init() {}
    }
    public static let prioritised = Prioritised()

    public struct AttachmentAdded: FieldSet {
        public let ticketID = Field.string("ticketId").required()
        public let fileID = Field.string("fileId").required()
        public let filename = Field.string("filename").required().personal()
        public let url = Field.string("url").required().personal()
        public let size = Field.number("size")
        public let mimeType = Field.string("mimeType")
        public init() {}
    }
    public static let attachmentAdded = AttachmentAdded()

    public struct Tagged: FieldSet {
        public let ticketID = Field.string("ticketId").required()
        /// To add; those that are there already stay as they are.
        public let tags = Field.strings("tags", maxLength: 50).required()
        public init() {}
    }
    public static let tagged = Tagged()

    public struct Breached: FieldSet {
        public let ticketID = Field.string("ticketId").required()
        /// Which of the two times passed, and when.
        public let missed = Field.string("missed").oneOf("response", "resolution")
        public let dueAt = Field.date("dueAt")
        public init() {}
    }
    public static let breach = Breached()

    /// A fact about a ticket that needs nothing but its name.
    public struct Named: FieldSet {
        public let ticketID = Field.string("ticketId").required()
        public init() {}
    }
    public static let named = Named()

    public struct Resolved: FieldSet {
        public let ticket = Field.objectID("ticket")
        /// The requester.
        public let user = Field.reference("user", to: "users")
        /// Hours by priority; absent where a given time stands.
        public let responseTime = Field.integer("responseTime")
        public let resolutionTime = Field.integer("resolutionTime")
        /// Staff answered: neither a note of theirs nor the requester's own words.
        public let isResponse = Field.boolean("isResponse")
        public let wasStatus = Field.string("was.status")
        public let wasPriority = Field.string("was.priority")
        public let wasAssignedTo = Field.reference("was.assignedTo", to: "users")
        public init() {}
    }
    public static let resolved = Resolved()

    public static let events = [
        Event.creation(
            .ticketOpened, Self.self, stream: "tickets", key: field.ticketID, "A user asks for support.",
            payload: opened.descriptors, resolves: resolved, guard: open),
        fact(.ticketResponded, responded, key: responded.ticketID, "Staff answer the requester.", respond),
        fact(
            .ticketAssigned, assigned, key: assigned.ticketID,
            "Somebody is to see to it; where it was open, it is assigned now.", assign),
        fact(
            .ticketStatusChanged, moved, key: moved.ticketID, "It is worked on, waits, ends, or is reopened.", move),
        fact(
            .ticketPrioritised, prioritised, key: prioritised.ticketID,
            "Another priority, and the times that go with it unless others were given.", prioritise),
        fact(.ticketAttachmentAdded, attachmentAdded, key: attachmentAdded.ticketID, "A file is attached.", attach),
        fact(.ticketTagged, tagged, key: tagged.ticketID, "Tags are added to a ticket.") { _ = known($0) },
        fact(
            .ticketSLABreached, breach, key: breach.ticketID,
            "The time to respond or to resolve has passed (scheduler); said once.", checkBreach),
        Event.patch(
            .ticketChanged, Self.self, stream: "tickets", key: field.ticketID,
            "Title, description, category or tags of a ticket are put right.", resolves: resolved
        ) { _ = known($0) },
        fact(.ticketDeleted, named, key: named.ticketID, "A ticket is removed.") { _ = known($0) },
    ]

    private static func fact<Payload: FieldSet>(
        _ name: EventName, _ payload: Payload, key: Field<String>, _ summary: String, _ check: @escaping Event.Guard
    ) -> Event {
        .fact(name, payload, stream: "tickets", key: key, summary, resolves: resolved, guard: check)
    }
}
