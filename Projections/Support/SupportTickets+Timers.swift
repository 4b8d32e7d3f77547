internal import BSON
public import Schema

/// What is promised about a ticket: a first response and a resolution, each within hours of its opening.
extension SupportTickets {
    public static let timers: [Timer] = [
        Timer(
            .ticketSLABreached, watching: field.breached, field.createdAt, field.responseTime, field.resolutionTime,
            field.respondedAt, field.pausedAt, field.pausedMilliseconds, field.runsSince
        ) { ticket in
            openPromise(ticket)?.due
        } data: { ticket in
            var data = Document()
            guard let promise = openPromise(ticket), let id = ticket[field.ticketID] else { return data }
            data.append(breach.ticketID.descriptor.name, .string(id))
            data.append(breach.missed.descriptor.name, .string(promise.name))
            data.append(breach.dueAt.descriptor.name, .dateTime(promise.due))
            return data
        }
    ]

    /// Hours to the first response and to the resolution.
    static func hours(of priority: String?) -> (response: Int64, resolution: Int64) {
        switch priority {
        case "critical": (1, 8)
        case "high": (4, 24)
        case "low": (48, 120)
        default: (24, 72)
        }
    }

    /// Handles for the whole hours that come with a priority.
    static let wholeResponseTime = Field.integer(field.responseTime.descriptor.name)
    static let wholeResolutionTime = Field.integer(field.resolutionTime.descriptor.name)

    /// Whoever gives a ticket this status has seen to it: that is a response.
    static func isPastAssigned(_ status: String) -> Bool { status != "open" && status != "assigned" }

    /// The clock stands while the ticket waits for its requester, and while it is resolved or closed.
    static func isStanding(_ status: String) -> Bool { ["waiting", "resolved", "closed"].contains(status) }

    /// The promise that is broken first unless it is kept by then, or that was kept too late; `nil` where there is none,
    /// or one was broken already.
    static func openPromise(_ ticket: RawDocument) -> (name: String, due: DateTime)? {
        guard ticket[field.breached] != true, let opened = ticket[field.createdAt] else { return nil }
        let earliest = ticket[field.runsSince] ?? opened
        func due(_ hours: Double?, after paused: Int64, keptAt: DateTime?) -> DateTime? {
            guard let hours else { return nil }
            // Given hours are within bounds: this fits.
            let allowed = Int64((min(max(hours, 0), longestHours) * 3_600_000).rounded())
            let due = max(DateTime(milliseconds: opened.milliseconds &+ allowed &+ paused), earliest)
            return keptAt.map { $0 <= due } == true ? nil : due
        }
        let response = due(ticket[field.responseTime], after: 0, keptAt: ticket[field.respondedAt])
        let resolution = due(
            ticket[field.resolutionTime], after: ticket[field.pausedMilliseconds] ?? 0, keptAt: ticket[field.pausedAt])
        if let response, resolution.map({ response <= $0 }) ?? true { return ("response", response) }
        return resolution.map { ("resolution", $0) }
    }
}
