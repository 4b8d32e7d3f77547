/// What the generator remembers of an agent.
struct AgentState {
    enum Status: UInt8 { case active, maintenance, deprecated, deleted }

    var serial: UInt32
    var createdSeconds: UInt32
    var status = Status.active
    /// Never used by sessions and subscriptions, so that it can be deleted.
    var isSpare: Bool
    var monthlyCents: Int
    var hasColor: Bool
}

struct SubscriptionState {
    enum Status: UInt8 { case vacant, active, paused, cancelled, expired }

    var serial: UInt32
    var createdSeconds: UInt32
    var owner: PersonReference
    var agent: Int32
    var status = Status.active
    /// 0 daily, 1 weekly, 2 monthly.
    var plan: UInt8 = 0
    var autoRenew = true
    var hasPromoCode = false
    /// The place in the list of currencies.
    var currency: UInt8 = 0
    /// How often it was started; it names the Stripe subscription.
    var starts: UInt16 = 0
    /// Timers of another number are stale.
    var timer: UInt16 = 0
    var periodEnd: Int64 = 0
    var next: Int32 = -1

    var isLive: Bool { status == .active || status == .paused }
}

struct SessionState: RingEntry {
    var serial: UInt32
    var owner: PersonReference
    var agent: Int32
    var flags: Flags
    /// Messages sent, ever; it decides whose turn it is.
    var turns: UInt32 = 0
}

/// One of the last messages of a session. Serial 0: none, or deleted.
struct MessageState {
    var serial: UInt32 = 0
    var isAssistants = false
    var isRated = false
}

struct PostState: RingEntry {
    var serial: UInt32
    var owner: PersonReference
    var flags: Flags
    var likes = LikeState()
}

struct CommentState: RingEntry {
    var serial: UInt32
    var owner: PersonReference
    var post: Int32
    var postSerial: UInt32
    var depth: UInt8
    var flags = Flags.active
    var likes = LikeState()
}

struct TransactionState: RingEntry {
    var serial: UInt32
    var owner: PersonReference
    var flags: Flags
    var cents: Int
    var refundedCents = 0
}

struct ExperimentState: RingEntry {
    var serial: UInt32
    var owner: PersonReference
    var flags: Flags
    var isBattle: Bool
    var tags: UInt8
}

struct ProjectState: RingEntry {
    var serial: UInt32
    var owner: PersonReference
    /// A deleted one has the state before too.
    var flags: Flags
    var limit: UInt8
    /// How many of its places for collaborators are taken, from the first on.
    var collaborators: UInt8 = 0
    var files: UInt32 = 0
}

struct CollaboratorState {
    var person = PersonReference.none
    var isEditor = false
}

struct JobState: RingEntry {
    var serial: UInt32
    /// Who posted it.
    var owner: PersonReference
    var flags = Flags.active
    var leastSalary: Int
}

struct ApplicationState: RingEntry {
    var serial: UInt32
    /// None for an applicant without an account.
    var owner: PersonReference
    var job: Int32
    var jobSerial: UInt32
    var flags: Flags
}

struct WebinarState: RingEntry {
    var serial: UInt32
    let owner = PersonReference.none
    var flags = Flags.scheduled
    /// When it begins.
    var date: Int64
    /// 0: without a limit.
    var capacity: Int
    /// Registrations, and those of them that are not cancelled.
    var registrations = 0
    var places = 0
}

struct RegistrationState: RingEntry {
    var serial: UInt32
    /// Nobody for a guest.
    var owner: PersonReference
    var flags: Flags
    var webinar: Int32
    var webinarSerial: UInt32
}

struct ReviewState: RingEntry {
    var serial: UInt32
    var createdSeconds: UInt32
    var owner: PersonReference
    var agent: Int32
    var flags = Flags.active
    var hasComment: Bool
}

struct ContactState: RingEntry {
    var serial: UInt32
    var number: DayNumber
    /// Nobody where a visitor wrote.
    var owner: PersonReference
    var flags = Flags.opened
    var assignee = PersonReference.none
    var priority: Int
    var tags: UInt8 = 0
    var responses: UInt8 = 0
}

struct TicketState: RingEntry {
    var serial: UInt32
    var number: DayNumber
    var owner: PersonReference
    var flags = Flags.opened
    var assignee = PersonReference.none
    var priority: Int
    var tags: UInt8 = 0
    var attachments: UInt8 = 0
    var clock: TicketClock
    /// When its timer fires; timers of another number are stale.
    var due: Int64?
    var timer: UInt16 = 0
}

/// Something that was tracked; nobody's where the visitor is not known.
struct VisitState: RingEntry {
    var serial: UInt32
    var owner: PersonReference
    var flags = Flags.active
}

struct ToolUseState: RingEntry {
    var serial: UInt32
    var createdSeconds: UInt32
    /// Nobody where nobody was signed in.
    var owner: PersonReference
    var tool: Int
    var flags = Flags.active
}

struct PersonalizationState: RingEntry {
    var serial: UInt32
    var createdSeconds: UInt32
    var owner: PersonReference
    var agent: Int32
    var flags = Flags.active
}

/// What is promised about a ticket. All in milliseconds.
struct TicketClock {
    var openedAt: Int64
    var responseTime: Int64
    var resolutionTime: Int64
    var isResponseTimeGiven = false
    var isResolutionTimeGiven = false
    var respondedAt: Int64?
    var pausedAt: Int64?
    var paused: Int64 = 0
    var runsSince: Int64
    var isBroken = false

    /// When the first of the promises is broken that still can be.
    var due: Int64? {
        guard !isBroken else { return nil }
        let response = respondedAt == nil ? max(openedAt + responseTime, runsSince) : .max
        let resolution = pausedAt == nil ? max(openedAt + resolutionTime + paused, runsSince) : .max
        let first = min(response, resolution)
        return first == .max ? nil : first
    }
}

/// A day since 1970, UTC, and a number within it.
struct DayNumber {
    var day: Int64 = 0
    var number = 0

    /// The next one at this moment.
    mutating func next(at milliseconds: Int64) -> DayNumber {
        let today = milliseconds / 86_400_000
        self = DayNumber(day: today, number: day == today ? number + 1 : 1)
        return self
    }
}

/// Who likes a target, without a list: the users of a range of places like it in the order of a permutation, each once;
/// when the range is used up, the places taken since make the next one.
struct LikeState {
    private var low: UInt32 = 0
    private var width: UInt32 = 0
    private var cursor: UInt32 = 0
    /// The last one to like it, unless taken back; and the last one to take it back, who may like it again.
    var last = PersonReference.none
    var removed = PersonReference.none

    /// A place that has not liked the target yet, or nil.
    mutating func nextPlace(of places: Int, salt: UInt32) -> Int? {
        if cursor == width {
            let start = low + width
            guard start < UInt32(places) else { return nil }
            low = start
            width = UInt32(places) - start
            cursor = 0
        }
        let stride: UInt64 = width % 7919 == 0 ? 1 : 7919
        let place = (UInt64(salt) + UInt64(cursor) * stride) % UInt64(width)
        cursor += 1
        return Int(low) + Int(place)
    }
}
