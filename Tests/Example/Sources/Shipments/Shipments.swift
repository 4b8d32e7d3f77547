import Annals

extension EventName {
    static let shipmentSent: EventName = "shipment.sent"
    static let shipmentDelivered: EventName = "shipment.delivered"
    static let shipmentLost: EventName = "shipment.lost"
}

/// Parcels on their way: a collection declared outside of Annals, as any package can.
enum Shipments: Collection {
    static let name = "shipments"
    static let number: CollectionNumber = 1_000
    static let summary = "A parcel on its way."

    // MARK: What it stores

    struct Fields: FieldSet {
        let trackingID = Field.string("trackingId").required().generated(prefix: "ship_")
        let city = Field.string("city").required().trimmed()
        let weight = Field.number("weight").atLeast(0)
        let status = Field.string("status").oneOf("sent", "delivered", "lost").defaulting(to: "sent")
            .changed(by: "shipment.delivered, shipment.lost")
        /// When it counts as lost.
        let dueAt = Field.date("dueAt")
        let createdAt = Field.timestamp("createdAt")
        let updatedAt = Field.timestamp("updatedAt")
    }
    static let field = Fields()

    static let indexes = [
        Index(field.trackingID).unique(),
        Index(field.city, field.createdAt.descending),
    ]

    // MARK: What may happen

    struct Named: FieldSet {
        let trackingID = Field.string("trackingId").required()
    }
    static let named = Named()

    struct Resolved: FieldSet {
        let shipment = Field.objectID("shipment")
    }
    static let resolved = Resolved()

    static let events = [
        Event.creation(
            .shipmentSent, Self.self, stream: "shipments", key: field.trackingID, "A parcel leaves."),
        Event.fact(
            .shipmentDelivered, named, stream: "shipments", key: named.trackingID, "A parcel arrives.",
            resolves: resolved, guard: settle),
        Event.fact(
            .shipmentLost, named, stream: "shipments", key: named.trackingID, "A parcel has not come in time.",
            resolves: resolved, guard: settle),
    ]

    private static func settle(_ context: GuardContext) {
        guard let shipment = context.require(Self.self, field.trackingID, by: named.trackingID) else { return }
        context.resolve(resolved.shipment, shipment.id)
        if let status = shipment[field.status], status != "sent" {
            context.refuse(.state, named.trackingID, "the parcel is \(status)")
        }
    }

    static let timers = [
        Timer(.shipmentLost, watching: field.status, field.dueAt) { shipment in
            shipment[field.status] == "sent" ? shipment[field.dueAt] : nil
        } data: { shipment in
            ["trackingId": .string(shipment[field.trackingID] ?? "")]
        }
    ]

    // MARK: What follows

    static let follows: [EventName] = [.shipmentSent, .shipmentDelivered, .shipmentLost]

    static func apply(_ event: RecordedEvent, to shipments: inout View<Self>) throws(Anomaly) {
        switch event.type {
        case .shipmentSent: try shipments.insert()
        case .shipmentDelivered:
            try shipments.update(event.resolved(resolved.shipment)) { $0[field.status] = "delivered" }
        case .shipmentLost: try shipments.update(event.resolved(resolved.shipment)) { $0[field.status] = "lost" }
        default: throw shipments.unexpected()
        }
    }
}
