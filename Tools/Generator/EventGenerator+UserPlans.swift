/// The plans of users: taken, renewed, cancelled, lapsed.
extension EventGenerator {
    private static let day: Int64 = 86_400_000
    private static let hour: Int64 = 3_600_000

    mutating func changePlan(_ line: inout Line) -> Bool {
        let moment = now
        let accepts: (Person) -> Bool = { $0.plan == .free || (!$0.isPlanCancelling && moment < $0.planEnd) }
        guard let slot = pickUser(where: accepts) else { return false }
        let isTrial = !tour.isEmpty || random.chance(perMille: 100)
        switch people[slot].plan {
        case .free: people[slot].plan = random.chance(perMille: 800) ? .pro : .enterprise
        case .pro: people[slot].plan = .enterprise
        case .enterprise: people[slot].plan = .pro
        }
        people[slot].isPlanYearly = random.chance(perMille: 200)
        people[slot].isPlanCancelling = isTrial && random.chance(perMille: 500)
        let days: Int64 = isTrial ? (tour.isEmpty ? 7 : 1) : people[slot].isPlanYearly ? 365 : 30
        people[slot].planEnd = now + days * Self.day
        setPlanTimer(slot)

        beginUser(.userPlanChanged, slot, &line)
        addPlan(slot, &line)
        line.add(#","cancelAtPeriodEnd":"#)
        line.add(people[slot].isPlanCancelling ? "true" : "false")
        if random.chance(perMille: 500) {
            line.add(#","stripeCustomerId":"cus_"#)
            line.add(hex: SplitMix64.mix(identity.seed ^ UInt64(people[slot].serial)))
            line.add(#"""#)
        }
        end(&line)
        return true
    }

    private mutating func setPlanTimer(_ slot: Int) {
        people[slot].planTimer &+= 1
        addTimer(.planEnd, at: people[slot].planEnd, slot)
    }

    private mutating func addTimer(_ action: TimerQueue.Timer.Action, at time: Int64, _ slot: Int) {
        timers.add(
            .init(
                time: time, action: action, index: slot, serial: people[slot].serial,
                number: people[slot].planTimer))
    }

    private func addPlan(_ slot: Int, _ line: inout Line) {
        let isPro = people[slot].plan == .pro
        let isYearly = people[slot].isPlanYearly
        line.add(isPro ? #","plan":"pro""# : #","plan":"enterprise""#)
        line.add(#","status":"active","currentPeriodEnd":""#)
        line.add(time: people[slot].planEnd)
        line.add(#"","amount":"#)
        line.add(cents: isPro ? (isYearly ? 19_190 : 1999) : (isYearly ? 99_000 : 9900))
        line.add(isYearly ? #","currency":"USD","interval":"year""# : #","currency":"USD","interval":"month""#)
    }

    mutating func cancelPlan(_ line: inout Line) -> Bool {
        let moment = now
        let accepts: (Person) -> Bool = { $0.plan != .free && !$0.isPlanCancelling && moment < $0.planEnd }
        guard let slot = pickUser(where: accepts) else { return false }
        beginUser(.userPlanCancelled, slot, &line)
        if random.chance(perMille: 500) {
            line.add(#","cancelAtPeriodEnd":true"#)
            people[slot].isPlanCancelling = true
        } else {
            people[slot].plan = .free
            people[slot].planTimer &+= 1
        }
        end(&line)
        return true
    }

    /// The period of a plan ends: it lapses now when cancelled, else it is renewed a little later or lapses after 72
    /// hours.
    mutating func turnPlan(_ timer: TimerQueue.Timer, _ line: inout Line) -> EventKind? {
        let slot = Int(timer.index)
        let person = people[slot]
        guard person.serial == timer.serial, person.planTimer == timer.number, person.plan != .free else { return nil }
        let lapse = person.planEnd + 72 * Self.hour
        switch timer.action {
        case .planEnd where !person.isPlanCancelling:
            if random.chance(perMille: 880) {
                addTimer(.planRenew, at: person.planEnd + Int64(random.below(36 * 3_600_000)), slot)
            } else {
                addTimer(.planLapse, at: lapse, slot)
            }
            return nil
        case .planRenew where person.status == .deactivated:
            addTimer(.planLapse, at: lapse, slot)
            return nil
        case .planRenew:
            people[slot].planEnd = person.planEnd + (person.isPlanYearly ? 365 : 30) * Self.day
            setPlanTimer(slot)
            beginUser(.userPlanRenewed, slot, &line)
            addPlan(slot, &line)
            end(&line)
            return .userPlanRenewed
        default:
            people[slot].plan = .free
            people[slot].isPlanCancelling = false
            people[slot].planTimer &+= 1
            beginUser(.userPlanLapsed, slot, &line)
            end(&line)
            return .userPlanLapsed
        }
    }
}
