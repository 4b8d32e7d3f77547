import BSON

@testable import Schema

/// A collection whose projector stumbles over some events, chosen by their ids: one in `rate` after it has changed documents, and
/// one before it has looked for any.
enum Failing<C: Collection>: Collection {
    static var name: String { C.name }
    static var number: CollectionNumber { C.number }
    static var summary: String { C.summary }
    static var field: C.Fields { C.field }
    static var indexes: [Index] { C.indexes }
    static var events: [Event] { C.events }
    static var timers: [Timer] { C.timers }
    static var follows: [EventName] { C.follows }
    static var projectorVersion: Int { C.projectorVersion + 1_000 }
    private static var rate: UInt64 { 150 }

    static func apply(_ event: RecordedEvent, to view: inout View<Self>) throws(Anomaly) {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325 ^ UInt64(number.rawValue)
        for byte in event.id { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        let chance = (hash >> 17) % rate
        if chance == 0 { throw Anomaly(number, "stumbled at once") }
        var inner = View<C>(view.storage, view.model, view.event)
        try C.apply(event, to: &inner)
        if chance == 1 { throw Anomaly(number, "stumbled at \(event.position)") }
    }

}

enum Wrapping {
    static func wrap<C: Collection>(_ collection: C.Type) -> any Collection.Type { Failing<C>.self }
}
