internal import BSON
internal import Schema

extension RewardDefinitions {
    /// A definition as the event will leave it: what the event brings, else what is there.
    struct Terms {
        let context: GuardContext
        /// `nil`: the event creates it.
        let now: Existing<RewardDefinitions>?

        init(_ context: GuardContext, now: Existing<RewardDefinitions>?) {
            self.context = context
            self.now = now
        }

        func raw<Wrapped>(_ field: Field<Wrapped>) -> RawValue? {
            guard let now else { return context.data[field.path] }
            return context.valueSet(field) ?? (context.patches(field) ? nil : now.raw[field.path])
        }

        subscript<Wrapped>(_ field: Field<Wrapped>) -> Wrapped? { raw(field).flatMap { Wrapped.read($0) } }
    }

    static func known(_ context: GuardContext) -> Existing<Self>? {
        guard let definition = context.require(Self.self, field.rewardID, by: named.rewardID) else { return nil }
        context.resolve(resolved.definition, definition.id)
        context.resolve(resolved.wasIsActive, definition[field.isActive])
        context.resolve(resolved.wasEndDate, definition[field.endDate])
        return definition
    }

    static func change(_ context: GuardContext) {
        guard let definition = known(context) else { return }
        let terms = Terms(context, now: definition)
        check(terms)
        // It would be retired at a moment at which it may have been retired before.
        let isTouched = context.patches(field.isActive) || context.patches(field.endDate)
        if isTouched, terms[field.isActive] != false, let end = terms[field.endDate],
            end <= max(context.time, definition[field.updatedAt] ?? context.time)
        {
            context.refuse(
                .condition, "endDate", value: end.description,
                "is over: set a later endDate (or unset it) for an active reward, or send rewardDefinition.retired")
        }
    }

    static func retire(_ context: GuardContext) {
        guard let definition = known(context) else { return }
        if definition[field.isActive] == false {
            context.refuse(.state, retirement.rewardID, "is retired already")
        }
        guard let end = context[retirement.endDate] else { return }
        if end != definition[field.endDate] {
            let other = definition[field.endDate].map { "its end is \($0) now" } ?? "it has no end now"
            context.refuse(.state, retirement.endDate, "is not the reward's end any more: \(other)")
        } else if context.time < end {
            context.refuse(.condition, retirement.endDate, "has not come yet: leave it out to retire the reward before")
        }
    }

    static func check(_ terms: Terms) {
        let context = terms.context
        checkWhole(terms, field.points, atLeast: 0)
        checkWhole(terms, field.consecutiveDays, atLeast: 0)
        checkWhole(terms, field.maxClaims, atLeast: 1)
        if let start = terms[field.startDate], let end = terms[field.endDate], end <= start {
            context.refuse(
                .condition, "endDate", value: end.description, "must be later than the start, \(start)")
        }
        if let level = terms[field.userLevel], UserRewards.rank(ofLevel: level) == nil {
            let levels = UserRewards.levels.reversed().map(\.name).joined(separator: ", ")
            context.refuse(.oneOf, field.userLevel.descriptor.name, value: level, "must be one of \(levels)")
        }
        guard let rewardID = terms.now?[field.rewardID] ?? context[field.rewardID] else { return }
        let pushed = context.data.value(named: "push")?.document?.value(named: field.prerequisites.descriptor.name)
        if names(rewardID, terms.raw(field.prerequisites)) || names(rewardID, pushed) {
            context.refuse(
                .condition, field.prerequisites.descriptor.name, value: rewardID,
                "a reward cannot be its own prerequisite: nobody could claim it")
        }
    }

    private static func checkWhole(_ terms: Terms, _ field: Field<Int64>, atLeast minimum: Int64) {
        guard let raw = terms.raw(field), !raw.isNull else { return }
        if let number = raw.int64 {
            guard number < minimum else { return }
            terms.context.refuse(
                .minimum, field.descriptor.name, value: raw.plainText, "must be \(minimum) or more")
        } else {
            terms.context.refuse(.cast, field.descriptor.name, value: raw.plainText, "must be a whole number")
        }
    }

    private static func names(_ rewardID: String, _ list: RawValue?) -> Bool {
        var found = false
        list?.document?.forEach { _, element in if element.string == rewardID { found = true } }
        return found
    }
}
