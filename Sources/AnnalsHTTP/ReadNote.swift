internal import BSON
internal import Synchronization

/// What a route tells of a read while it answers it, for the audit trail.
final class ReadNote: Sendable {
    struct Sums {
        var examined: Int?
        var returned = 0
    }

    private let question = Mutex<Document?>(nil)
    private let sums = Mutex(Sums())

    /// The body, as it was read. Nothing but its shape is kept.
    func asks(_ body: Document) { question.withLock { $0 = body } }

    /// Documents, events or values: of the answer, and looked at, where that is known.
    func add(returned: Int = 0, examined: Int? = nil) {
        sums.withLock { sums in
            sums.returned += returned
            if let examined { sums.examined = (sums.examined ?? 0) + examined }
        }
    }

    var body: Document? { question.withLock { $0 } }

    /// What was told since the last time.
    func taken() -> Sums {
        sums.withLock { sums in
            defer { sums = Sums() }
            return sums
        }
    }
}
