/// Subscriptions of users to agents. A user's subscriptions form a list, so that a pair never gets a second document.
extension EventGenerator {
    private static let hour: Int64 = 3_600_000
    private static let periodHours: [Int64] = [24, 7 * 24, 30 * 24]

    private var subscriptionCapacity: Int { min(max(places * 2, 256), 400_000) }

    func hasSubscription(_ slot: Int, paused: Bool, active: Bool) -> Bool {
        var index = people[slot].firstSubscription
        while index >= 0 {
            let subscription = subscriptions[Int(index)]
            if paused, subscription.status == .paused { return true }
            if active, subscription.status == .active { return true }
            index = subscription.next
        }
        return false
    }

    /// The documents stay with the reader; nothing more is said of them.
    mutating func forgetSubscriptions(of slot: Int) {
        var index = people[slot].firstSubscription
        while index >= 0 {
            subscriptions[Int(index)].status = .vacant
            subscriptions[Int(index)].serial = 0
            subscriptionVacancies.append(Int(index))
            index = subscriptions[Int(index)].next
        }
        people[slot].firstSubscription = -1
    }

    /// A subscription in one of two statuses whose owner is active.
    mutating func pickSubscription(
        _ status: SubscriptionState.Status, or other: SubscriptionState.Status, beforePeriodEnd: Bool = false
    ) -> Int? {
        guard !subscriptions.isEmpty else { return nil }
        var index = random.below(subscriptions.count)
        for _ in 0..<min(subscriptions.count, 64) {
            let subscription = subscriptions[index]
            if subscription.status == status || subscription.status == other,
                subscription.owner.isActive(in: people), !beforePeriodEnd || now < subscription.periodEnd
            {
                return index
            }
            index = index + 1 == subscriptions.count ? 0 : index + 1
        }
        return nil
    }

    func beginSubscription(_ kind: EventKind, _ index: Int, _ line: inout Line) {
        begin(kind, "subscriptions", &line)
        addSubscriptionID(index, &line)
        data(&line)
        line.add(#""_id":""#)
        addSubscriptionID(index, &line)
        addUserField(#"","userId":""#, Int(subscriptions[index].owner.slot), &line)
        line.add(#","agentId":""#)
        if kind == .agentSubscriptionStarted, subscriptions[index].serial % 10 == 0 {
            addAgentID(Int(subscriptions[index].agent), &line)
        } else {
            addAgentSlug(Int(subscriptions[index].agent), &line)
        }
        line.add(#"""#)
    }

    private func addSubscriptionID(_ index: Int, _ line: inout Line) {
        let subscription = subscriptions[index]
        identity.add(.subscription, seconds: subscription.createdSeconds, serial: subscription.serial, to: &line)
    }

    /// `sub_…`: another one for each start.
    func addStripeID(_ index: Int, _ line: inout Line) {
        line.add(Series.stripe.prefix)
        let serial = UInt64(subscriptions[index].serial) << 16 | UInt64(subscriptions[index].starts)
        line.add(hex: SplitMix64.mix(identity.seed &+ serial))
    }

    mutating func startSubscription(_ line: inout Line) -> Bool {
        guard let index = placeToStart() else { return false }
        subscriptions[index].status = .active
        subscriptions[index].starts &+= 1
        let isTouring = !tour.isEmpty
        subscriptions[index].plan = isTouring ? 0 : UInt8(random.below(3))
        subscriptions[index].currency = random.chance(perMille: 800) ? 0 : 1
        subscriptions[index].autoRenew = random.chance(perMille: isTouring ? 500 : 850)
        subscriptions[index].hasPromoCode = random.chance(perMille: 200)
        beginPeriod(index, from: now)

        beginSubscription(.agentSubscriptionStarted, index, &line)
        line.add(#","status":"active""#)
        addPlan(index, start: now, &line)
        line.add(#","autoRenew":"#)
        line.add(subscriptions[index].autoRenew ? "true" : "false")
        line.add(#","cancelAtPeriodEnd":false,"stripeSubscriptionId":""#)
        addStripeID(index, &line)
        let isFromWeb = random.chance(perMille: 800)
        line.add(isFromWeb ? #"","metadata":{"source":"web""# : #"","metadata":{"source":"api""#)
        if subscriptions[index].hasPromoCode { line.add(#","promoCode":"WELCOME20""#) }
        line.add("}")
        end(&line)
        return true
    }

    /// A cancelled or expired subscription to start again, or a place for a new one.
    private mutating func placeToStart() -> Int? {
        if random.chance(perMille: 300), let index = pickSubscription(.cancelled, or: .expired) {
            return agents[Int(subscriptions[index].agent)].status == .active ? index : nil
        }
        guard let slot = pickUser(), let agent = pickAgent() else { return nil }
        var known = people[slot].firstSubscription
        while known >= 0 {
            let subscription = subscriptions[Int(known)]
            if subscription.agent == agent { return subscription.isLive ? nil : Int(known) }
            known = subscription.next
        }
        let index: Int
        if let vacancy = subscriptionVacancies.popLast() {
            index = vacancy
        } else {
            guard subscriptions.count < subscriptionCapacity else { return nil }
            index = subscriptions.count
            subscriptions.append(SubscriptionState(serial: 0, createdSeconds: 0, owner: .none, agent: 0))
        }
        subscriptions[index] = SubscriptionState(
            serial: Serials.next(&serials.subscription), createdSeconds: seconds, owner: reference(slot),
            agent: Int32(agent), next: people[slot].firstSubscription)
        people[slot].firstSubscription = Int32(index)
        return index
    }

    private mutating func beginPeriod(_ index: Int, from start: Int64) {
        subscriptions[index].periodEnd = start + Self.periodHours[Int(subscriptions[index].plan)] * Self.hour
        subscriptions[index].timer &+= 1
        addTimer(.subscriptionEnd, at: subscriptions[index].periodEnd, index)
    }

    private mutating func addTimer(_ action: TimerQueue.Timer.Action, at time: Int64, _ index: Int) {
        let subscription = subscriptions[index]
        timers.add(
            .init(
                time: time, action: action, index: index, serial: subscription.serial, number: subscription.timer))
    }

    private func addPlan(_ index: Int, start: Int64, _ line: inout Line) {
        let subscription = subscriptions[index]
        let cents = Self.price(Int(subscription.plan), agents[Int(subscription.agent)])
        switch subscription.plan {
        case 0: line.add(#","plan":"daily","pricing":{"interval":"day","amount":"#)
        case 1: line.add(#","plan":"weekly","pricing":{"interval":"week","amount":"#)
        default: line.add(#","plan":"monthly","pricing":{"interval":"month","amount":"#)
        }
        line.add(cents: cents)
        line.add(#","currency":""#)
        vocabulary.currencies.append(Int(subscription.currency), to: &line)
        line.add(#""}"#)
        addPeriod(index, start: start, &line)
    }

    private func addPeriod(_ index: Int, start: Int64, _ line: inout Line) {
        line.add(#","currentPeriodStart":""#)
        line.add(time: start)
        line.add(#"","currentPeriodEnd":""#)
        line.add(time: subscriptions[index].periodEnd)
        line.add(#"""#)
    }

    mutating func cancelSubscription(_ line: inout Line) -> Bool {
        let picked = subscriptionOfLeaving() ?? pickSubscription(.active, or: .paused, beforePeriodEnd: true)
        guard let index = picked else { return false }
        beginSubscription(.agentSubscriptionCancelled, index, &line)
        if random.chance(perMille: 500) { line.add(#","reason":"too expensive""#) }
        end(&line)
        subscriptions[index].status = .cancelled
        subscriptions[index].timer &+= 1
        return true
    }

    /// It is resumed before its period ends, at the latest by a timer.
    mutating func pauseSubscription(_ line: inout Line) -> Bool {
        guard let index = pickSubscription(.active, or: .active, beforePeriodEnd: true) else { return false }
        let rest = subscriptions[index].periodEnd - now
        guard rest > Self.hour else { return false }
        beginSubscription(.agentSubscriptionPaused, index, &line)
        end(&line)
        subscriptions[index].status = .paused
        addTimer(.subscriptionResume, at: now + 1 + Int64(random.below(Int(rest - 60_000))), index)
        return true
    }

    mutating func resumeSubscription(_ line: inout Line) -> Bool {
        guard let index = pickSubscription(.paused, or: .paused, beforePeriodEnd: true) else { return false }
        resume(index, &line)
        return true
    }

    private mutating func resume(_ index: Int, _ line: inout Line) {
        beginSubscription(.agentSubscriptionResumed, index, &line)
        end(&line)
        subscriptions[index].status = .active
    }

    mutating func changeSubscriptionPlan(_ line: inout Line) -> Bool {
        guard let index = pickSubscription(.active, or: .active, beforePeriodEnd: true) else { return false }
        let step = UInt8(random.within(1...2))
        subscriptions[index].plan = (subscriptions[index].plan + step) % 3
        beginPeriod(index, from: now)
        beginSubscription(.agentSubscriptionPlanChanged, index, &line)
        addPlan(index, start: now, &line)
        end(&line)
        return true
    }

    mutating func changeSubscription(_ line: inout Line) -> Bool {
        guard let index = pickSubscription(.active, or: .active, beforePeriodEnd: true) else { return false }
        beginSubscription(.agentSubscriptionChanged, index, &line)
        if random.chance(perMille: 500) {
            line.add(#","set":{"autoRenew":false,"cancelAtPeriodEnd":true}"#)
            subscriptions[index].autoRenew = false
        } else {
            line.add(#","set":{"metadata.notes":""#)
            addSentence(&line)
            line.add(#""}"#)
            if subscriptions[index].hasPromoCode {
                line.add(#","unset":["metadata.promoCode"]"#)
                subscriptions[index].hasPromoCode = false
            }
        }
        end(&line)
        return true
    }

    mutating func deleteSubscription(_ line: inout Line) -> Bool {
        guard let index = pickSubscription(.cancelled, or: .expired) else { return false }
        beginSubscription(.agentSubscriptionDeleted, index, &line)
        end(&line)
        unlink(index)
        subscriptions[index].status = .vacant
        subscriptions[index].serial = 0
        subscriptionVacancies.append(index)
        return true
    }

    private mutating func unlink(_ index: Int) {
        let slot = Int(subscriptions[index].owner.slot)
        let next = subscriptions[index].next
        var previous = people[slot].firstSubscription
        if previous == Int32(index) {
            people[slot].firstSubscription = next
            return
        }
        while previous >= 0 {
            if subscriptions[Int(previous)].next == Int32(index) {
                subscriptions[Int(previous)].next = next
                return
            }
            previous = subscriptions[Int(previous)].next
        }
    }

    /// The period ends: without autoRenew it expires now, else it is renewed a little later or expires after 72 hours.
    mutating func turnSubscription(_ timer: TimerQueue.Timer, _ line: inout Line) -> EventKind? {
        let index = Int(timer.index)
        let subscription = subscriptions[index]
        guard subscription.serial == timer.serial, subscription.timer == timer.number else { return nil }
        switch timer.action {
        case .subscriptionResume:
            guard subscription.status == .paused else { return nil }
            resume(index, &line)
            return .agentSubscriptionResumed
        case .subscriptionEnd where subscription.autoRenew:
            if random.chance(perMille: tour.isEmpty ? 850 : 500) {
                // Later than this, the next period of a daily one would be over before it began.
                let latest = min(Self.periodHours[Int(subscription.plan)] / 2, 36) * Self.hour
                addTimer(.subscriptionRenew, at: timer.time + Int64(random.below(Int(latest))), index)
            } else {
                addTimer(.subscriptionExpire, at: timer.time + 72 * Self.hour, index)
            }
            return nil
        case .subscriptionRenew:
            let owner = people[Int(subscription.owner.slot)].status
            guard owner == .active || owner == .locked else {
                addTimer(.subscriptionExpire, at: subscription.periodEnd + 72 * Self.hour, index)
                return nil
            }
            beginPeriod(index, from: subscription.periodEnd)
            beginSubscription(.agentSubscriptionRenewed, index, &line)
            addPeriod(index, start: subscription.periodEnd, &line)
            end(&line)
            return .agentSubscriptionRenewed
        default:
            beginSubscription(.agentSubscriptionExpired, index, &line)
            end(&line)
            subscriptions[index].status = .expired
            subscriptions[index].timer &+= 1
            return .agentSubscriptionExpired
        }
    }
}
