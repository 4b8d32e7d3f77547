public import BSON
public import Schema

/// How many of those who registered in one week are still active so many weeks later. A row comes to be with the first
/// registration of its week, the others of that week's cohort with the first activity in theirs.
public enum UserEngagements: Collection {
    public static let name = "userengagements"
    public static let number: CollectionNumber = 29  // On disk. Never reused.
    public static let summary = "A week of registrations and a week since: how many of its users were active then."

    // MARK: What it stores

    public struct Fields: FieldSet {
        /// The ISO week in which these users registered: `2024-W09`.
        public let cohort = Field.string("cohort").required().changed(by: "no event: it names the document")
        /// Monday of that week, midnight UTC.
        public let cohortStart = Field.date("cohortStart").required().changed(by: "no event: it follows the cohort")
        /// Weeks since: 0 is the week of the registration.
        public let week = Field.integer("week").required().atLeast(0).changed(by: "no event: it names the document")
        /// Monday of the week that the row is about.
        public let weekStart = Field.date("weekStart").required().changed(by: "no event: it follows the week")
        /// Users that registered in the cohort's week; one that is deleted later stays one that registered.
        public let cohortSize = Field.counter("cohortSize", by: "user.registered")
        /// Those with any activity in the week, each once; what is taken back later (a message deleted) was activity.
        public let activeUsers = Field.counter("activeUsers", by: UserActivities.activities)
        /// activeUsers / cohortSize
        public let retention = Field.number("retention").within(0...1).defaulting(to: 0)
            .derived(by: "user.registered, " + UserActivities.activities)
        public let createdAt = Field.timestamp("createdAt")
        public let updatedAt = Field.timestamp("updatedAt")
        public init() {}
    }
    public static let field = Fields()

    public static let indexes: [Index] = [
        Index(field.cohort, field.week).unique(),
        Index(field.week, field.cohort),
        Index(field.weekStart.descending),
    ]

    // MARK: What may happen: nothing of its own

    public static let events: [Event] = []

    // MARK: What follows

    /// Whoever has a day in `useractivities` was active in its week. The guard of each activity resolves when the user
    /// registered.
    public static let follows: [EventName] = [.userRegistered] + UserActivities.activityEvents

    public static func apply(_ event: RecordedEvent, to rows: inout View<Self>) throws(Anomaly) {
        if event.type == .userRegistered {
            guard let user = event.resolved(Users.resolved.user) else { throw rows.unexpected() }
            return try register(user, ISOWeek(of: event.time), &rows)
        }
        guard UserActivities.activityEvents.contains(event.type) else { throw rows.unexpected() }
        // Absent where nobody known was active.
        guard let activity = UserActivities.Activity(event), let since = event.resolved(Users.userSince) else { return }
        try countActive(activity.user, since: ISOWeek(of: since), in: ISOWeek(of: activity.moment), &rows)
    }

    /// Adds a user to the cohort: to the week of registration and, where the event is late, to the weeks since.
    private static func register(_ user: ObjectID, _ cohort: ISOWeek, _ rows: inout View<Self>) throws(Anomaly) {
        let first = id(cohort, 0)
        if rows.find(first) == nil { try create(cohort, week: 0, size: 0, &rows) }
        guard let start = rows.find(first), start.remember("cohort", user) else { return }
        var week: Int64? = start.kept("newest") ?? 0
        while let current = week {
            try rows.update(id(cohort, current)) { row in
                row.add(1, to: field.cohortSize)
                setRetention(of: row)
                week = row.kept("before")
            }
        }
    }

    /// An activity before the registration, by the clock of another service, counts into the week of registration.
    private static func countActive(
        _ user: ObjectID, since cohort: ISOWeek, in activity: ISOWeek, _ rows: inout View<Self>
    ) throws(Anomaly) {
        let week = max(0, activity.number - cohort.number)
        let row = id(cohort, week)
        if rows.find(row) == nil { try open(cohort, week: week, &rows) }
        guard rows.find(row)?.remember("users", user) == true else { return }
        try rows.update(row) { row in
            row.add(1, to: field.activeUsers)
            setRetention(of: row)
        }
    }

    /// The rows of a cohort are a list: the first keeps which week came to be last, and each which one did before it.
    private static func open(_ cohort: ISOWeek, week: Int64, _ rows: inout View<Self>) throws(Anomaly) {
        var size: Int64 = 0
        var before: Int64 = 0
        try rows.adjust(id(cohort, 0)) { start in
            size = start[field.cohortSize] ?? 0
            before = start.kept("newest") ?? 0
            start.keep("newest", week)
        }
        try create(cohort, week: week, size: size, &rows)
        try rows.adjust(id(cohort, week)) { row in row.keep("before", before) }
    }

    private static func create(
        _ cohort: ISOWeek, week: Int64, size: Int64, _ rows: inout View<Self>
    ) throws(Anomaly) {
        let names: Document = [
            "cohort": .string(cohort.text), "cohortStart": .dateTime(cohort.start),
            "week": .int32(Int32(clamping: week)),
            "weekStart": .dateTime(ISOWeek(number: cohort.number + week).start),
        ]
        try rows.create(id(cohort, week), from: names) { row in
            row.add(size, to: field.cohortSize)
            row[field.retention] = 0
        }
    }

    private static func setRetention(of row: borrowing Draft<Self>) {
        let size = row[field.cohortSize] ?? 0
        row[field.retention] = size == 0 ? 0 : Double(row[field.activeUsers] ?? 0) / Double(size)
    }

    private static func id(_ cohort: ISOWeek, _ week: Int64) -> ObjectID {
        .natural(name, String(cohort.number), String(week))
    }
}
