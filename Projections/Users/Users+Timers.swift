internal import BSON
public import Schema

extension Users {
    public static let timers: [Timer] = [
        Timer(.userUnlocked, watching: field.lockedUntil) { user in
            user[field.lockedUntil]
        } data: { user in
            named(user, (unlocking.lockedUntil, user[field.lockedUntil]))
        },
        Timer(.userPasswordResetExpired, watching: field.resetPasswordToken, field.resetPasswordExpires) { user in
            user[field.resetPasswordToken] == nil ? nil : user[field.resetPasswordExpires]
        } data: { user in
            named(user, (passwordResetEnd.expiresAt, user[field.resetPasswordExpires]))
        },
        Timer(
            .userPlanLapsed, watching: field.plan, field.planStatus, field.currentPeriodEnd, field.cancelAtPeriodEnd
        ) { user in
            guard user[field.plan] != "free", user[field.planStatus] == "active",
                let end = user[field.currentPeriodEnd]
            else { return nil }
            return lapse(after: end, isCancelled: user[field.cancelAtPeriodEnd] == true)
        } data: { user in
            named(user, (planLapse.currentPeriodEnd, user[field.currentPeriodEnd]))
        },
    ]

    /// When a plan whose period ends lapses, unless it is renewed.
    static func lapse(after end: DateTime, isCancelled: Bool) -> DateTime {
        DateTime(milliseconds: end.milliseconds + (isCancelled ? 0 : graceMilliseconds))
    }

    /// The user, and the moment that the event is about: another one has a timer of its own.
    private static func named(_ user: RawDocument, _ moment: (field: Field<DateTime>, value: DateTime?)) -> Document {
        var data = Document()
        if let id = user.value(named: "_id")?.objectID { data.append(userID.descriptor.name, .objectID(id)) }
        if let value = moment.value { data.append(moment.field.descriptor.name, .dateTime(value)) }
        return data
    }
}
