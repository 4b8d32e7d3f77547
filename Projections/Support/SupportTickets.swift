public import BSON
public import Schema

extension EventName {
    public static let ticketOpened: EventName = "ticket.opened"
    public static let ticketResponded: EventName = "ticket.responded"
    public static let ticketAssigned: EventName = "ticket.assigned"
    public static let ticketStatusChanged: EventName = "ticket.statusChanged"
    public static let ticketPrioritised: EventName = "ticket.prioritised"
    public static let ticketAttachmentAdded: EventName = "ticket.attachmentAdded"
    public static let ticketTagged: EventName = "ticket.tagged"
    public static let ticketSLABreached: EventName = "ticket.slaBreached"
    public static let ticketChanged: EventName = "ticket.changed"
    public static let ticketDeleted: EventName = "ticket.deleted"
}

/// Requests for support, with what was promised about them: how soon they are answered, how soon resolved.
public enum SupportTickets: Collection {
    public static let name = "supporttickets"
    public static let number: CollectionNumber = 14  // On disk. Never reused.
    public static let summary = "A user's request for support: what about, who sees to it, and whether it was in time."

    // MARK: What it stores

    public struct Attachment: FieldSet {
        public let fileID = Field.string("fileId").required()
        public let filename = Field.string("filename").required().personal()
        public let url = Field.string("url").required().personal()
        /// In bytes.
        public let size = Field.number("size")
        public let mimeType = Field.string("mimeType")
        public init() {}
    }

    public struct Fields: FieldSet {
        public let ticketID = Field.string("ticketId").required().numbered(prefix: "TICKET-")
            .changed(by: "ticket.opened")
        public let requesterID = Field.reference("requesterId", to: "users").required().changed(by: "ticket.opened")
        public let title = Field.string("title").required().atMost(200).personal()
        public let description = Field.string("description").required().personal()
        public let category = Field.string("category").required()
            .oneOf("account", "billing", "technical", "feature", "bug", "integration")
        public let priority = Field.string("priority").oneOf("low", "medium", "high", "critical")
            .defaulting(to: "medium").changed(by: "ticket.prioritised")
        public let status = Field.string("status")
            .oneOf("open", "assigned", "in-progress", "waiting", "resolved", "closed")
            .defaulting(to: "open").changed(by: "ticket.assigned, ticket.statusChanged")
        public let assignedTo = Field.reference("assignedTo", to: "users").changed(by: "ticket.assigned")
        public let attachments = Field.objects("attachments", of: Attachment()).changed(by: "ticket.attachmentAdded")
        public let tags = Field.strings("tags", maxLength: 50)
        /// In hours; by priority where not given.
        public let responseTime = Field.number("sla.responseTime").defaulting(to: 24)
            .changed(by: "ticket.prioritised")
        public let resolutionTime = Field.number("sla.resolutionTime").defaulting(to: 72)
            .changed(by: "ticket.prioritised")
        public let breached = Field.boolean("sla.breached").defaulting(to: false).derived(by: "ticket.slaBreached")
        // Not the seed's: what the two times are measured by. Absent until there is something to say.
        /// The time was given: a new priority leaves it as it is.
        public let isResponseTimeGiven = Field.boolean("sla.isResponseTimeGiven")
            .derived(by: "ticket.opened, ticket.prioritised")
        public let isResolutionTimeGiven = Field.boolean("sla.isResolutionTimeGiven")
            .derived(by: "ticket.opened, ticket.prioritised")
        /// The first response.
        public let respondedAt = Field.date("sla.respondedAt").derived(by: "ticket.responded, ticket.statusChanged")
        /// Since when the clock stands: the ticket waits for its requester, or is resolved or closed.
        public let pausedAt = Field.date("sla.pausedAt").derived(by: "ticket.statusChanged")
        /// For how long it stood before.
        public let pausedMilliseconds = Field.integer("sla.pausedMs").derived(by: "ticket.statusChanged")
        /// When the clock went on, or the times were set anew: no breach is dated before.
        public let runsSince = Field.date("sla.runsSince").derived(by: "ticket.statusChanged, ticket.prioritised")
        public let createdAt = Field.timestamp("createdAt")
        public let updatedAt = Field.timestamp("updatedAt")
        public init() {}
    }
    public static let field = Fields()

    public static let indexes = [
        Index(field.ticketID).unique(),
        Index(field.requesterID, field.createdAt.descending),
        Index(field.assignedTo, field.status),
        Index(field.category, field.priority, field.status),
        Index(field.status, field.priority, field.createdAt),
        Index(field.breached),
    ]

    // MARK: What follows

    public static let follows: [EventName] = events.map(\.name)

    public static func apply(_ event: RecordedEvent, to tickets: inout View<Self>) throws(Anomaly) {
        let id = event.resolved(resolved.ticket)
        switch event.type {
        case .ticketOpened: try tickets.insert { open(event, $0) }
        case .ticketResponded:
            try tickets.update(id) { ticket in
                if event.resolved(resolved.isResponse) == true { noteResponse(event, ticket) }
            }
        case .ticketAssigned:
            try tickets.update(id) { ticket in
                ticket.take(field.assignedTo, from: event)
                if ticket[field.status] == "open" { ticket[field.status] = "assigned" }
            }
        case .ticketStatusChanged: try tickets.update(id) { move(event, $0) }
        case .ticketPrioritised:
            try tickets.update(id) { ticket in
                ticket.take(field.priority, from: event)
                setTimes(event, ticket)
                keepGiven(event, ticket)
                ticket.raise(field.runsSince, to: event.time)
            }
        case .ticketAttachmentAdded:
            try tickets.update(id) { $0.push(.document(attachment(event)), to: field.attachments) }
        case .ticketTagged: try tickets.update(id) { $0.addNew(tagged.tags, from: event, to: field.tags) }
        case .ticketSLABreached: try tickets.update(id) { $0[field.breached] = true }
        case .ticketChanged: try tickets.patch(id)
        case .ticketDeleted: try tickets.remove(id)
        default: throw tickets.unexpected()
        }
    }

    private static func open(_ event: RecordedEvent, _ ticket: borrowing Draft<Self>) {
        if ticket[field.assignedTo] != nil { ticket[field.status] = "assigned" }
        // The times come first in their group.
        if event[field.resolutionTime] != nil { ticket[field.resolutionTime] = nil }
        ticket[field.breached] = nil
        setTimes(event, ticket)
        ticket[field.breached] = false
        keepGiven(event, ticket)
    }

    /// The times that the event gives, else those of the priority, which the guard resolved unless others stand.
    private static func setTimes(_ event: RecordedEvent, _ ticket: borrowing Draft<Self>) {
        if let hours = event.resolved(resolved.responseTime) { ticket[wholeResponseTime] = hours }
        if let hours = event.resolved(resolved.resolutionTime) { ticket[wholeResolutionTime] = hours }
        if event[field.responseTime] != nil { ticket.take(field.responseTime, from: event) }
        if event[field.resolutionTime] != nil { ticket.take(field.resolutionTime, from: event) }
    }

    private static func keepGiven(_ event: RecordedEvent, _ ticket: borrowing Draft<Self>) {
        if event[field.responseTime] != nil { ticket[field.isResponseTimeGiven] = true }
        if event[field.resolutionTime] != nil { ticket[field.isResolutionTimeGiven] = true }
    }

    private static func move(_ event: RecordedEvent, _ ticket: borrowing Draft<Self>) {
        ticket.take(field.status, from: event)
        guard let status = event[moved.status] else { return }
        if isPastAssigned(status) { noteResponse(event, ticket) }
        if isStanding(status) {
            if ticket[field.pausedAt] == nil { ticket[field.pausedAt] = event.time }
        } else if let since = ticket[field.pausedAt] {
            ticket[field.pausedAt] = nil
            ticket.add(max(0, event.time.milliseconds - since.milliseconds), to: field.pausedMilliseconds)
            ticket.raise(field.runsSince, to: event.time)
        }
    }

    /// The earliest counts, in whatever order they become known.
    private static func noteResponse(_ event: RecordedEvent, _ ticket: borrowing Draft<Self>) {
        if let first = ticket[field.respondedAt], first <= event.time { return }
        ticket[field.respondedAt] = event.time
    }

    private static func attachment(_ event: RecordedEvent) -> Document {
        var attachment = Document()
        attachment.append("_id", .objectID(event.derivedID("attachments")))
        for descriptor in Attachment().descriptors {
            if let value = event.data[descriptor.path], !value.isNull {
                attachment.append(descriptor.name, value.owned())
            }
        }
        return attachment
    }
}
