/// Chat sessions.
extension EventGenerator {
    static let sessionStates: Flags = [.active, .ended, .archived, .restored]

    mutating func pickSession(_ state: Flags) -> Int? {
        sessions.pick(mask: Self.sessionStates, value: state, people: people, &random)
    }

    func beginSession(_ kind: EventKind, _ index: Int, _ line: inout Line) {
        begin(kind, "sessions", &line)
        addID(.session, sessions[index].serial, &line)
        data(&line)
        line.add(#""sessionId":""#)
        addID(.session, sessions[index].serial, &line)
        addUserField(#"","userId":""#, Int(sessions[index].owner.slot), &line)
    }

    mutating func startSession(_ line: inout Line) -> Bool {
        guard let slot = pickUser() else { return false }
        let agent = random.chance(perMille: 880) ? pickAgent() : nil
        var flags = Flags.active
        if random.chance(perMille: 300) { flags.insert(.described) }
        if random.chance(perMille: 400) { flags.insert(.tagged) }
        let serial = Serials.next(&serials.session)
        let index = sessions.insert(
            SessionState(
                serial: serial, owner: reference(slot), agent: Int32(agent ?? -1), flags: flags))
        for place in 0..<Self.messagesPerSession {
            messages[index * Self.messagesPerSession + place] = MessageState()
        }

        beginSession(.sessionStarted, index, &line)
        if let agent {
            line.add(#","agentId":""#)
            if serial % 8 == 0 { addAgentID(agent, &line) } else { addAgentSlug(agent, &line) }
            line.add(#"""#)
        }
        line.add(#","name":""#)
        addPhrase(&line)
        if flags.contains(.described) {
            line.add(#"","description":""#)
            addSentence(&line)
        }
        line.add(#"""#)
        if flags.contains(.tagged) {
            line.add(#","tags":"#)
            addTags(&line, count: random.within(1...3))
        }
        line.add(#","settings":{"temperature":0."#)
        line.add(random.within(1...9))
        line.add(#","maxTokens":"#)
        line.add(random.within(1...8) * 500)
        line.add(#","mode":""#)
        addAny(of: vocabulary.modes, &line)
        line.add(#"","provider":""#)
        addAny(of: vocabulary.providers, &line)
        line.add(#"","model":""#)
        addAny(of: vocabulary.models, &line)
        line.add(#""}"#)
        end(&line)
        return true
    }

    mutating func changeSession(_ line: inout Line) -> Bool {
        guard let index = pickSession(random.chance(perMille: 800) ? .active : .ended) else { return false }
        beginSession(.sessionChanged, index, &line)
        switch random.below(4) {
        case 0:
            line.add(#","set":{"name":""#)
            addPhrase(&line)
            line.add(#""}"#)
        case 1 where sessions[index].flags.contains(.described):
            line.add(#","unset":["description"]"#)
            sessions[index].flags.remove(.described)
        case 1, 2:
            line.add(#","set":{"description":""#)
            addText(random.within(40...250), &line)
            line.add(#"","settings.mode":""#)
            addAny(of: vocabulary.modes, &line)
            line.add(#"","settings.temperature":0."#)
            line.add(random.within(1...9))
            line.add("}")
            sessions[index].flags.insert(.described)
        default:
            addTagPatch(&line)
        }
        end(&line)
        return true
    }

    mutating func moveSession(_ kind: EventKind, from: Flags, to: Flags, _ line: inout Line) -> Bool {
        guard let index = pickSession(from) else { return false }
        beginSession(kind, index, &line)
        end(&line)
        sessions[index].flags.subtract(Self.sessionStates)
        sessions[index].flags.formUnion(to)
        return true
    }

    mutating func deleteSession(_ line: inout Line) -> Bool {
        moveSession(.sessionDeleted, from: .ended, to: [], &line)
    }
}
