import Annals
import BSON

/// More tools used and pages seen than the generator makes, and more of them taken back later.
enum Visits {
    /// One event in ten is dated up to twelve days back.
    static func late(_ events: [NewEvent]) -> [NewEvent] {
        var events = events
        for index in events.indices where index % 10 == 9 {
            let back = Int64(index * 7_919 % (12 * 24)) * 3_600_000
            events[index].time = events[index].time.map { DateTime(milliseconds: $0.milliseconds - back) }
        }
        return events
    }

    static func among(_ events: [NewEvent]) -> [NewEvent] {
        var result: [NewEvent] = []
        var uses: [(ObjectID, String)] = []
        for (index, event) in events.enumerated() {
            result.append(event)
            guard index % 9 == 8, !["user.deleted", "user.erased"].contains(event.type) else { continue }
            let turn = index / 9
            let user = turn % 5 == 4 ? nil : event.data["userId"]
            let id = ObjectID.natural("visits", String(index))
            let name = "visit-\(index)"
            func add(_ type: String, _ data: [(String, Value)]) {
                result.append(NewEvent(id: name, source: "/visits", type: type, time: event.time, data: Document(data)))
            }
            let known: [(String, Value)] = user.map { [("userId", $0)] } ?? []
            switch turn % 7 {
            case 0, 1:
                add(
                    "tool.used",
                    known + [
                        ("_id", .objectID(id)), ("toolName", "api-tester"), ("toolCategory", "network"),
                        ("action", "test"),
                    ])
                uses.append((id, ""))
            case 2, 3, 4:
                let type: Value = turn % 3 > 0 ? "page_view" : "button_click"
                add(
                    "analytics.tracked",
                    known + [("eventId", .string(name)), ("eventType", type), ("eventName", "visited")])
                uses.append((id, name))
            default:
                guard uses.count > 3 else { continue }
                let (use, eventID) = uses.remove(at: index % uses.count)
                if eventID.isEmpty {
                    add("tool.deleted", [("_id", .objectID(use))])
                } else {
                    add("analytics.deleted", [("eventId", .string(eventID))])
                }
            }
        }
        return result
    }
}
