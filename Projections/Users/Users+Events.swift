public import BSON
public import Schema

// What may happen to an account.
extension Users {
    /// How events name an account: users have no business key, so the key is `_id`.
    public static let userID = Field.reference("userId", to: "users").required()

    /// What the guards of activities resolve: when the user registered.
    public static let userSince = Field.date("userSince")

    public struct Named: FieldSet {
        public let userID = Users.userID
        public let reason = Field.string("reason")
        public init() {}
    }
    public struct NewEmail: FieldSet {
        public let userID = Users.userID
        public let email = Users.field.email
        public init() {}
    }
    public struct VerifiedEmail: FieldSet {
        public let userID = Users.userID
        /// Where given, the address that was verified: an old one is refused.
        public let email = Field.string("email").lowercased().personal()
        public init() {}
    }
    public struct NewPassword: FieldSet {
        public let userID = Users.userID
        public let password = Field.string("password").required().password(atLeast: 8)
        public init() {}
    }
    public struct PasswordReset: FieldSet {
        public let userID = Users.userID
        public let token = Field.string("token").required().token()
        public let expiresAt = Field.date("expiresAt").required()
        public init() {}
    }
    public struct SecondFactor: FieldSet {
        public let userID = Users.userID
        public let backupCodes = Field.strings("backupCodes").required().tokens()
        public init() {}
    }
    public struct BackupCode: FieldSet {
        public let userID = Users.userID
        public let code = Field.string("code").required().token()
        public init() {}
    }
    public struct Unlocking: FieldSet {
        public let userID = Users.userID
        /// Where given, the lock that ends: another one stays.
        public let lockedUntil = Field.date("lockedUntil")
        public init() {}
    }
    public struct PasswordResetEnd: FieldSet {
        public let userID = Users.userID
        /// Where given, when the token that ends expires: another one stays.
        public let expiresAt = Field.date("expiresAt")
        public init() {}
    }
    public struct PlanTerms: FieldSet {
        public let userID = Users.userID
        public let plan = Field.string("plan").required().oneOf("free", "pro", "enterprise")
        public let status = Field.string("status").oneOf("active").defaulting(to: "active")
        public let currentPeriodEnd = Field.date("currentPeriodEnd")
        public let cancelAtPeriodEnd = Field.boolean("cancelAtPeriodEnd").defaulting(to: false)
        public let amount = Field.number("amount").atLeast(0)
        public let currency = Field.string("currency").defaulting(to: "USD")
        public let interval = Field.string("interval").oneOf("day", "week", "month", "year")
        public let stripeCustomerID = Field.string("stripeCustomerId")
        public init() {}
    }
    public struct PlanCancellation: FieldSet {
        public let userID = Users.userID
        /// True: the plan stays until its period ends, then lapses. Else it ends at once.
        public let cancelAtPeriodEnd = Field.boolean("cancelAtPeriodEnd").defaulting(to: false)
        public let reason = Field.string("reason")
        public init() {}
    }
    public struct PlanLapse: FieldSet {
        public let userID = Users.userID
        /// Where given, the period that ended: another one goes on.
        public let currentPeriodEnd = Field.date("currentPeriodEnd")
        public init() {}
    }

    public static let newEmail = NewEmail()
    public static let verifiedEmail = VerifiedEmail()
    public static let passwordReset = PasswordReset()
    public static let passwordResetEnd = PasswordResetEnd()
    public static let secondFactor = SecondFactor()
    public static let backupCode = BackupCode()
    public static let unlocking = Unlocking()
    public static let planTerms = PlanTerms()
    public static let planCancellation = PlanCancellation()
    public static let planLapse = PlanLapse()

    public struct Resolved: FieldSet {
        public let user = Field.reference("user", to: "users")
        public let rewards = Field.reference("rewards", to: "userrewards")
        public let userSince = Users.userSince
        /// Of a user who is deleted: they go too.
        public let profile = Field.reference("profile", to: "userprofiles")
        public let preferences = Field.reference("preferences", to: "userpreferences")
        /// Trimmed and case-folded, as locations are counted; absent where there is none after the event.
        public let location = Field.string("location")
        public let wasLocation = Field.string("was.location")
        public let wasPlan = Field.string("was.plan")
        public let wasStatus = Field.string("was.status")
        public let wasAmount = Field.number("was.amount")
        public let wasCurrency = Field.string("was.currency")
        public let wasInterval = Field.string("was.interval")
        public let wasIsActive = Field.boolean("was.isActive")
        public let wasLastLoginAt = Field.date("was.lastLoginAt")
        /// Of a user who is erased: what payments say of them stays until the law lets them go.
        public let isHeld = Field.boolean("isHeld")
        public init() {}
    }
    public static let resolved = Resolved()

    public static let events: [Event] =
        [
            .creation(
                .userRegistered, Users.self, stream: "users", key: Field.objectID("_id"), "Someone opens an account.",
                resolves: resolved, guard: register),
            .patch(
                .userProfileChanged, Users.self, stream: "users", key: userID, "Name, username or profile change.",
                resolves: resolved, guard: changeProfile),
            .patch(
                .userSettingsChanged, Users.self, stream: "users", key: userID, "Preferences change.",
                resolves: resolved, guard: changeSettings),
            .patch(
                .userChanged, Users.self, stream: "users", key: userID, "Any other field changes that callers own.",
                resolves: resolved, guard: change),
            .fact(
                .userEmailChanged, NewEmail(), stream: "users", key: userID, "Another address, not yet verified.",
                resolves: resolved, guard: changeEmail),
            .fact(
                .userEmailVerified, VerifiedEmail(), stream: "users", key: userID, "The address is the user's.",
                resolves: resolved, guard: verifyEmail),
            .fact(
                .userPasswordChanged, NewPassword(), stream: "users", key: userID,
                "A new password; a pending reset ends.", resolves: resolved, guard: { _ = user($0) }),
            .fact(
                .userPasswordResetRequested, PasswordReset(), stream: "users", key: userID,
                "A reset token was sent; the newest one counts.", resolves: resolved, guard: requestPasswordReset),
            .fact(
                .userTwoFactorEnabled, SecondFactor(), stream: "users", key: userID,
                "A second factor is asked for from now on; backup codes stand in for it.", resolves: resolved,
                guard: enableTwoFactor),
            .fact(
                .userTwoFactorDisabled, Named(), stream: "users", key: userID, "No second factor any more.",
                resolves: resolved, guard: disableTwoFactor),
            .fact(
                .userBackupCodeUsed, BackupCode(), stream: "users", key: userID, "A backup code was used: it is gone.",
                resolves: resolved, guard: useBackupCode),
            .fact(
                .userLoggedIn, Named(), stream: "users", key: userID, "A login; failed attempts are forgotten.",
                resolves: resolved, guard: logIn),
            .fact(
                .userLoginFailed, Named(), stream: "users", key: userID,
                "A failed login; the fifth in a row locks the account for two hours.", resolves: resolved,
                guard: { _ = user($0) }),
            .fact(
                .userPasswordResetExpired, PasswordResetEnd(), stream: "users", key: userID,
                "The reset token is good no longer (scheduler).", resolves: resolved, guard: expirePasswordReset),
            .fact(
                .userUnlocked, Unlocking(), stream: "users", key: userID,
                "A lock ends: by the scheduler when it is over, or by hand before.", resolves: resolved, guard: unlock),
            .fact(
                .userPlanChanged, PlanTerms(), stream: "users", key: userID,
                "Another plan, or the same one begun anew.",
                resolves: resolved, guard: changePlan),
            .fact(
                .userPlanRenewed, PlanTerms(), stream: "users", key: userID, "The plan goes on for another period.",
                resolves: resolved, guard: renewPlan),
            .fact(
                .userPlanCancelled, PlanCancellation(), stream: "users", key: userID,
                "The plan is cancelled, at once or at the end of its period.", resolves: resolved, guard: cancelPlan),
            .fact(
                .userPlanLapsed, PlanLapse(), stream: "users", key: userID,
                "The plan's period ended unrenewed (scheduler).", resolves: resolved, guard: lapsePlan),
            .fact(
                .userDeactivated, Named(), stream: "users", key: userID, "The account is closed for now.",
                resolves: resolved, guard: deactivate),
            .fact(
                .userReactivated, Named(), stream: "users", key: userID, "The account is open again.",
                resolves: resolved, guard: reactivate),
            .fact(
                .userDeleted, Named(), stream: "users", key: userID,
                "The account is gone; what the user wrote stays.", resolves: resolved, guard: delete),
        ] + erasureEvents
}
