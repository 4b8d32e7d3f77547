/// Agents. The first ones are talked to; later ones are spare: they come and go.
extension EventGenerator {
    private static let regularAgents = 24
    private static let spareAgents = 16

    /// An active agent to talk to, the first ones more often.
    mutating func pickAgent() -> Int? {
        guard !agents.isEmpty else { return nil }
        for _ in 0..<8 {
            let index = random.rank(below: agents.count)
            if agents[index].status == .active, !agents[index].isSpare { return index }
        }
        return agents.firstIndex { $0.status == .active && !$0.isSpare }
    }

    func addAgentID(_ index: Int, _ line: inout Line) {
        identity.add(.agent, seconds: agents[index].createdSeconds, serial: agents[index].serial, to: &line)
    }

    /// The agent's business key, `anna-3-k2a`.
    func addAgentSlug(_ index: Int, _ line: inout Line) {
        let serial = agents[index].serial
        vocabulary.firstNames.append(lowercased: Int(serial) % vocabulary.firstNames.count, to: &line)
        line.add("-")
        line.add(base36: serial)
        line.add("-")
        identity.addSuffix(to: &line)
    }

    private func beginAgent(_ kind: EventKind, _ index: Int, _ line: inout Line, actor: Int? = nil) {
        begin(kind, "agents", &line)
        addAgentSlug(index, &line)
        data(&line, actor: actor)
        line.add(#""id":""#)
        addAgentSlug(index, &line)
        line.add(#"""#)
    }

    mutating func createAgent(_ line: inout Line) -> Bool {
        let regular = agents.count { !$0.isSpare && $0.status != .deprecated }
        // During the tour every third is spare, so that one can be deleted.
        let isSpare = regular >= Self.regularAgents || (!tour.isEmpty && agents.count % 3 == 2)
        let agent = AgentState(
            serial: Serials.next(&serials.agent), createdSeconds: seconds, isSpare: isSpare,
            monthlyCents: random.within(5...29) * 100, hasColor: random.chance(perMille: 500))
        let index: Int
        if let vacancy = agents.firstIndex(where: { $0.status == .deleted }) {
            index = vacancy
            agents[index] = agent
        } else {
            guard agents.count < Self.regularAgents + Self.spareAgents else { return false }
            index = agents.count
            agents.append(agent)
        }

        beginAgent(.agentCreated, index, &line)
        line.add(#","_id":""#)
        addAgentID(index, &line)
        line.add(#"","name":""#)
        vocabulary.firstNames.append(Int(agent.serial) % vocabulary.firstNames.count, to: &line)
        line.add(#" the guide","specialty":""#)
        addAny(of: vocabulary.specialties, &line)
        line.add(#"","description":""#)
        addSentence(&line)
        line.add(#"","category":""#)
        addAny(of: vocabulary.agentCategories, &line)
        line.add(#"","tags":"#)
        addTags(&line, count: random.within(1...4))
        if agent.hasColor { line.add(#","color":"from-blue-500 to-purple-500""#) }
        line.add(#","personality":{"traits":["curious","patient"],"responseStyle":"educational","greetingMessage":""#)
        addSentence(&line)
        line.add(#"","conversationStarters":[""#)
        addSentence(&line)
        line.add(#""]},"prompts":{"systemPrompt":"You are a guide. "#)
        addText(150, &line)
        line.add(#"","exampleResponses":[{"input":""#)
        addSentence(&line)
        line.add(#"","output":""#)
        addSentence(&line)
        line.add(#""}]},"settings":{"maxTokens":2000,"temperature":0."#)
        line.add(random.within(1...9))
        line.add(#","enabled":true,"premium":"#)
        line.add(random.chance(perMille: 300) ? "true" : "false")
        line.add(#"},"aiProvider":{"primary":""#)
        addAny(of: vocabulary.providers, &line)
        line.add(#"","fallbacks":["openai"],"model":""#)
        addAny(of: vocabulary.models, &line)
        line.add(#""},"pricing":{"daily":"#)
        line.add(cents: Self.price(0, agent))
        line.add(#","weekly":"#)
        line.add(cents: Self.price(1, agent))
        line.add(#","monthly":"#)
        line.add(cents: Self.price(2, agent))
        line.add(#"},"status":"active""#)
        end(&line)
        return true
    }

    /// What a plan (0 daily, 1 weekly, 2 monthly) of the agent costs, in cents.
    static func price(_ plan: Int, _ agent: AgentState) -> Int {
        switch plan {
        case 0: agent.monthlyCents / 15
        case 1: agent.monthlyCents / 3
        default: agent.monthlyCents
        }
    }

    mutating func changeAgent(_ line: inout Line) -> Bool {
        guard let index = agentIndex(where: { $0.status == .active || $0.status == .maintenance }) else { return false }
        beginAgent(.agentChanged, index, &line, actor: pickUser())
        switch random.below(4) {
        case 0:
            line.add(#","set":{"description":""#)
            addSentence(&line)
            line.add(#""},"push":{"tags":""#)
            addAny(of: vocabulary.tags, &line)
            line.add(#""}"#)
        case 1:
            agents[index].monthlyCents = random.within(5...29) * 100
            line.add(#","set":{"pricing.monthly":"#)
            line.add(cents: agents[index].monthlyCents)
            line.add(#","settings.temperature":0."#)
            line.add(random.within(1...9))
            line.add("}")
        case 2 where agents[index].hasColor:
            agents[index].hasColor = false
            line.add(#","unset":["color"]"#)
        default:
            line.add(#","set":{"personality.greetingMessage":""#)
            addSentence(&line)
            line.add(#""},"pull":{"tags":""#)
            addAny(of: vocabulary.tags, &line)
            line.add(#""}"#)
        }
        end(&line)
        return true
    }

    /// Maintenance and back; spare agents are deprecated for good.
    mutating func changeAgentStatus(_ line: inout Line) -> Bool {
        guard let index = agentIndex(where: { $0.status == .active || $0.status == .maintenance }) else { return false }
        let open = agents.count { $0.status == .active && !$0.isSpare }
        let next: AgentState.Status
        if agents[index].status == .maintenance {
            next = .active
        } else if agents[index].isSpare {
            next = random.chance(perMille: 500) ? .deprecated : .maintenance
        } else {
            guard open > 2 else { return false }
            next = .maintenance
        }
        agents[index].status = next
        beginAgent(.agentStatusChanged, index, &line, actor: pickUser())
        switch next {
        case .active, .deleted: line.add(#","status":"active""#)
        case .maintenance: line.add(#","status":"maintenance""#)
        case .deprecated: line.add(#","status":"deprecated""#)
        }
        end(&line)
        return true
    }

    mutating func deleteAgent(_ line: inout Line) -> Bool {
        guard let index = agentIndex(where: { $0.isSpare && $0.status != .deleted }) else { return false }
        beginAgent(.agentDeleted, index, &line, actor: pickUser())
        end(&line)
        agents[index].status = .deleted
        return true
    }

    private mutating func agentIndex(where accept: (AgentState) -> Bool) -> Int? {
        guard !agents.isEmpty else { return nil }
        let offset = random.below(agents.count)
        for step in 0..<agents.count {
            let index = (offset + step) % agents.count
            if accept(agents[index]) { return index }
        }
        return nil
    }
}
