import Annals
import BSON
import LMDB

/// What a generated stream has too little of, for some of its users after its end: locks that begin and end, levels won and
/// lost again, payments that go back in parts.
enum Afterwards {
    private static let minute: Int64 = 60_000
    private static let points: [Int64] = [300, 1_000, 2_450, 5_000, 10_001, 12, 999, 2_000]

    static func events(_ store: Store) throws -> [NewEvent] {
        var users: [ObjectID] = []
        try store.snapshot().forEachDocument(store.collection("users")) { (_, user) throws(LMDBError) in
            let isPresent = user["isActive"]?.bool == true && user["name"]?.string != "[erased]"
            if isPresent, let id = user["_id"]?.objectID { users.append(id) }
            return users.count < points.count
        }
        return users.enumerated().flatMap { turn, user in events(turn, user) }
    }

    private static func events(_ turn: Int, _ user: ObjectID) -> [NewEvent] {
        var events: [NewEvent] = []
        let base = StreamFixture.start + 900 * 86_400_000 + Int64(turn) * minute
        func add(_ type: String, after minutes: Int64, _ data: [(String, Value)] = []) {
            events.append(
                NewEvent(
                    id: "\(turn)-\(events.count)", source: "/afterwards", type: type,
                    time: DateTime(milliseconds: base + minutes * minute),
                    data: Document([("userId", .objectID(user))] + data)))
        }
        add("user.loggedIn", after: 0)
        // Four leave the account open, five and six lock it.
        for number in 0..<Int64(4 + turn % 3) { add("user.loginFailed", after: 1 + number) }
        switch turn {
        case 1: add("user.loginFailed", after: 2 * 60 + 5)  // The lock has ended a moment before.
        case 2: add("user.loginFailed", after: 2 * 60 + 4)  // It has not.
        case 4: add("user.unlocked", after: 30)
        case 6:
            add("user.loggedIn", after: 20)
            add("user.loginFailed", after: 10)  // From before the login.
            add("user.loggedIn", after: 24 * 60)
        default: break
        }
        add("points.earned", after: 40, [("points", .int64(points[turn])), ("reason", "afterwards")])
        if turn % 2 == 0 { add("points.deducted", after: 41, [("points", 200), ("reason", "too many")]) }
        let payment = ("transactionId", Value.string("after-\(turn)"))
        add("transaction.created", after: 50, [payment, ("type", "one-time"), ("amount", 10.3)])
        add("transaction.completed", after: 51, [payment])
        for amount in [0.1, 0.2] { add("transaction.refunded", after: 52, [payment, ("amount", .double(amount))]) }
        if turn % 3 == 0 { add("transaction.refunded", after: 53, [payment]) }
        return events
    }
}
