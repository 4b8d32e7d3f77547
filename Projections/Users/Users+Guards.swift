internal import BSON
internal import Schema

extension Users {
    /// A plan that renews by itself lapses only this long after its period, since the renewal is another service's word.
    static let graceMilliseconds: Int64 = 72 * 3_600_000

    /// The account that the event names.
    static func user(_ context: GuardContext) -> Existing<Users>? {
        guard let user = context.require(Users.self, userID) else { return nil }
        context.resolveOwner(resolved.user, user.id)
        return user
    }

    /// What counters elsewhere (locations, plans, revenue) depend on, as it was before the event.
    static func resolvePrior(_ user: Existing<Users>, _ context: GuardContext) {
        context.resolve(resolved.wasLocation, user[field.location].flatMap(foldedLocation))
        context.resolve(resolved.wasPlan, user[field.plan])
        context.resolve(resolved.wasStatus, user[field.planStatus])
        context.resolve(resolved.wasAmount, user[field.planAmount])
        context.resolve(resolved.wasCurrency, user[field.planCurrency])
        context.resolve(resolved.wasInterval, user[field.planInterval])
        context.resolve(resolved.wasIsActive, user[field.isActive])
    }

    static func register(_ context: GuardContext) {
        context.resolveOwner(resolved.user, context.documentID)
        context.resolve(resolved.location, context[field.location].flatMap(foldedLocation))
    }

    // MARK: Patches

    static func changeProfile(_ context: GuardContext) {
        checkPatch(context, of: "name, username and profile") { path in
            path == "name" || path == "username" || path.hasPrefix("profile.")
        }
    }

    static func changeSettings(_ context: GuardContext) {
        checkPatch(context, of: "preferences") { $0.hasPrefix("preferences.") }
    }

    static func change(_ context: GuardContext) {
        checkPatch(context, of: "any field") { _ in true }
    }

    private static func checkPatch(_ context: GuardContext, of subject: String, _ covers: (String) -> Bool) {
        let user = user(context)
        for path in context.patchedPaths where !covers(path) {
            context.refuse(.elsewhere, path, "\(context.type) is about \(subject); use user.changed for this field")
        }
        checkUsername(context, user)
        guard let user else { return }
        if context.valueSet(field.authMethod)?.string == "password", user[field.password] == nil {
            context.refuse(
                .state, "set.authMethod", value: "password", "needs a password: send user.passwordChanged first")
        }
        let changesLocation = context.patches(field.location)
        guard changesLocation else { return }
        resolvePrior(user, context)
        context.resolve(resolved.location, context.valueSet(field.location)?.string.flatMap(foldedLocation))
    }

    /// A patch brings no new document, so the engine leaves its unique fields to the guard.
    private static func checkUsername(_ context: GuardContext, _ user: Existing<Users>?) {
        guard let value = context.valueSet(field.username) else { return }
        guard let username = value.string else {
            return context.refuse(.cast, "set.username", "null is no username: unset it instead")
        }
        if let holder = context.find(Users.self, (field.username, username)), holder.id != user?.id {
            context.refuse(.unique, "set.username", "is another user's: choose another one")
        }
    }

    // MARK: Sign-in

    static func changeEmail(_ context: GuardContext) {
        let user = user(context)
        guard let email = context[newEmail.email], let holder = context.find(Users.self, (field.email, email)) else {
            return
        }
        if holder.id == user?.id {
            context.refuse(.state, newEmail.email, "is this user's address already")
        } else {
            context.refuse(.unique, newEmail.email, "is another user's address")
        }
    }

    static func verifyEmail(_ context: GuardContext) {
        guard let user = user(context) else { return }
        if user[field.emailVerified] == true {
            context.refuse(.state, userID, "this user's address is verified already")
        }
        if let email = context[verifiedEmail.email], email != user[field.email] {
            context.refuse(.state, verifiedEmail.email, "is not the user's address any more")
        }
    }

    static func requestPasswordReset(_ context: GuardContext) {
        _ = user(context)
        if let expiry = context[passwordReset.expiresAt], expiry <= context.time {
            context.refuse(.condition, passwordReset.expiresAt, "must be later than the event")
        }
    }

    static func enableTwoFactor(_ context: GuardContext) {
        if let user = user(context), user[field.twoFactorEnabled] == true {
            context.refuse(.state, userID, "this user has a second factor already: send user.twoFactorDisabled first")
        }
        if context.data.value(named: "backupCodes")?.document?.isEmpty == true {
            context.refuse(.required, "backupCodes", "at least one backup code is needed")
        }
    }

    static func disableTwoFactor(_ context: GuardContext) {
        guard let user = user(context), user[field.twoFactorEnabled] != true else { return }
        context.refuse(.state, userID, "this user has no second factor")
    }

    static func useBackupCode(_ context: GuardContext) {
        guard let user = user(context), let code = context[backupCode.code] else { return }
        var isKnown = false
        user.raw[field.backupCodes.path]?.document?.forEach { _, stored in
            isKnown = isKnown || stored.string == code
        }
        if !isKnown {
            context.refuse(.exists, "code", "is none of this user's unused backup codes")
        }
    }

    static func logIn(_ context: GuardContext) {
        guard let user = user(context), let id = user.id else { return }
        if refuseErased(id, context) { return }
        if user[field.isActive] == false {
            context.refuse(.state, userID, "this user is deactivated: send user.reactivated first")
        }
        if let end = user[field.lockedUntil], end > context.time {
            context.refuse(.state, userID, "this user is locked until \(end): send user.unlocked first")
        }
        context.resolve(resolved.rewards, .natural(UserRewards.name, id))
        context.resolveUserSince(id)
        context.resolve(resolved.wasLastLoginAt, user[field.lastLoginAt])
    }

    static func unlock(_ context: GuardContext) {
        guard let user = user(context) else { return }
        guard let end = user[field.lockedUntil] else {
            return context.refuse(.state, userID, "this user is not locked")
        }
        if let due = context[unlocking.lockedUntil], due != end {
            context.refuse(.state, unlocking.lockedUntil, "that lock is over; the present one ends at \(end)")
        }
    }

    static func expirePasswordReset(_ context: GuardContext) {
        guard let user = user(context) else { return }
        guard let end = user[field.resetPasswordExpires], user[field.resetPasswordToken] != nil else {
            return context.refuse(.state, userID, "this user has no reset token that could expire")
        }
        if let due = context[passwordResetEnd.expiresAt], due != end {
            context.refuse(
                .state, passwordResetEnd.expiresAt, "that token is gone; the present one is good until \(end)")
        }
        if context.time < end {
            context.refuse(.state, userID, "the token is good until \(end): use user.passwordChanged to end it now")
        }
    }

    // MARK: Plans

    static func changePlan(_ context: GuardContext) {
        checkTerms(context)
        guard let user = user(context) else { return }
        resolvePrior(user, context)
        context.resolve(resolved.location, user[field.location].flatMap(foldedLocation))
    }

    static func renewPlan(_ context: GuardContext) {
        checkTerms(context)
        guard let user = user(context) else { return }
        resolvePrior(user, context)
        if !isRunning(user) {
            context.refuse(.state, userID, "this user has no paid, active plan to renew: use user.planChanged")
        } else if user[field.cancelAtPeriodEnd] == true {
            context.refuse(.state, userID, "the plan was cancelled to the end of its period: use user.planChanged")
        }
        if let plan = context[planTerms.plan], let now = user[field.plan], plan != now {
            context.refuse(.state, planTerms.plan, "the user's plan is \(now): use user.planChanged for another one")
        }
        if let end = context[planTerms.currentPeriodEnd], let now = user[field.currentPeriodEnd], end <= now {
            context.refuse(.condition, planTerms.currentPeriodEnd, "must be later than the end now, \(now)")
        }
    }

    /// A paid plan has a period and a price.
    private static func checkTerms(_ context: GuardContext) {
        guard let plan = context[planTerms.plan], plan != "free" else { return }
        func require<Wrapped>(_ field: Field<Wrapped>) {
            if context[field] == nil { context.refuse(.required, field, "is required for the plan \(plan)") }
        }
        require(planTerms.currentPeriodEnd)
        require(planTerms.amount)
        require(planTerms.interval)
    }

    static func cancelPlan(_ context: GuardContext) {
        guard let user = user(context) else { return }
        resolvePrior(user, context)
        if !isRunning(user) { context.refuse(.state, userID, "this user has no paid, active plan to cancel") }
    }

    static func lapsePlan(_ context: GuardContext) {
        guard let user = user(context) else { return }
        resolvePrior(user, context)
        guard isRunning(user) else {
            return context.refuse(.state, userID, "this user has no paid, active plan that could lapse")
        }
        guard let end = user[field.currentPeriodEnd] else { return }
        if let due = context[planLapse.currentPeriodEnd], due != end {
            context.refuse(.state, planLapse.currentPeriodEnd, "that period is over; the present one ends at \(end)")
        }
        let due = lapse(after: end, isCancelled: user[field.cancelAtPeriodEnd] == true)
        if context.time < due {
            context.refuse(.state, userID, "the plan runs until \(due): use user.planCancelled to end it now")
        }
    }

    private static func isRunning(_ user: Existing<Users>) -> Bool {
        user[field.plan] != "free" && user[field.planStatus] == "active"
    }

    // MARK: Life of the account

    static func deactivate(_ context: GuardContext) {
        guard let user = user(context) else { return }
        resolvePrior(user, context)
        if let id = user.id, refuseErased(id, context) { return }
        if user[field.isActive] == false { context.refuse(.state, userID, "this user is deactivated already") }
    }

    static func reactivate(_ context: GuardContext) {
        guard let user = user(context) else { return }
        resolvePrior(user, context)
        if let id = user.id, refuseErased(id, context) { return }
        if user[field.isActive] != false { context.refuse(.state, userID, "this user is active") }
    }

    /// Who was erased comes back by no event; true where they were.
    private static func refuseErased(_ id: ObjectID, _ context: GuardContext) -> Bool {
        guard context.isErased(.user(id)) else { return false }
        context.refuse(.state, userID, "this user was erased: a new account is a new user")
        return true
    }

    static func delete(_ context: GuardContext) {
        guard let user = user(context), let id = user.id else { return }
        resolvePrior(user, context)
        context.resolve(resolved.profile, context.find(UserProfiles.self, (UserProfiles.field.userID, id))?.id)
        context.resolve(
            resolved.preferences, context.find(UserPreferences.self, (UserPreferences.field.userID, id))?.id)
        refuseRunning(id, context)
    }

    /// An agent is paid for until its subscription ends.
    static func refuseRunning(_ id: ObjectID, _ context: GuardContext) {
        let owner = AgentSubscriptions.field.userID
        context.scan(AgentSubscriptions.self, index: "userId_1_status_1", owner, id) { subscription in
            guard let status = subscription[AgentSubscriptions.field.status], status == "active" || status == "paused"
            else { return true }
            context.refuse(
                .state, userID, "has a subscription that is \(status): send agentSubscription.cancelled first")
            return false
        }
    }
}
