/// The catalogue of rewards, and claims of what stands in it.
extension EventGenerator {
    private static let day = 86_400_000

    static let rewardCount = 16
    static let definitionCount = rewardCount + ActivityTerms.all.count

    private func addRewardID(_ index: Int, _ line: inout Line) {
        if index < Self.rewardCount {
            vocabulary.rewards.append(index, to: &line)
        } else {
            vocabulary.activities.append(index - Self.rewardCount, to: &line)
        }
    }

    /// Begins an event about a definition: its data starts with rewardId.
    private func beginDefinition(_ kind: EventKind, _ index: Int, _ line: inout Line, actor: Int? = nil) {
        begin(kind, "rewards", &line)
        addRewardID(index, &line)
        data(&line, actor: actor)
        line.add(#""rewardId":""#)
        addRewardID(index, &line)
        line.add(#"""#)
    }

    private mutating func pickDefinition(where accept: (DefinitionState) -> Bool) -> Int? {
        let offset = random.below(definitions.count)
        for step in 0..<definitions.count {
            let index = (offset + step) % definitions.count
            if accept(definitions[index]) { return index }
        }
        return nil
    }

    private mutating func setEnd(_ end: Int64, _ index: Int) {
        definitions[index].end = end
        definitions[index].timer &+= 1
        guard end < .max else { return }
        timers.add(
            .init(time: end, action: .definitionEnd, index: index, serial: 0, number: definitions[index].timer))
    }

    // MARK: Definitions

    mutating func createDefinition(_ line: inout Line) -> Bool {
        let offset = random.chance(perMille: 600) ? Self.rewardCount : random.below(definitions.count)
        let places = (0..<definitions.count).map { (offset + $0) % definitions.count }
        guard let index = places.first(where: { definitions[$0].status == .absent }) else { return false }
        let startsLater = random.chance(perMille: 150)
        definitions[index].status = .active
        definitions[index].start = startsLater ? now + Int64(random.within(1...48) * 3_600_000) : now
        definitions[index].points = random.within(1...10) * 10
        let days = random.within(1...(tour.isEmpty ? 30 : 3))
        let lastMoment = definitions[index].start + Int64(days * Self.day)
        setEnd(random.chance(perMille: 500) ? lastMoment : .max, index)

        beginDefinition(.rewardDefinitionCreated, index, &line, actor: pickUser())
        line.add(#","title":""#)
        addPhrase(&line)
        line.add(#"","description":""#)
        addSentence(&line)
        line.add(#"","type":""#)
        addAny(of: vocabulary.definitionTypes, &line)
        line.add(#"","category":""#)
        addAny(of: vocabulary.definitionCategories, &line)
        line.add(#"","points":"#)
        line.add(definitions[index].points)
        addTerms(index, &line)
        if startsLater || random.chance(perMille: 300) {
            line.add(#","startDate":""#)
            line.add(time: definitions[index].start)
            line.add(#"""#)
        }
        addEnd(index, &line)
        end(&line)
        return true
    }

    private func addEnd(_ index: Int, _ line: inout Line) {
        guard definitions[index].end < .max else { return }
        line.add(#","endDate":""#)
        line.add(time: definitions[index].end)
        line.add(#"""#)
    }

    /// Frequency and conditions: those of an activity are always the same.
    private mutating func addTerms(_ index: Int, _ line: inout Line) {
        definitions[index].prerequisite = -1
        guard index >= Self.rewardCount else {
            definitions[index].leastPoints = random.chance(perMille: 150) ? 1000 : 0
            definitions[index].consecutiveDays = random.chance(perMille: 200) ? 1 : 0
            if random.chance(perMille: 150) {
                let other = random.below(Self.rewardCount)
                if other != index { definitions[index].prerequisite = Int8(other) }
            }
            return addConditions(index, maxClaims: 1, &line)
        }
        let terms = ActivityTerms.all[index - Self.rewardCount]
        definitions[index].leastPoints = terms.needsSilver ? 1000 : 0
        definitions[index].consecutiveDays = terms.consecutiveDays
        switch terms.frequency {
        case .once: line.add(#","frequency":"once""#)
        case .daily: line.add(#","frequency":"daily""#)
        case .weekly: line.add(#","frequency":"weekly""#)
        case .monthly: line.add(#","frequency":"monthly""#)
        }
        addConditions(index, maxClaims: terms.maxClaims, &line)
    }

    private func addConditions(_ index: Int, maxClaims: Int, _ line: inout Line) {
        line.add(#","conditions":{"consecutiveDays":"#)
        line.add(Int(definitions[index].consecutiveDays))
        if maxClaims > 1 {
            line.add(#","maxClaims":"#)
            line.add(maxClaims)
        }
        if definitions[index].prerequisite >= 0 {
            line.add(#","prerequisites":[""#)
            addRewardID(Int(definitions[index].prerequisite), &line)
            line.add(#""]"#)
        }
        if definitions[index].leastPoints > 0 { line.add(#","userLevel":"Silver""#) }
        line.add("}")
    }

    mutating func changeDefinition(_ line: inout Line) -> Bool {
        guard let index = pickDefinition(where: { $0.status != .absent }) else { return false }
        let actor = pickUser()
        beginDefinition(.rewardDefinitionChanged, index, &line, actor: actor)
        let lastMoment = max(now, definitions[index].start) + Int64(random.within(1...20) * Self.day)
        if definitions[index].status == .retired, random.chance(perMille: 600) {
            definitions[index].status = .active
            setEnd(lastMoment, index)
            line.add(#","set":{"isActive":true"#)
            addEnd(index, &line)
            line.add("}")
        } else {
            switch random.below(4) {
            case 0:
                line.add(#","set":{"description":""#)
                addSentence(&line)
                line.add(#""}"#)
            case 1:
                definitions[index].points = random.within(1...10) * 10
                line.add(#","set":{"points":"#)
                line.add(definitions[index].points)
                line.add("}")
            case 2:
                setEnd(lastMoment, index)
                line.add(#","set":{"endDate":""#)
                line.add(time: lastMoment)
                line.add(#""}"#)
            default:
                setEnd(.max, index)
                line.add(#","unset":["endDate"]"#)
            }
        }
        end(&line)
        return true
    }

    mutating func retireDefinition(_ line: inout Line) -> Bool {
        guard let index = pickDefinition(where: { $0.status == .active }) else { return false }
        definitions[index].status = .retired
        beginDefinition(.rewardDefinitionRetired, index, &line, actor: pickUser())
        if random.chance(perMille: 400) { line.add(#","reason":"another one takes its place""#) }
        end(&line)
        return true
    }

    mutating func deleteDefinition(_ line: inout Line) -> Bool {
        guard let index = pickDefinition(where: { $0.status != .absent }) else { return false }
        definitions[index].status = .absent
        beginDefinition(.rewardDefinitionDeleted, index, &line, actor: pickUser())
        end(&line)
        return true
    }

    /// A definition's end has come.
    mutating func endDefinition(_ timer: TimerQueue.Timer, _ line: inout Line) -> EventKind? {
        let index = Int(timer.index)
        guard definitions[index].status == .active, definitions[index].timer == timer.number else { return nil }
        definitions[index].status = .retired
        beginDefinition(.rewardDefinitionRetired, index, &line)
        addEnd(index, &line)
        end(&line)
        return .rewardDefinitionRetired
    }

    // MARK: Claims

    /// Somebody earns the points of an activity that has a definition.
    mutating func claimActivity(_ line: inout Line) -> Bool {
        let moment = now
        guard random.chance(perMille: 400),
            let index = pickDefinition(where: { $0.isOpen(moment) }), index >= Self.rewardCount,
            let slot = claimant(index)
        else { return false }
        people[slot].points += definitions[index].points
        writeClaim(index, slot, &line)
        return true
    }

    private func writeClaim(_ index: Int, _ slot: Int, _ line: inout Line) {
        beginUser(.pointsEarned, slot, &line)
        line.add(#","points":"#)
        line.add(definitions[index].points)
        line.add(#","reason":"reward","rewardId":""#)
        addRewardID(index, &line)
        line.add(#"""#)
        end(&line)
    }

    /// Somebody who may claim the activity once more in the present period.
    private mutating func claimant(_ index: Int) -> Int? {
        let terms = ActivityTerms.all[index - Self.rewardCount]
        let period = terms.frequency.period(now)
        if definitions[index].period != period {
            definitions[index].period = period
            definitions[index].claims = LikeState()
            definitions[index].last = .none
        }
        let last = definitions[index].last
        if definitions[index].lastClaims < terms.maxClaims, last.isActive(in: people), random.chance(perMille: 500),
            definitions[index].allows(people[Int(last.slot)], now)
        {
            definitions[index].lastClaims += 1
            return Int(last.slot)
        }
        for _ in 0..<16 {
            guard let slot = definitions[index].claims.nextPlace(of: people.count, salt: UInt32(index) &* 40_503) else {
                return nil
            }
            guard people[slot].status == .active, definitions[index].allows(people[slot], now) else { continue }
            definitions[index].last = reference(slot)
            definitions[index].lastClaims = 1
            return slot
        }
        return nil
    }

    /// A bad event: one claim more than there may be in the period.
    func makeClaimTooMany(_ line: inout Line) -> Bool {
        for index in Self.rewardCount..<Self.definitionCount {
            let definition = definitions[index]
            let terms = ActivityTerms.all[index - Self.rewardCount]
            guard definition.isOpen(now), definition.last.isActive(in: people),
                definition.lastClaims >= terms.maxClaims, definition.period == terms.frequency.period(now)
            else { continue }
            writeClaim(index, Int(definition.last.slot), &line)
            return true
        }
        return false
    }
}
