/// Points, achievements and rewards.
extension EventGenerator {
    mutating func earnPoints(_ line: inout Line) -> Bool {
        if claimActivity(&line) { return true }
        guard let slot = pickUser() else { return false }
        let points = random.chance(perMille: 50) ? random.within(100...500) : random.within(1...10) * 5
        people[slot].points += points
        beginUser(.pointsEarned, slot, &line)
        addPoints(points, &line)
        if posts.count > 0, random.chance(perMille: 300) {
            line.add(#","refId":""#)
            addID(.post, posts[posts.draw(&random)].serial, &line)
            line.add(#"""#)
        }
        end(&line)
        return true
    }

    private mutating func addPoints(_ points: Int, _ line: inout Line) {
        line.add(#","points":"#)
        line.add(points)
        line.add(#","reason":""#)
        addAny(of: vocabulary.pointReasons, &line)
        line.add(#"""#)
    }

    mutating func deductPoints(_ line: inout Line) -> Bool {
        guard let slot = pickUser(where: { $0.availablePoints > 0 }) else { return false }
        let points = random.within(1...min(people[slot].availablePoints, 200))
        people[slot].points -= points
        beginUser(.pointsDeducted, slot, &line)
        addPoints(points, &line)
        end(&line)
        return true
    }

    /// At most 60 for one user, so that no document grows without end.
    mutating func unlockAchievement(_ line: inout Line) -> Bool {
        guard let slot = pickUser(where: { $0.achievements < 60 }) else { return false }
        people[slot].achievements += 1
        let points = random.within(0...4) * 25
        people[slot].points += points
        let achievement = random.rank(below: vocabulary.achievements.count)
        beginUser(.achievementUnlocked, slot, &line)
        line.add(#","achievementId":"achievement_"#)
        line.add(achievement)
        line.add(#"","title":""#)
        vocabulary.achievements.append(achievement, to: &line)
        if random.chance(perMille: 400) {
            line.add(#"","description":""#)
            addSentence(&line)
            line.add(#"","icon":"🏅"#)
        }
        line.add(#"","points":"#)
        line.add(points)
        end(&line)
        return true
    }

    mutating func offerReward(_ line: inout Line) -> Bool {
        let reward = random.below(vocabulary.rewards.count)
        let definition = definitions[reward]
        guard definition.status == .absent || definition.isOpen(now) else { return false }
        let cost = Self.cost(reward)
        let isOpen: (Person) -> Bool = { $0.rewardState(reward) == 0 }
        // Mostly to somebody who can pay for it.
        let canPay: (Person) -> Bool = { $0.availablePoints >= cost && $0.rewardState(reward) == 0 }
        guard let slot = pickUser(where: random.chance(perMille: 700) ? canPay : isOpen) else { return false }
        people[slot].setRewardState(reward, Person.offered)
        beginUser(.rewardOffered, slot, &line)
        addReward(reward, &line)
        addTitle(reward, &line)
        if random.chance(perMille: 400) {
            line.add(#","description":""#)
            addSentence(&line)
            line.add(#"""#)
        }
        var end = definition.status == .absent ? Int64.max : definition.end
        if random.chance(perMille: 500) {
            let given = now + Int64(random.within(1...120)) * 3_600_000
            line.add(#","expiresAt":""#)
            line.add(time: given)
            line.add(#"""#)
            end = min(end, given)
        }
        self.end(&line)
        guard end < .max else { return true }
        people[slot].endingOffers |= 1 << UInt16(reward)
        timers.add(
            .init(time: end, action: .rewardEnd, index: slot, serial: people[slot].serial, number: UInt16(reward)))
        return true
    }

    mutating func redeemReward(_ line: inout Line) -> Bool {
        guard let (slot, reward) = pickOffer(redeemable: true) else { return false }
        people[slot].setRewardState(reward, Person.redeemed)
        people[slot].spentPoints += Self.cost(reward)
        beginUser(.rewardRedeemed, slot, &line)
        addReward(reward, &line)
        addTitle(reward, &line)
        end(&line)
        return true
    }

    mutating func expireReward(_ line: inout Line) -> Bool {
        guard let (slot, reward) = pickOffer(redeemable: false) else { return false }
        people[slot].setRewardState(reward, Person.expired)
        beginUser(.rewardExpired, slot, &line)
        addReward(reward, &line)
        end(&line)
        return true
    }

    /// The end of an offer has come, whatever became of the user meanwhile.
    mutating func endOffer(_ timer: TimerQueue.Timer, _ line: inout Line) -> EventKind? {
        let slot = Int(timer.index)
        let reward = Int(timer.number)
        guard people[slot].serial == timer.serial, people[slot].endingOffers & 1 << UInt16(reward) != 0 else {
            return nil
        }
        people[slot].setRewardState(reward, Person.expired)
        beginUser(.rewardExpired, slot, &line)
        addReward(reward, &line)
        line.add(#","expiresAt":""#)
        line.add(time: timer.time)
        line.add(#"""#)
        end(&line)
        return .rewardExpired
    }

    private mutating func pickOffer(redeemable: Bool) -> (slot: Int, reward: Int)? {
        let count = vocabulary.rewards.count
        let (definitions, moment) = (definitions, now)
        let isOpen: (Person, Int) -> Bool = { person, reward in
            guard person.rewardState(reward) == Person.offered else { return false }
            return !redeemable
                || person.availablePoints >= Self.cost(reward) && definitions[reward].allows(person, moment)
        }
        let hasOpen: (Person) -> Bool = { person in
            person.rewards != 0 && (0..<count).contains { isOpen(person, $0) }
        }
        guard let slot = pickUser(where: hasOpen) else { return nil }
        let offset = random.below(count)
        for step in 0..<count where isOpen(people[slot], (offset + step) % count) {
            return (slot, (offset + step) % count)
        }
        return nil
    }

    static func cost(_ reward: Int) -> Int { 20 + reward * 15 }

    private func addReward(_ reward: Int, _ line: inout Line) {
        line.add(#","rewardId":""#)
        vocabulary.rewards.append(reward, to: &line)
        line.add(#"","cost":"#)
        line.add(Self.cost(reward))
    }

    private func addTitle(_ reward: Int, _ line: inout Line) {
        line.add(#","title":"Reward: "#)
        vocabulary.rewards.append(reward, to: &line)
        line.add(#"""#)
    }
}
