internal import BSON
internal import Schema

extension ContactMessages {
    /// What each status may become. A closed message is reopened before anything else is done with it.
    private static let nextStatuses: [String: [String]] = [
        "open": ["in-progress", "waiting", "resolved", "closed"],
        "in-progress": ["open", "waiting", "resolved", "closed"],
        "waiting": ["open", "in-progress", "resolved", "closed"],
        "resolved": ["open", "in-progress", "closed"],
        "closed": ["open"],
    ]

    static func submit(_ context: GuardContext) {
        context.resolve(resolved.message, context.documentID)
        var user = context.require(Users.self, submitted.userID)?.id
        if user == nil, context[submitted.userID] == nil, let email = context[field.email] {
            user = context.find(Users.self, (Users.field.email, email))?.id
        }
        context.resolve(resolved.user, user)
        context.concerns(user: user, orEmail: context[field.email])
        _ = context.require(Users.self, field.assignedTo)
    }

    /// The message that the event names; it is about whoever wrote it, whoever does something with it.
    static func known(_ context: GuardContext) -> Existing<Self>? {
        guard let message = context.require(Self.self, field.ticketID, by: named.ticketID) else { return nil }
        context.concerns(user: message[field.userID], orEmail: message[field.email])
        context.resolve(resolved.message, message.id)
        context.resolve(resolved.user, message[field.userID])
        context.resolve(resolved.wasStatus, message[field.status])
        return message
    }

    static func respond(_ context: GuardContext) {
        _ = context.require(Users.self, responded.responderID)
        guard let message = known(context) else { return }
        refuse(if: ["closed"], message, context)
        let responseID = context[responded.responseID]
        message.raw[field.responses.path]?.document?.forEach { _, response in
            if response.document?.value(named: "responseId")?.string == responseID {
                context.refuse(.unique, responded.responseID, "this message has a response with this responseId")
            }
        }
    }

    static func assign(_ context: GuardContext) {
        _ = context.require(Users.self, assigned.assignedTo)
        guard let message = known(context) else { return }
        context.resolve(resolved.wasAssignedTo, message[field.assignedTo])
        refuse(if: ["resolved", "closed"], message, context)
        if let holder = message[field.assignedTo], holder == context[assigned.assignedTo] {
            context.refuse(.state, assigned.assignedTo, "the message is assigned to this user already")
        }
    }

    static func move(_ context: GuardContext) {
        guard let message = known(context), let next = context[moved.status] else { return }
        let status = message[field.status] ?? "open"
        let allowed = nextStatuses[status] ?? []
        if !allowed.contains(next) {
            let wanted = allowed.joined(separator: ", ")
            context.refuse(.state, moved.status, "the message is \(status); from there it becomes one of: \(wanted)")
        }
    }

    static func prioritise(_ context: GuardContext) {
        guard let message = known(context) else { return }
        context.resolve(resolved.wasPriority, message[field.priority])
        refuse(if: ["resolved", "closed"], message, context)
        if message[field.priority] == context[prioritised.priority] {
            context.refuse(.state, prioritised.priority, "the message has this priority already")
        }
    }

    private static func refuse(if statuses: [String], _ message: Existing<Self>, _ context: GuardContext) {
        let status = message[field.status] ?? "open"
        if statuses.contains(status) {
            context.refuse(
                .state, field.ticketID, "the message is \(status); contact.statusChanged with status open reopens it")
        }
    }
}
