/// What the generator remembers of a reward's definition. The first of them are of the vocabulary's rewards, which are
/// offered; the others of its activities, which are claimed by earning points.
struct DefinitionState {
    enum Status: UInt8 { case absent, active, retired }
    enum Frequency: UInt8 { case once, daily, weekly, monthly }

    var status = Status.absent
    var start: Int64 = 0
    /// `.max`: no end.
    var end: Int64 = .max
    /// Timers of another number are stale.
    var timer: UInt16 = 0
    var points = 0
    /// What a claimant needs: points in all, days in a row with a login, a reward redeemed before (-1 for none).
    var leastPoints = 0
    var consecutiveDays: Int64 = 0
    var prerequisite: Int8 = -1

    /// Who claimed it in the present period. It outlives the definition, as claims do.
    var claims = LikeState()
    var period: Int64 = -1
    var last = PersonReference.none
    var lastClaims = 0

    func isOpen(_ now: Int64) -> Bool { status == .active && start <= now && now < end }

    /// Whether the definition, if there is one, lets the person have the reward; how often is another matter.
    func allows(_ person: Person, _ now: Int64) -> Bool {
        if status == .absent { return true }
        guard isOpen(now), person.points >= leastPoints else { return false }
        if consecutiveDays > 0, person.streak(now) < consecutiveDays { return false }
        return prerequisite < 0 || person.rewardState(Int(prerequisite)) == Person.redeemed
    }
}

/// The activities, in the vocabulary's order: what their definitions say each time.
struct ActivityTerms {
    var frequency: DefinitionState.Frequency
    var maxClaims: Int
    var consecutiveDays: Int64 = 0
    var needsSilver = false

    static let all = [
        ActivityTerms(frequency: .daily, maxClaims: 1, consecutiveDays: 1),
        ActivityTerms(frequency: .weekly, maxClaims: 1),
        ActivityTerms(frequency: .monthly, maxClaims: 1),
        ActivityTerms(frequency: .once, maxClaims: 1),
        ActivityTerms(frequency: .daily, maxClaims: 1, consecutiveDays: 2),
        ActivityTerms(frequency: .weekly, maxClaims: 3),
        ActivityTerms(frequency: .once, maxClaims: 2),
        ActivityTerms(frequency: .monthly, maxClaims: 2, needsSilver: true),
    ]
}

extension DefinitionState.Frequency {
    private static let day: Int64 = 86_400_000

    /// The period (UTC) that the moment is in.
    func period(_ now: Int64) -> Int64 {
        switch self {
        case .once: 0
        case .daily: now / Self.day
        // 1970-01-01 was a Thursday.
        case .weekly: (now / Self.day + 3) / 7
        case .monthly: Self.month(now / Self.day)
        }
    }

    /// Months since the year 0, of days since 1970: Howard Hinnant's civil_from_days.
    private static func month(_ days: Int64) -> Int64 {
        let shifted = days + 719_468
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        // From March on, so that leap days come last.
        return (yearOfEra + shifted / 146_097 * 400) * 12 + (5 * dayOfYear + 2) / 153
    }
}
