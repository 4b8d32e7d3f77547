public import BSON
public import Schema

/// Accounts: who people are, how they sign in, what they pay for and how much they use.
public enum Users: Collection {
    public static let name = "users"
    public static let number: CollectionNumber = 1  // On disk. Never reused.
    public static let summary = "An account: identity, preferences, security, plan and the counters of its use."

    // MARK: What it stores

    public struct Fields: FieldSet {
        public let email = Field.string("email").required().lowercased().fits(Users.emailRule, Users.isEmail)
            .personal().changed(by: "user.emailChanged")
        public let name = Field.string("name").required().trimmed().personal()
        public let username = Field.string("username").lowercased().fits(Users.usernameRule, Users.isUsername)
            .personal()
        public let password = Field.string("password").required(when: "authMethod", is: "password").password(atLeast: 8)
            .changed(by: "user.passwordChanged")
        public let authMethod = Field.string("authMethod").oneOf("password", "google", "github").defaulting(
            to: "password")
        public let emailVerified = Field.boolean("emailVerified").defaulting(to: false)
            .changed(by: "user.emailVerified, user.emailChanged")
        public let avatar = Field.string("profile.avatar").personal()
        public let bio = Field.string("profile.bio").atMost(500).personal()
        public let location = Field.string("profile.location").personal()
        public let website = Field.string("profile.website").personal()
        public let twitter = Field.string("profile.socialLinks.twitter").personal()
        public let linkedin = Field.string("profile.socialLinks.linkedin").personal()
        public let github = Field.string("profile.socialLinks.github").personal()
        public let theme = Field.string("preferences.theme").oneOf("dark", "light", "system").defaulting(to: "system")
        public let language = Field.string("preferences.language").defaulting(to: "en")
        public let timezone = Field.string("preferences.timezone").defaulting(to: "UTC")
        public let notifiesByEmail = Field.boolean("preferences.notifications.email").defaulting(to: true)
        public let notifiesByPush = Field.boolean("preferences.notifications.push").defaulting(to: true)
        public let notifiesOfMarketing = Field.boolean("preferences.notifications.marketing").defaulting(to: false)
        public let twoFactorEnabled = Field.boolean("security.twoFactorEnabled").defaulting(to: false)
            .changed(by: "user.twoFactorEnabled, user.twoFactorDisabled")
        public let lastLoginAt = Field.date("security.lastLoginAt").derived(by: "user.loggedIn")
        public let loginAttempts = Field.counter(
            "security.loginAttempts", by: "user.loginFailed, user.loggedIn, user.unlocked")
        public let lockedUntil = Field.date("security.lockedUntil")
            .derived(by: "user.loginFailed, user.loggedIn, user.unlocked")
        public let backupCodes = Field.strings("security.backupCodes").tokens()
            .changed(by: "user.twoFactorEnabled, user.twoFactorDisabled, user.backupCodeUsed")
        public let resetPasswordToken = Field.string("security.resetPasswordToken").token()
            .changed(by: "user.passwordResetRequested, user.passwordResetExpired, user.passwordChanged")
        public let resetPasswordExpires = Field.date("security.resetPasswordExpires")
            .changed(by: "user.passwordResetRequested, user.passwordResetExpired, user.passwordChanged")
        public let plan = Field.string("subscription.plan").oneOf("free", "pro", "enterprise").defaulting(to: "free")
            .changed(by: "user.planChanged")
        public let planStatus = Field.string("subscription.status").oneOf("active", "inactive", "cancelled")
            .defaulting(to: "active").changed(by: "user.planChanged, user.planCancelled, user.planLapsed")
        public let stripeCustomerID = Field.string("subscription.stripeCustomerId")
        public let currentPeriodEnd = Field.date("subscription.currentPeriodEnd")
            .changed(by: "user.planChanged, user.planRenewed")
        public let cancelAtPeriodEnd = Field.boolean("subscription.cancelAtPeriodEnd").defaulting(to: false)
            .changed(by: "user.planChanged, user.planCancelled")
        // Three that the seed has not: what revenue loses when the plan ends.
        public let planAmount = Field.number("subscription.amount").derived(by: "user.planChanged, user.planRenewed")
        public let planCurrency = Field.string("subscription.currency").derived(
            by: "user.planChanged, user.planRenewed")
        public let planInterval = Field.string("subscription.interval").derived(
            by: "user.planChanged, user.planRenewed")
        public let totalSessions = Field.counter("stats.totalSessions", by: "session.started, session.deleted")
        public let totalMessages = Field.counter(
            "stats.totalMessages", by: "message.sent, message.deleted, session.deleted")
        public let totalTokens = Field.counter(
            "stats.totalTokens", by: "message.sent, message.edited, message.deleted, session.deleted")
        public let joinedAt = Field.date("stats.joinedAt").defaultingToNow().derived(by: "user.registered")
        public let lastActiveAt = Field.date("stats.lastActiveAt").defaultingToNow()
            .derived(by: "user.loggedIn, message.sent")
        public let isActive = Field.boolean("isActive").defaulting(to: true).changed(
            by: "user.deactivated, user.reactivated")
        public let createdAt = Field.timestamp("createdAt")
        public let updatedAt = Field.timestamp("updatedAt")
        public init() {}
    }
    public static let field = Fields()

    public static let indexes: [Index] = [
        Index(field.email).unique(),
        Index(field.username).unique().sparse(),
        Index(field.stripeCustomerID),
        Index(field.planStatus, field.currentPeriodEnd),
        Index(field.lastActiveAt.descending),
        Index(field.resetPasswordToken),
        Index(field.createdAt.descending),
        Index(field.isActive, field.lastActiveAt.descending),
    ]

    // MARK: What follows

    public static let follows: [EventName] =
        events.map(\.name).filter { $0 != .personErased } + [
            .sessionStarted, .sessionDeleted, .messageSent, .messageEdited, .messageDeleted,
        ]

    /// A fifth failure in a row locks the account for so long.
    static let failuresThatLock: Int64 = 5
    static let lockMilliseconds: Int64 = 2 * 3_600_000

    public static func apply(_ event: RecordedEvent, to users: inout View<Self>) throws(Anomaly) {
        switch event.type {
        case .messageSent, .messageEdited, .messageDeleted:
            guard let owner = event.resolved(ChatMessages.resolved.user) else { return }
            try users.adjust(owner) { user in
                user.add(ChatMessages.messageChange(of: event), to: field.totalMessages)
                user.add(ChatMessages.tokenChange(of: event), to: field.totalTokens)
                if event.type == .messageSent { user.raise(field.lastActiveAt, to: event.time) }
            }
        case .sessionStarted:
            guard let owner = event.resolved(ChatSessions.resolved.user) else { return }
            try users.adjust(owner) { user in user.add(1, to: field.totalSessions) }
        case .sessionDeleted:
            guard let owner = event.resolved(ChatSessions.resolved.user) else { return }
            try users.adjust(owner) { user in
                user.add(-1, to: field.totalSessions)
                user.add(-(event.resolved(ChatSessions.resolved.wasMessageCount) ?? 0), to: field.totalMessages)
                user.add(-(event.resolved(ChatSessions.resolved.wasTotalTokens) ?? 0), to: field.totalTokens)
            }
        case .userRegistered: try users.insert()
        case .userProfileChanged, .userSettingsChanged, .userChanged: try users.patch(event.resolved(resolved.user))
        case .userDeleted: try users.remove(event.resolved(resolved.user))
        case .userDeactivated:
            try users.update(event.resolved(resolved.user)) { user in user[field.isActive] = false }
        case .userReactivated:
            try users.update(event.resolved(resolved.user)) { user in user[field.isActive] = true }
        case .userErased:
            // Deleted before: nothing is left here.
            guard let id = event.resolved(resolved.user) else { return }
            try users.update(id) { user in erase(&user) }
        case .userPlanChanged, .userPlanRenewed, .userPlanCancelled, .userPlanLapsed:
            try users.update(event.resolved(resolved.user)) { user in changePlan(event, &user) }
        default:
            guard signInEvents.contains(event.type) else { throw users.unexpected() }
            try users.update(event.resolved(resolved.user)) { user in changeSignIn(event, &user) }
        }
    }

    private static func changePlan(_ event: RecordedEvent, _ user: inout Draft<Self>) {
        switch event.type {
        case .userPlanCancelled where event[planCancellation.cancelAtPeriodEnd] == true:
            user[field.cancelAtPeriodEnd] = true
        case .userPlanCancelled:
            user[field.planStatus] = "cancelled"
        case .userPlanLapsed:
            user[field.planStatus] = "inactive"
            user[field.cancelAtPeriodEnd] = false
        default:
            user.take(field.plan, from: event, planTerms.plan)
            user.take(field.planStatus, from: event, planTerms.status)
            user.take(field.cancelAtPeriodEnd, from: event, planTerms.cancelAtPeriodEnd)
            user.take(field.stripeCustomerID, from: event, planTerms.stripeCustomerID)
            user[field.currentPeriodEnd] = event[planTerms.currentPeriodEnd]
            let isPaid = event[planTerms.plan] != "free"
            user[field.planAmount] = isPaid ? event[planTerms.amount] : nil
            user[field.planCurrency] = isPaid ? event[planTerms.currency] : nil
            user[field.planInterval] = isPaid ? event[planTerms.interval] : nil
        }
    }

    private static let signInEvents: Set<EventName> = [
        .userLoggedIn, .userLoginFailed, .userUnlocked, .userEmailChanged, .userEmailVerified, .userPasswordChanged,
        .userPasswordResetRequested, .userPasswordResetExpired, .userTwoFactorEnabled, .userTwoFactorDisabled,
        .userBackupCodeUsed,
    ]

    private static func changeSignIn(_ event: RecordedEvent, _ user: inout Draft<Self>) {
        switch event.type {
        case .userLoggedIn:
            user.raise(field.lastLoginAt, to: event.time)
            user.raise(field.lastActiveAt, to: event.time)
            user[field.loginAttempts] = 0
            user[field.lockedUntil] = nil
        case .userLoginFailed: countFailure(event, &user)
        case .userUnlocked:
            user[field.loginAttempts] = 0
            user[field.lockedUntil] = nil
        case .userEmailChanged:
            user.take(field.email, from: event)
            user[field.emailVerified] = false
        case .userEmailVerified: user[field.emailVerified] = true
        case .userPasswordChanged:
            user.take(field.password, from: event)
            user[field.resetPasswordToken] = nil
            user[field.resetPasswordExpires] = nil
        case .userPasswordResetRequested:
            user.take(field.resetPasswordToken, from: event, passwordReset.token)
            user.take(field.resetPasswordExpires, from: event, passwordReset.expiresAt)
        case .userPasswordResetExpired:
            user[field.resetPasswordToken] = nil
            user[field.resetPasswordExpires] = nil
        case .userTwoFactorEnabled:
            user[field.twoFactorEnabled] = true
            user.take(field.backupCodes, from: event, secondFactor.backupCodes)
        case .userTwoFactorDisabled:
            user[field.twoFactorEnabled] = false
            user[field.backupCodes] = []
        default:
            guard let code = event[backupCode.code] else { return }
            user.pull(from: field.backupCodes) { $0.string == code }
        }
    }

    private static func countFailure(_ event: RecordedEvent, _ user: inout Draft<Self>) {
        // A late failure, from before the last login, is past.
        if let login = user[field.lastLoginAt], login > event.time { return }
        if let end = user[field.lockedUntil], end <= event.time {
            user[field.loginAttempts] = 0
            user[field.lockedUntil] = nil
        }
        user.add(1, to: field.loginAttempts)
        if user[field.loginAttempts] ?? 0 >= failuresThatLock, user[field.lockedUntil] == nil {
            user[field.lockedUntil] = DateTime(milliseconds: event.time.milliseconds + lockMilliseconds)
        }
    }
}
