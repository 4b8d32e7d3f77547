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

    var plan = Plan.free
    var isPlanCancelling = false
    var isPlanYearly = false
    var planTimer: UInt16 = 0
    var planEnd: Int64 = 0

    var points: Int = 0
    var spentPoints: Int = 0
    /// Two bits for each reward of the vocabulary: 0 never offered, 1 offered, 2 gone.
    var rewards: UInt32 = 0
    var achievements: UInt8 = 0
    /// A bit for each agent that the user has a review of.
    var reviewed: UInt64 = 0
    /// The first of the user's subscriptions; each names the next. -1 for none.
    var firstSubscription: Int32 = -1

    var availablePoints: Int { points - spentPoints }

    func rewardState(_ index: Int) -> UInt32 {
        rewards >> UInt32(2 * index) & 3
    }

    mutating func setRewardState(_ index: Int, _ state: UInt32) {
        rewards = rewards & ~(3 << UInt32(2 * index)) | state << UInt32(2 * index)
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
