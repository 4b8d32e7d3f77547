/// How users make agents their own.
extension EventGenerator {
    private static let personalizationStates: Flags = [.active, .ended]

    /// One that is in force or, where given, deactivated.
    private mutating func pickPersonalization(_ state: Flags = .active) -> Int? {
        personalizations.pick(mask: Self.personalizationStates, value: state, people: people, &random)
    }

    private func beginPersonalization(_ kind: EventKind, _ index: Int, _ line: inout Line) {
        begin(kind, "users", &line)
        addUser(Int(personalizations[index].owner.slot), &line)
        data(&line)
    }

    private func addPersonalizationID(_ index: Int, _ line: inout Line) {
        line.add(#""_id":""#)
        identity.add(
            .personalization, seconds: personalizations[index].createdSeconds, serial: personalizations[index].serial,
            to: &line)
        line.add(#"""#)
    }

    private func addPair(_ index: Int, _ line: inout Line) {
        addUserField(#""userId":""#, Int(personalizations[index].owner.slot), &line)
        line.add(#","agentId":""#)
        addAgentSlug(Int(personalizations[index].agent), &line)
        line.add(#"""#)
    }

    /// A new one, or another form of one that is there: then named by user and agent.
    mutating func savePersonalization(_ line: inout Line) -> Bool {
        if random.chance(perMille: 250),
            let index = pickPersonalization(random.chance(perMille: 300) ? .ended : .active)
        {
            personalizations[index].flags = .active
            beginPersonalization(.personalizationSaved, index, &line)
            return finishPersonalization(index, &line)
        }
        for _ in 0..<4 {
            guard let agent = pickAgent(), agent < UInt64.bitWidth, let slot = pickUser() else { return false }
            let bit: UInt64 = 1 << UInt64(agent)
            if people[slot].personalized & bit != 0 { continue }
            people[slot].personalized |= bit
            let index = personalizations.insert(
                PersonalizationState(
                    serial: Serials.next(&serials.personalization), createdSeconds: seconds, owner: reference(slot),
                    agent: Int32(agent)))
            beginPersonalization(.personalizationSaved, index, &line)
            addPersonalizationID(index, &line)
            line.add(",")
            return finishPersonalization(index, &line)
        }
        return false
    }

    private mutating func finishPersonalization(_ index: Int, _ line: inout Line) -> Bool {
        addPair(index, &line)
        line.add(#","customizations":{"name":""#)
        addAny(of: vocabulary.firstNames, &line)
        line.add(#"","personality":{"traits":["brief"],"greetingMessage":""#)
        addSentence(&line)
        line.add(#""}"#)
        if random.chance(perMille: 500) {
            line.add(#","prompts":{"systemPrompt":""#)
            addText(random.within(60...300), &line)
            line.add(#""}"#)
        }
        line.add(#"},"settings":{"temperature":0."#)
        line.add(random.within(1...9))
        line.add(#","maxTokens":"#)
        line.add(random.within(1...8) * 500)
        line.add("}")
        end(&line)
        return true
    }

    mutating func changePersonalization(_ line: inout Line) -> Bool {
        guard let index = pickPersonalization() else { return false }
        beginPersonalization(.personalizationChanged, index, &line)
        addPersonalizationID(index, &line)
        switch random.below(3) {
        case 0:
            line.add(#","set":{"customizations.prompts.contextPrompt":""#)
            addText(random.within(40...200), &line)
            line.add(#""}"#)
        case 1:
            line.add(#","set":{"settings.temperature":1,"settings.autoSave":false}"#)
        default:
            line.add(#","unset":["customizations.personality.greetingMessage"]"#)
        }
        end(&line)
        return true
    }

    mutating func deactivatePersonalization(_ line: inout Line) -> Bool {
        guard let index = pickPersonalization() else { return false }
        beginPersonalization(.personalizationDeactivated, index, &line)
        addPair(index, &line)
        end(&line)
        personalizations[index].flags = .ended
        return true
    }

    mutating func deletePersonalization(_ line: inout Line) -> Bool {
        guard let index = pickPersonalization(.ended) ?? pickPersonalization() else { return false }
        beginPersonalization(.personalizationDeleted, index, &line)
        if random.chance(perMille: 500) { addPersonalizationID(index, &line) } else { addPair(index, &line) }
        end(&line)
        people[Int(personalizations[index].owner.slot)].personalized &= ~(1 << UInt64(personalizations[index].agent))
        personalizations[index].flags = []
        return true
    }
}
