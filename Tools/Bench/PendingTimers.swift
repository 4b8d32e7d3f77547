internal import Annals
internal import BSON
internal import LMDB
internal import Schema
internal import Views

/// People with something pending each: a password reset, a plan, an agent's subscription, a ticket. Made by ordinary
/// events; what one person waits for falls due at one moment, the next person's later.
struct PendingTimers {
    static let start: Int64 = 1_704_067_200_000
    static let kinds = 4
    private static let day: Int64 = 86_400_000
    /// Between the moments of one person and the next; tickets are numbered within a day.
    private static let step: Int64 = 120_000

    /// The moment when the first so many people's timers are due, and no other.
    static func due(people: Int) -> Int64 { start + day + Int64(people - 1) * step }

    static func id(_ number: Int, kind: UInt64 = 0) -> ObjectID {
        ObjectID(seconds: UInt32(start / 1000), rest: kind << 56 | UInt64(number))
    }

    private static func event(_ id: String, _ type: String, at time: Int64 = start, _ data: Document) -> NewEvent {
        NewEvent(id: id, source: "/bench", type: type, time: DateTime(milliseconds: time), data: data)
    }

    /// What subscriptions need.
    static var agent: NewEvent {
        event(
            "agent", "agent.created",
            [
                "id": "guide", "name": "Guide", "specialty": "Gardening", "description": "Knows plants.",
                "category": "Education", "prompts": ["systemPrompt": "You are a guide."],
                "pricing": ["daily": 1.5, "weekly": 7.5, "monthly": 22.0], "status": "active",
            ])
    }

    static func person(_ number: Int) -> NewEvent {
        event(
            "user-\(number)", "user.registered",
            [
                "_id": .objectID(id(number)), "name": "Ada", "email": .string("u\(number)@users.example"),
                "authMethod": "google",
            ])
    }

    static func reset(_ number: Int, _ request: String) -> NewEvent {
        event(
            "reset-\(request)", "user.passwordResetRequested",
            [
                "userId": .objectID(id(number)), "token": .string("token \(request)"),
                "expiresAt": .dateTime(DateTime(milliseconds: due(people: number + 1))),
            ])
    }

    /// One event for each kind of timer.
    static func pending(_ number: Int) -> [NewEvent] {
        let end = Value.dateTime(DateTime(milliseconds: due(people: number + 1)))
        let user = Value.objectID(id(number))
        return [
            reset(number, "\(number)"),
            event(
                "plan-\(number)", "user.planChanged",
                [
                    "userId": user, "plan": "pro", "status": "active", "amount": 9.99, "currency": "USD",
                    "interval": "month", "currentPeriodEnd": end, "cancelAtPeriodEnd": true,
                ]),
            event(
                "subscription-\(number)", "agentSubscription.started",
                [
                    "_id": .objectID(id(number, kind: 1)), "userId": user, "agentId": "guide", "status": "active",
                    "plan": "daily", "pricing": ["interval": "day", "amount": 1.5, "currency": "USD"],
                    "currentPeriodStart": .dateTime(DateTime(milliseconds: start)), "currentPeriodEnd": end,
                    "autoRenew": false, "cancelAtPeriodEnd": true,
                ]),
            event(
                "ticket-\(number)", "ticket.opened", at: due(people: number + 1) - day,
                [
                    "requesterId": user, "title": "A question", "description": "How does it grow?",
                    "category": "account", "priority": "medium",
                ]),
        ]
    }

    // MARK: What is pending

    /// Entries of all due indexes, and their bytes: key and value with LMDB's header and pointer of 10 bytes.
    static func count(_ snapshot: borrowing ViewSnapshot) throws -> (timers: Int, bytes: Int) {
        var (timers, bytes) = (0, 0)
        for model in snapshot.store.catalogue.collections {
            for (ordinal, tree) in model.trees.enumerated() {
                guard case .timer = tree else { continue }
                try snapshot.scan(model, index: ordinal, from: [], to: []) { (due, key) throws(LMDBError) in
                    timers += 1
                    bytes += 1 + due.count + key.count + 10
                    return true
                }
            }
        }
        return (timers, bytes)
    }
}
