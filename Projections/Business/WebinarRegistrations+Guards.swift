internal import BSON
internal import Schema

extension WebinarRegistrations {
    static func create(_ context: GuardContext) {
        context.concerns(user: context[field.userID], orEmail: context[field.email])
        context.resolve(resolved.registration, context.documentID)
        context.resolve(resolved.user, context.require(Users.self, field.userID)?.id)
        guard let webinar = context.require(Webinars.self, Webinars.field.webinarID, by: field.webinarID) else {
            return
        }
        context.resolve(resolved.webinar, webinar.id)
        context.resolve(resolved.details, .document(details(of: webinar, context)))
        demand(webinar, ["scheduled"], field.webinarID, context)
        demandPlace(in: webinar, field.webinarID, context)
    }

    /// What the caller said of the webinar, and what it says of itself.
    private static func details(of webinar: Existing<Webinars>, _ context: GuardContext) -> Document {
        var details = Document()
        func add<Wrapped>(_ own: Field<Wrapped>, _ given: Field<Wrapped>) {
            for value in [context.data[given.path], webinar.raw[own.path]] {
                guard let value, !value.isNull else { continue }
                return details.append(own.descriptor.name, value.owned())
            }
        }
        add(Webinars.field.title, field.title)
        add(Webinars.field.date, field.date)
        add(Webinars.field.duration, field.duration)
        add(Webinars.field.instructor, field.instructor)
        return details
    }

    static func change(_ context: GuardContext) {
        if let (registration, _) = known(context) { concerns(registration, context) }
    }

    static func confirm(_ context: GuardContext) {
        guard let (registration, webinar) = known(context) else { return }
        demand(registration, ["pending", "cancelled"], context)
        demand(webinar, ["scheduled"], field.registrationID, context)
        // A pending one holds its place already.
        if registration[field.status] == "cancelled" { demandPlace(in: webinar, field.registrationID, context) }
    }

    static func cancel(_ context: GuardContext) {
        guard let (registration, _) = known(context) else { return }
        demand(registration, ["pending", "confirmed"], context)
    }

    static func attend(_ context: GuardContext) {
        guard let (registration, webinar) = known(context) else { return }
        demand(registration, ["pending", "confirmed", "no-show"], context)
        demand(webinar, ["scheduled", "completed"], field.registrationID, context)
    }

    static func miss(_ context: GuardContext) {
        guard let (registration, webinar) = known(context) else { return }
        demand(registration, ["pending", "confirmed"], context)
        demand(webinar, ["scheduled", "completed"], field.registrationID, context)
    }

    /// Also by one who is not yet known to have come: attendance may be noted later.
    static func giveFeedback(_ context: GuardContext) {
        guard let (registration, webinar) = known(context) else { return }
        concerns(registration, context)
        demand(registration, ["confirmed", "attended"], context)
        demand(webinar, ["scheduled", "completed"], field.registrationID, context)
    }

    // MARK: What they share

    /// The registration that the event names, with its webinar: that is there as long as it has registrations.
    static func known(_ context: GuardContext) -> (Existing<Self>, Existing<Webinars>)? {
        guard let registration = context.require(Self.self, field.registrationID, by: named.registrationID),
            let webinarID = registration[field.webinarID],
            let webinar = context.find(Webinars.self, (Webinars.field.webinarID, webinarID))
        else { return nil }
        context.resolve(resolved.registration, registration.id)
        context.resolve(resolved.webinar, webinar.id)
        context.resolve(resolved.user, registration[field.userID])
        context.resolve(resolved.wasStatus, registration[field.status])
        context.resolve(resolved.wasRating, registration[field.rating])
        return (registration, webinar)
    }

    private static func concerns(_ registration: Existing<Self>, _ context: GuardContext) {
        context.concerns(user: registration[field.userID], orEmail: registration[field.email])
    }

    private static func demand(_ registration: Existing<Self>, _ statuses: [String], _ context: GuardContext) {
        let status = registration[field.status] ?? "confirmed"
        if !statuses.contains(status) {
            let wanted = statuses.joined(separator: " or ")
            context.refuse(
                .state, field.registrationID,
                "the registration is \(status); \(context.type) is for one that is \(wanted)")
        }
    }

    /// `place`: the field that named the webinar, or a registration for it.
    private static func demand(
        _ webinar: Existing<Webinars>, _ statuses: [String], _ place: Field<String>, _ context: GuardContext
    ) {
        let status = webinar[Webinars.field.status] ?? "scheduled"
        if !statuses.contains(status) {
            let wanted = statuses.joined(separator: " or ")
            context.refuse(.state, place, "the webinar is \(status); \(context.type) needs one that is \(wanted)")
        }
    }

    private static func demandPlace(in webinar: Existing<Webinars>, _ place: Field<String>, _ context: GuardContext) {
        guard let capacity = webinar[Webinars.field.capacity] else { return }
        if webinar.count(Webinars.field.registrations) >= capacity {
            context.refuse(
                .limit, place,
                "all \(capacity) places are taken: wait for a cancellation, or raise capacity with webinar.changed")
        }
    }
}
