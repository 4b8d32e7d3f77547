/// What the generator remembers of a user: enough never to say something about the user that cannot be.
struct Person {
    enum Status: UInt8 { case vacant, active, locked, deactivated }
    enum Authentication: UInt8 { case google, github, password }
    enum Plan: UInt8 { case free, pro, enterprise }

    var serial: UInt32
    var createdSeconds: UInt32
    var status = Status.active
    var authentication: Authentication
    var isEmailVerified: Bool
    var emailVersion: UInt16 = 0
    var hasTwoFactor = false
    /// How often backup codes were made, which names the set in force, and how many of that set were used.
    var backupSets: UInt16 = 0
    var backupCodesUsed: UInt8 = 0
    var loginFailures: UInt8 = 0
    /// A reset token that is still good, and the number of its timer.
    var hasResetToken = false
    var resetTimer: UInt16 = 0

    var plan = Plan.free
    var isPlanCancelling = false
    var isPlanYearly = false
    var planTimer: UInt16 = 0
    var planEnd: Int64 = 0

    var points: Int = 0
    var spentPoints: Int = 0
    /// Two bits for each reward of the vocabulary: 0 never offered, or as below.
    var rewards: UInt32 = 0
    static let offered: UInt32 = 1
    static let redeemed: UInt32 = 2
    static let expired: UInt32 = 3
    /// One bit for each of them that is offered until a moment.
    var endingOffers: UInt16 = 0
    /// The day of the last login, since 1970, and the days in a row that ended with it.
    var lastLoginDay: UInt16 = 0
    var loginStreak: UInt16 = 0
    var achievements: UInt8 = 0
    /// A bit for each agent that the user has a review of.
    var reviewed: UInt64 = 0
    /// A bit for each agent that the user has made their own.
    var personalized: UInt64 = 0
    var hasProfile = false
    var hasPreferences = false
    /// The first of the user's subscriptions; each names the next. -1 for none.
    var firstSubscription: Int32 = -1

    var availablePoints: Int { points - spentPoints }

    func rewardState(_ index: Int) -> UInt32 {
        rewards >> UInt32(2 * index) & 3
    }

    mutating func setRewardState(_ index: Int, _ state: UInt32) {
        rewards = rewards & ~(3 << UInt32(2 * index)) | state << UInt32(2 * index)
        if state != Self.offered { endingOffers &= ~(1 << UInt16(index)) }
    }

    mutating func countLogin(_ now: Int64) {
        let day = UInt16(truncatingIfNeeded: now / 86_400_000)
        if day == lastLoginDay { return }
        loginStreak = day == lastLoginDay &+ 1 ? loginStreak &+ 1 : 1
        lastLoginDay = day
    }

    /// Days in a row with a login, up to today or yesterday.
    func streak(_ now: Int64) -> Int64 {
        now / 86_400_000 - Int64(lastLoginDay) > 1 ? 0 : Int64(loginStreak)
    }
}

/// A user by place and serial: places are used again after a deletion, serials never.
struct PersonReference: Equatable {
    var slot: Int32
    var serial: UInt32

    static let none = PersonReference(slot: -1, serial: 0)

    func isActive(in people: [Person]) -> Bool {
        guard slot >= 0 else { return false }
        let index = Int(slot)
        return people[index].serial == serial && people[index].status == .active
    }
}
