/// Pages seen and tools used, by users and by visitors nobody knows.
extension EventGenerator {
    // MARK: Visits

    private func beginVisit(_ kind: EventKind, _ index: Int, _ line: inout Line) {
        begin(kind, "visits", &line)
        addID(.visit, visits[index].serial, &line)
        data(&line)
        line.add(#""eventId":""#)
        addID(.visit, visits[index].serial, &line)
        line.add(#"""#)
    }

    /// One whose user, if it has one, is active.
    private mutating func pickVisit() -> Int? {
        guard let index = visits.pick(mask: .active, value: .active, owned: false, people: people, &random) else {
            return nil
        }
        let owner = visits[index].owner
        return owner == .none || owner.isActive(in: people) ? index : nil
    }

    mutating func trackVisit(_ line: inout Line) -> Bool {
        let slot = random.chance(perMille: 700) ? pickUser() : nil
        let index = visits.insert(
            VisitState(serial: Serials.next(&serials.visit), owner: slot.map { reference($0) } ?? .none))
        beginVisit(.analyticsTracked, index, &line)
        if let slot { addUserField(#","userId":""#, slot, &line) }
        line.add(#","sessionId":""#)
        addVisitorSession(&line)
        let isView = random.chance(perMille: 750)
        if isView {
            line.add(#"","eventType":"page_view","eventName":"page_viewed","properties":{"seconds":"#)
            line.add(random.within(1...400))
        } else {
            line.add(#"","eventType":"click","eventName":""#)
            addAny(of: vocabulary.clicks, &line)
            line.add(#"","properties":{"x":"#)
            line.add(random.below(1920))
        }
        line.add(#"},"context":{"url":"https://annals.example"#)
        addAny(of: vocabulary.pages, &line)
        line.add(#"","device":""#)
        addAny(of: vocabulary.devices, &line)
        line.add(#"","browser":""#)
        addAny(of: vocabulary.browsers, &line)
        line.add(#"","os":""#)
        addAny(of: vocabulary.systems, &line)
        if random.chance(perMille: 300) { line.add(#"","referrer":"https://search.example/"#) }
        addNetwork(&line)
        line.add("}")
        end(&line)
        return true
    }

    /// A few visits go on at any time.
    private mutating func addVisitorSession(_ line: inout Line) {
        line.add("visit_")
        line.add(base36: UInt32(truncatingIfNeeded: now / 1_800_000))
        line.add("_")
        line.add(random.below(16))
    }

    private mutating func addNetwork(_ line: inout Line) {
        line.add(#"","userAgent":"Mozilla/5.0","ipAddress":"198.51.100."#)
        line.add(random.within(1...254))
        line.add(#"""#)
    }

    mutating func changeVisit(_ line: inout Line) -> Bool {
        guard let index = pickVisit() else { return false }
        beginVisit(.analyticsChanged, index, &line)
        if random.chance(perMille: 400) {
            line.add(#","unset":["context.ipAddress","context.userAgent"]"#)
        } else {
            line.add(#","set":{"context.device":""#)
            addAny(of: vocabulary.devices, &line)
            line.add(#"","properties":{"isCorrected":true}}"#)
        }
        end(&line)
        return true
    }

    mutating func deleteVisit(_ line: inout Line) -> Bool {
        guard let index = pickVisit() else { return false }
        beginVisit(.analyticsDeleted, index, &line)
        end(&line)
        visits[index].flags = []
        return true
    }

    // MARK: Tools

    private func beginToolUse(_ kind: EventKind, _ index: Int, _ line: inout Line) {
        begin(kind, "tools", &line)
        vocabulary.tools.append(toolUses[index].tool, to: &line)
        data(&line)
        line.add(#""_id":""#)
        identity.add(.toolUse, seconds: toolUses[index].createdSeconds, serial: toolUses[index].serial, to: &line)
        line.add(#"""#)
    }

    private mutating func pickToolUse() -> Int? {
        guard let index = toolUses.pick(mask: .active, value: .active, owned: false, people: people, &random) else {
            return nil
        }
        let owner = toolUses[index].owner
        return owner == .none || owner.isActive(in: people) ? index : nil
    }

    mutating func useTool(_ line: inout Line) -> Bool {
        let slot = random.chance(perMille: 800) ? pickUser() : nil
        let tool = random.rank(below: vocabulary.tools.count)
        let index = toolUses.insert(
            ToolUseState(
                serial: Serials.next(&serials.toolUse), createdSeconds: seconds,
                owner: slot.map { reference($0) } ?? .none, tool: tool))
        beginToolUse(.toolUsed, index, &line)
        if let slot { addUserField(#","userId":""#, slot, &line) }
        line.add(#","toolName":""#)
        vocabulary.tools.append(tool, to: &line)
        line.add(#"","toolCategory":""#)
        vocabulary.toolCategories.append(tool % vocabulary.toolCategories.count, to: &line)
        line.add(random.chance(perMille: 700) ? #"","action":"run""# : #"","action":"copy""#)
        line.add(#","parameters":{"input":""#)
        addPhrase(&line)
        line.add(#""},"result":{"responseTime":"#)
        line.add(random.within(5...4000))
        if random.chance(perMille: 880) {
            line.add(#","success":true,"statusCode":200,"dataSize":"#)
            line.add(random.within(20...90_000))
        } else {
            line.add(#","success":false,"statusCode":502,"error":"no answer""#)
        }
        line.add(#"},"metadata":{"sessionId":""#)
        addVisitorSession(&line)
        addNetwork(&line)
        line.add("}")
        end(&line)
        return true
    }

    mutating func changeToolUse(_ line: inout Line) -> Bool {
        guard let index = pickToolUse() else { return false }
        beginToolUse(.toolChanged, index, &line)
        if random.chance(perMille: 400) {
            line.add(#","unset":["parameters","metadata.ipAddress"]"#)
        } else {
            line.add(#","set":{"result.success":false,"result.error":"timed out","parameters":{"input":""#)
            addPhrase(&line)
            line.add(#""}}"#)
        }
        end(&line)
        return true
    }

    mutating func deleteToolUse(_ line: inout Line) -> Bool {
        guard let index = pickToolUse() else { return false }
        beginToolUse(.toolDeleted, index, &line)
        end(&line)
        toolUses[index].flags = []
        return true
    }
}
