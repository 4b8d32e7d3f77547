/// Makes CloudEvents of all event types that callers emit, one JSON line each.
///
/// The same arguments give the same bytes. The generator keeps a model of what its events did, so everything it says is
/// true: references exist, statuses allow the change, nobody likes a thing twice. Memory is bounded by the number of
/// users (about 120 bytes each, and their subscriptions); of sessions, posts, comments, transactions and the like the
/// newest are kept.
public struct EventGenerator {
    /// What is wrong with the last event; nil when it is good.
    public private(set) var lastFault: Fault?
    /// The events made, good and bad.
    public internal(set) var count = 0
    /// The time of the last event, in milliseconds since 1970. It never goes backwards.
    public private(set) var now: Int64

    var random: SplitMix64
    let vocabulary: Vocabulary
    let identity: Identity

    let places: Int
    var people: [Person] = []
    var vacancies: [Int] = []
    var activePeople = 0
    var lastDeleted: (seconds: UInt32, serial: UInt32)?
    /// Of the one who was deleted last, until what is known of them is erased.
    var isLastDeletedKnown = false
    /// Who wants to be erased.
    var leaving = PersonReference.none
    var lastErased: (seconds: UInt32, serial: UInt32)?
    /// The user somebody tries to log in as.
    var attacked = PersonReference.none

    var agents: [AgentState] = []
    var subscriptions: [SubscriptionState] = []
    var subscriptionVacancies: [Int] = []
    var sessions: Ring<SessionState>
    /// `messagesPerSession` for each place of `sessions`.
    var messages: [MessageState]
    var posts: Ring<PostState>
    var comments: Ring<CommentState>
    var deepest: (post: UInt32, comment: UInt32)?
    var transactions: Ring<TransactionState>
    var experiments: Ring<ExperimentState>
    var projects: Ring<ProjectState>
    /// `collaboratorsPerProject` for each place of `projects`.
    var collaborators: [CollaboratorState]
    var jobs: Ring<JobState>
    var applications: Ring<ApplicationState>
    var webinars: Ring<WebinarState>
    var registrations: Ring<RegistrationState>
    var reviews: Ring<ReviewState>
    var contacts: Ring<ContactState>
    var lastContact = DayNumber()
    var tickets: Ring<TicketState>
    var lastTicket = DayNumber()
    var definitions = [DefinitionState](repeating: DefinitionState(), count: Self.definitionCount)
    var visits: Ring<VisitState>
    var toolUses: Ring<ToolUseState>
    var personalizations: Ring<PersonalizationState>
    var timers = TimerQueue()
    var serials = Serials()

    private let table: KindTable
    private let meanGap: Int
    private let faultShare: Int
    private let emitsSchedulerEvents: Bool
    let plainPasswordShare: Int
    private(set) var tour: [EventKind]
    private var isToursTurn = true
    private var counts = [Int](repeating: 0, count: EventKind.allCases.count)
    private var faults = [Int](repeating: 0, count: Fault.allCases.count)

    static let messagesPerSession = 4
    static let collaboratorsPerProject = 6

    /// - `users`: the most users alive at any time; at least 8.
    /// - `start`: the moment the first event follows, in milliseconds since 1970.
    /// - `errorRate`: the share of events that must be refused, 0 to 1. They leave the model as it is.
    /// - `eventsPerDay`: how fast time passes; by default four for each user, 200 to 100,000.
    /// - `tours`: whether every type is shown early (within 2,000 events); by default with the mix `.everything`.
    /// - `timers`: whether the scheduler's events (unlocked, lapsed, expired) are made here, at their due moments.
    ///   Without, they are left to a scheduler that runs on the time of the stream.
    /// - `plainPasswordShare`: the share of passwords in plaintext, which cost the reader a slow hash each; the others
    ///   are hashes already.
    public init(
        seed: UInt64, users: Int, start: Int64 = 1_704_067_200_000, mix: Mix = .everything, errorRate: Double = 0,
        eventsPerDay: Int? = nil, tours: Bool? = nil, timers: Bool = true, plainPasswordShare: Double = 0.001
    ) {
        places = max(users, 8)
        now = start
        random = SplitMix64(seed: seed)
        vocabulary = Vocabulary(seed: seed)
        identity = Identity(seed: seed)
        let recent = min(max(places, 512), 32_768)
        sessions = Ring(capacity: recent)
        messages = Array(repeating: MessageState(), count: recent * Self.messagesPerSession)
        posts = Ring(capacity: recent)
        comments = Ring(capacity: recent * 2)
        transactions = Ring(capacity: recent)
        experiments = Ring(capacity: recent)
        projects = Ring(capacity: recent)
        collaborators = Array(repeating: CollaboratorState(), count: recent * Self.collaboratorsPerProject)
        jobs = Ring(capacity: min(recent, 512))
        applications = Ring(capacity: recent)
        webinars = Ring(capacity: recent)
        registrations = Ring(capacity: recent * 2)
        reviews = Ring(capacity: recent)
        contacts = Ring(capacity: recent)
        tickets = Ring(capacity: recent)
        visits = Ring(capacity: recent)
        toolUses = Ring(capacity: recent)
        personalizations = Ring(capacity: recent)
        table = KindTable(mix)
        meanGap = 86_400_000 / max(eventsPerDay ?? min(max(places * 4, 200), 100_000), 1)
        faultShare = Int((min(max(errorRate, 0), 1) * 1_000_000).rounded())
        emitsSchedulerEvents = timers
        self.plainPasswordShare = Int((min(max(plainPasswordShare, 0), 1) * 1_000_000).rounded())
        let isTouring = tours ?? (mix == .everything)
        tour = isTouring ? EventKind.allCases.filter { timers || !$0.isSchedulers } : []
    }

    /// Every type the mix `.everything` has.
    public static var eventTypes: [String] {
        let drawn = KindTable.kinds(.everything)
        return EventKind.allCases.filter { $0.isTimed || drawn.contains($0) }.map { "\($0.type)" }
    }

    /// How often each type was made; bad events are not counted here.
    public var typeCounts: [String: Int] {
        var result: [String: Int] = [:]
        for kind in EventKind.allCases where counts[Int(kind.rawValue)] > 0 {
            result["\(kind.type)"] = counts[Int(kind.rawValue)]
        }
        return result
    }

    /// How often each fault was made.
    public var faultCounts: [Fault: Int] {
        var result: [Fault: Int] = [:]
        for fault in Fault.allCases where faults[Int(fault.rawValue)] > 0 {
            result[fault] = faults[Int(fault.rawValue)]
        }
        return result
    }

    /// Appends one event to `bytes`: a JSON object in UTF-8 on one line, without the line's end.
    public mutating func next(into bytes: inout [UInt8]) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Line.capacity) { memory in
            var line = Line(memory: memory)
            next(&line)
            bytes.append(contentsOf: line.bytes)
        }
    }

    private mutating func next(_ line: inout Line) {
        lastFault = nil
        if isTouringTurn(), visitNext(&line) { return }
        let then = now + Int64(random.below(2 * meanGap + 1))
        while let timer = timers.first, timer.time <= then {
            if fireFirst(&line) { return }
        }
        now = then
        if faultShare > 0, random.below(1_000_000) < faultShare, makeFault(&line) { return }
        if people.count < 4, attempt(.userRegistered, &line) { return }
        if agents.count < 4 || agents.count < min(24, places / 10), attempt(.agentCreated, &line) { return }
        for _ in 0..<64 where attempt(table.draw(&random), &line) {
            return
        }
        // At least half of the users are always active, so this cannot fail for ever.
        while !attempt(.userLoggedIn, &line) {}
    }

    /// Every second event belongs to the tour while it lasts.
    private mutating func isTouringTurn() -> Bool {
        guard !tour.isEmpty else { return false }
        isToursTurn.toggle()
        return !isToursTurn
    }

    private mutating func visitNext(_ line: inout Line) -> Bool {
        if people.count < 4 { return attempt(.userRegistered, &line) }
        if agents.count < 6 { return attempt(.agentCreated, &line) }
        for kind in tour where !kind.isTimed && attempt(kind, &line) {
            return true
        }
        // What cannot be yet needs something before it.
        for kind in tour where !kind.isTimed {
            guard let first = kind.preparation else { continue }
            if attempt(first, &line) { return true }
            if let second = first.preparation, attempt(second, &line) { return true }
        }
        guard tour.allSatisfy(\.isTimed) else { return false }
        if tour.contains(.userUnlocked), !isAttackedLocked, attempt(.userLoginFailed, &line) { return true }
        if tour.contains(.userPasswordResetExpired), !hasOpenReset, attempt(.userPasswordResetRequested, &line) {
            return true
        }
        if tour.contains(.ticketSLABreached), !owesTicket, attempt(.ticketOpened, &line) { return true }
        if timers.count < 8 {
            let starter: EventKind = random.chance(perMille: 500) ? .userPlanChanged : .agentSubscriptionStarted
            if attempt(starter, &line) { return true }
        }
        // Only time can bring what is left: leap to what is due next.
        while timers.first != nil {
            if fireFirst(&line) { return true }
        }
        return false
    }

    /// Lets the soonest timer fire at its due moment. Returns false when it made no event.
    private mutating func fireFirst(_ line: inout Line) -> Bool {
        guard let timer = timers.removeFirst() else { return false }
        now = max(now, timer.time)
        let length = line.count
        guard let kind = fire(timer, &line) else { return false }
        guard emitsSchedulerEvents || !kind.isSchedulers else {
            line.cut(to: length)
            return false
        }
        tally(kind)
        return true
    }

    private mutating func attempt(_ kind: EventKind, _ line: inout Line) -> Bool {
        guard make(kind, &line) else { return false }
        tally(kind)
        return true
    }

    private mutating func makeFault(_ line: inout Line) -> Bool {
        let offset = random.below(Fault.allCases.count)
        for index in 0..<Fault.allCases.count {
            let fault = Fault.allCases[(offset + index) % Fault.allCases.count]
            guard make(fault, &line) else { continue }
            count += 1
            faults[Int(fault.rawValue)] += 1
            lastFault = fault
            return true
        }
        return false
    }

    private mutating func tally(_ kind: EventKind) {
        count += 1
        counts[Int(kind.rawValue)] += 1
        if !tour.isEmpty, counts[Int(kind.rawValue)] == 1 { tour.removeAll { $0 == kind } }
    }
}
