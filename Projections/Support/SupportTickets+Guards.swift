internal import BSON
internal import Schema

extension SupportTickets {
    /// What each status may become by itself: ticket.assigned alone makes a ticket assigned, and a closed one is
    /// reopened before anything else is done with it.
    private static let nextStatuses: [String: [String]] = [
        "open": ["in-progress", "waiting", "resolved", "closed"],
        "assigned": ["in-progress", "waiting", "resolved", "closed"],
        "in-progress": ["waiting", "resolved", "closed"],
        "waiting": ["open", "in-progress", "resolved", "closed"],
        "resolved": ["open", "in-progress", "closed"],
        "closed": ["open"],
    ]

    static func open(_ context: GuardContext) {
        context.concerns(user: context[field.requesterID])
        context.resolve(resolved.ticket, context.documentID)
        context.resolve(resolved.user, context.require(Users.self, field.requesterID)?.id)
        let assignee = context.require(Users.self, field.assignedTo)
        if context[opened.status] == "assigned", assignee == nil, context[field.assignedTo] == nil {
            context.refuse(.required, field.assignedTo, "is required when status is assigned")
        }
        let hours = hours(of: context[field.priority])
        if context[opened.responseTime] == nil { context.resolve(resolved.responseTime, hours.response) }
        if context[opened.resolutionTime] == nil { context.resolve(resolved.resolutionTime, hours.resolution) }
        refuseRepeatedFiles(context)
    }

    /// The ticket that the event names; it is about its requester, whoever does something with it.
    static func known(_ context: GuardContext) -> Existing<Self>? {
        guard let ticket = context.require(Self.self, field.ticketID, by: named.ticketID) else { return nil }
        context.concerns(user: ticket[field.requesterID])
        context.resolve(resolved.ticket, ticket.id)
        context.resolve(resolved.user, ticket[field.requesterID])
        context.resolve(resolved.wasStatus, ticket[field.status])
        return ticket
    }

    static func respond(_ context: GuardContext) {
        _ = context.require(Users.self, responded.responderID)
        guard let ticket = known(context) else { return }
        refuse(if: ["closed"], ticket, context)
        let isRequesters = context[responded.responderID].map { $0 == ticket[field.requesterID] } ?? false
        context.resolve(resolved.isResponse, context[responded.isInternal] != true && !isRequesters)
    }

    static func assign(_ context: GuardContext) {
        _ = context.require(Users.self, assigned.assignedTo)
        guard let ticket = known(context) else { return }
        context.resolve(resolved.wasAssignedTo, ticket[field.assignedTo])
        refuse(if: ["resolved", "closed"], ticket, context)
        // A reopened ticket still has its assignee, who may take it on again.
        let status = ticket[field.status] ?? "open"
        if status != "open", let holder = ticket[field.assignedTo], holder == context[assigned.assignedTo] {
            context.refuse(.state, assigned.assignedTo, "the ticket is assigned to this user already")
        }
    }

    static func move(_ context: GuardContext) {
        guard let ticket = known(context), let next = context[moved.status] else { return }
        if next == "assigned" {
            return context.refuse(.elsewhere, moved.status, "is changed by ticket.assigned, which says to whom")
        }
        let status = ticket[field.status] ?? "open"
        let allowed = nextStatuses[status] ?? []
        if !allowed.contains(next) {
            let wanted = allowed.joined(separator: ", ")
            context.refuse(.state, moved.status, "the ticket is \(status); from there it becomes one of: \(wanted)")
        }
    }

    static func prioritise(_ context: GuardContext) {
        guard let ticket = known(context) else { return }
        context.resolve(resolved.wasPriority, ticket[field.priority])
        refuse(if: ["resolved", "closed"], ticket, context)
        let givesResponse = context[prioritised.responseTime] != nil
        let givesResolution = context[prioritised.resolutionTime] != nil
        if ticket[field.priority] == context[prioritised.priority], !givesResponse, !givesResolution {
            context.refuse(
                .state, prioritised.priority, "the ticket has this priority already; give times to set those alone")
        }
        let hours = hours(of: context[prioritised.priority])
        if !givesResponse, ticket[field.isResponseTimeGiven] != true {
            context.resolve(resolved.responseTime, hours.response)
        }
        if !givesResolution, ticket[field.isResolutionTimeGiven] != true {
            context.resolve(resolved.resolutionTime, hours.resolution)
        }
    }

    static func attach(_ context: GuardContext) {
        guard let ticket = known(context) else { return }
        refuse(if: ["closed"], ticket, context)
        let fileID = context[attachmentAdded.fileID]
        ticket.raw[field.attachments.path]?.document?.forEach { _, attachment in
            if attachment.document?.value(named: "fileId")?.string == fileID {
                context.refuse(.unique, attachmentAdded.fileID, "this ticket has an attachment with this fileId")
            }
        }
    }

    static func checkBreach(_ context: GuardContext) {
        guard let ticket = known(context) else { return }
        guard let promise = openPromise(ticket.raw) else {
            return context.refuse(.state, breach.ticketID, "no time of this ticket is running, or its breach is known")
        }
        if let missed = context[breach.missed], missed != promise.name {
            context.refuse(.state, breach.missed, "it is the time to the \(promise.name) that ends first")
        }
        if let dueAt = context[breach.dueAt], dueAt != promise.due {
            context.refuse(.state, breach.dueAt, "the time to the \(promise.name) ends at \(promise.due) now")
        }
        if context.time < promise.due {
            context.refuse(
                .state, breach.ticketID, "the time to the \(promise.name) does not end before \(promise.due)")
        }
    }

    private static func refuseRepeatedFiles(_ context: GuardContext) {
        var seen: Set<String> = []
        context.data[field.attachments.path]?.document?.forEach { _, attachment in
            guard let fileID = attachment.document?.value(named: "fileId")?.string, !seen.insert(fileID).inserted
            else { return }
            context.refuse(.unique, "attachments.fileId", value: fileID, "two attachments have this fileId")
        }
    }

    private static func refuse(if statuses: [String], _ ticket: Existing<Self>, _ context: GuardContext) {
        let status = ticket[field.status] ?? "open"
        if statuses.contains(status) {
            context.refuse(
                .state, field.ticketID, "the ticket is \(status); ticket.statusChanged with status open reopens it")
        }
    }
}
