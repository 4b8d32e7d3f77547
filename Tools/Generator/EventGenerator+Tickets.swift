/// Support tickets, and the promises about them.
extension EventGenerator {
    private static let hour: Int64 = 3_600_000
    /// Hours to the first response and to the resolution, by priority.
    private static let responseHours: [Int64] = [48, 24, 4, 1]
    private static let resolutionHours: [Int64] = [120, 72, 24, 8]

    /// Whether time alone will break a promise.
    var owesTicket: Bool { (0..<tickets.count).contains { tickets[$0].due != nil } }

    /// `isPersonal`: not one whose requester was erased.
    private mutating func pickTicket(_ states: Flags..., isPersonal: Bool = false) -> Int? {
        for state in states {
            let mask = isPersonal ? Self.supportStates.union(.erased) : Self.supportStates
            if let index = tickets.pick(mask: mask, value: state, owned: false, people: people, &random) {
                return index
            }
        }
        return nil
    }

    private func state(_ index: Int) -> Flags { tickets[index].flags.intersection(Self.supportStates) }

    private mutating func setState(_ index: Int, _ state: Flags) {
        tickets[index].flags.subtract(Self.supportStates)
        tickets[index].flags.formUnion(state)
    }

    private func beginTicket(_ kind: EventKind, _ index: Int, _ line: inout Line) {
        begin(kind, "tickets", &line)
        addTicketID(tickets[index].number, &line)
        data(&line)
        line.add(#""ticketId":""#)
        addTicketID(tickets[index].number, &line)
        line.add(#"""#)
    }

    /// Sets another timer where the ticket is due at another time.
    private mutating func keepTime(_ index: Int) {
        let due = state(index).isEmpty ? nil : tickets[index].clock.due
        guard due != tickets[index].due else { return }
        tickets[index].due = due
        tickets[index].timer &+= 1
        guard let due else { return }
        let ticket = tickets[index]
        timers.add(.init(time: due, action: .ticketDue, index: index, serial: ticket.serial, number: ticket.timer))
    }

    mutating func openTicket(_ line: inout Line) -> Bool {
        // One that time may still break keeps its place.
        guard tickets.oldest?.due == nil, let slot = pickUser() else { return false }
        let priority = [0, 1, 1, 1, 2, 2, 3][random.below(7)]
        var clock = TicketClock(
            openedAt: now, responseTime: Self.responseHours[priority] * Self.hour,
            resolutionTime: Self.resolutionHours[priority] * Self.hour, runsSince: now)
        clock.isResponseTimeGiven = random.chance(perMille: 100)
        clock.isResolutionTimeGiven = random.chance(perMille: 100)
        if clock.isResponseTimeGiven { clock.responseTime = Self.hour / 2 }
        if clock.isResolutionTimeGiven { clock.resolutionTime = 36 * Self.hour }
        let isAssigned = random.chance(perMille: 200)
        let index = tickets.insert(
            TicketState(
                serial: Serials.next(&serials.ticket), number: lastTicket.next(at: now), owner: reference(slot),
                flags: isAssigned ? .assigned : .opened, assignee: .none, priority: priority, clock: clock))

        beginTicket(.ticketOpened, index, &line)
        addUserField(#","requesterId":""#, slot, &line)
        line.add(#","title":""#)
        addPhrase(&line)
        line.add(#"","description":""#)
        addText(random.within(60...600), &line)
        line.add(#"","category":""#)
        addAny(of: vocabulary.ticketCategories, &line)
        line.add(#"""#)
        if priority != 1 || random.chance(perMille: 500) { addPriority(priority, &line) }
        if isAssigned, let assignee = pickUser() {
            tickets[index].assignee = reference(assignee)
            addUserField(#","assignedTo":""#, assignee, &line)
        } else {
            tickets[index].flags = .opened
        }
        line.add(#","tags":"#)
        addTags(&line, count: random.below(3))
        addGivenTimes(clock.isResponseTimeGiven, clock.isResolutionTimeGiven, &line)
        end(&line)
        keepTime(index)
        return true
    }

    private func addGivenTimes(_ response: Bool, _ resolution: Bool, _ line: inout Line) {
        guard response || resolution else { return }
        line.add(#","sla":{"#)
        if response { line.add(#""responseTime":0.5"#) }
        if response, resolution { line.add(",") }
        if resolution { line.add(#""resolutionTime":36"#) }
        line.add("}")
    }

    mutating func respondToTicket(_ line: inout Line) -> Bool {
        let first: Flags = random.chance(perMille: 500) ? .opened : .assigned
        guard let index = pickTicket(first, .working, .opened, isPersonal: true),
            let slot = pickUser()
        else { return false }
        beginTicket(.ticketResponded, index, &line)
        addUserField(#","responderId":""#, slot, &line)
        line.add(#","content":""#)
        addText(random.within(40...400), &line)
        line.add(#"""#)
        let isInternal = random.chance(perMille: 150)
        if isInternal { line.add(#","isInternal":true"#) }
        end(&line)
        if !isInternal, reference(slot) != tickets[index].owner { noteResponse(index) }
        keepTime(index)
        return true
    }

    private mutating func noteResponse(_ index: Int) {
        if tickets[index].clock.respondedAt == nil { tickets[index].clock.respondedAt = now }
    }

    mutating func assignTicket(_ line: inout Line) -> Bool {
        guard let index = pickTicket(random.chance(perMille: 800) ? .opened : .working, .assigned, .waiting),
            let slot = pickUser(), tickets[index].assignee != reference(slot)
        else { return false }
        tickets[index].assignee = reference(slot)
        beginTicket(.ticketAssigned, index, &line)
        addUserField(#","assignedTo":""#, slot, &line)
        end(&line)
        if state(index) == .opened { setState(index, .assigned) }
        return true
    }

    mutating func moveTicket(_ line: inout Line) -> Bool {
        guard
            let index = pickTicket(random.chance(perMille: 400) ? .assigned : .working, .waiting, .resolved, .opened)
        else { return false }
        let next: Flags
        switch state(index) {
        case .opened: next = random.chance(perMille: 700) ? .working : .closed
        case .assigned: next = random.chance(perMille: 800) ? .working : .waiting
        case .working: next = random.chance(perMille: 350) ? .waiting : .resolved
        case .waiting: next = random.chance(perMille: 750) ? .working : .resolved
        default: next = random.chance(perMille: 800) ? .closed : .opened
        }
        beginTicket(.ticketStatusChanged, index, &line)
        addStatus(next, &line)
        end(&line)
        setState(index, next)
        if next != .opened { noteResponse(index) }
        pauseOrGoOn(index, stands: next == .waiting || next == .resolved || next == .closed)
        keepTime(index)
        return true
    }

    private mutating func pauseOrGoOn(_ index: Int, stands: Bool) {
        guard let since = tickets[index].clock.pausedAt else {
            if stands { tickets[index].clock.pausedAt = now }
            return
        }
        guard !stands else { return }
        tickets[index].clock.pausedAt = nil
        tickets[index].clock.paused += now - since
        tickets[index].clock.runsSince = now
    }

    mutating func prioritiseTicket(_ line: inout Line) -> Bool {
        guard let index = pickTicket(random.chance(perMille: 500) ? .opened : .assigned, .working, .waiting) else {
            return false
        }
        let priority = (tickets[index].priority + random.within(1...3)) % 4
        let givesResponse = random.chance(perMille: 100)
        let givesResolution = random.chance(perMille: 100)
        tickets[index].priority = priority
        var clock = tickets[index].clock
        if givesResponse { clock.isResponseTimeGiven = true }
        if givesResolution { clock.isResolutionTimeGiven = true }
        if !clock.isResponseTimeGiven { clock.responseTime = Self.responseHours[priority] * Self.hour }
        if !clock.isResolutionTimeGiven { clock.resolutionTime = Self.resolutionHours[priority] * Self.hour }
        if givesResponse { clock.responseTime = Self.hour / 2 }
        if givesResolution { clock.resolutionTime = 36 * Self.hour }
        clock.runsSince = now
        tickets[index].clock = clock
        beginTicket(.ticketPrioritised, index, &line)
        addPriority(priority, &line)
        addGivenTimes(givesResponse, givesResolution, &line)
        end(&line)
        keepTime(index)
        return true
    }

    mutating func attachToTicket(_ line: inout Line) -> Bool {
        guard let index = pickTicket(.opened, .working, .waiting, isPersonal: true),
            tickets[index].attachments < 10
        else { return false }
        tickets[index].attachments += 1
        let serial = Serials.next(&serials.file)
        beginTicket(.ticketAttachmentAdded, index, &line)
        line.add(#","fileId":""#)
        addID(.file, serial, &line)
        line.add(#"","filename":""#)
        addAny(of: vocabulary.files, &line)
        line.add(#".png","url":"https://files.example/"#)
        line.add(base36: serial)
        line.add(#".png","mimeType":"image/png","size":"#)
        line.add(random.within(2_000...4_000_000))
        end(&line)
        return true
    }

    mutating func tagTicket(_ line: inout Line) -> Bool {
        guard let index = pickTicket(.working, .opened, .closed), tickets[index].tags < 8 else { return false }
        tickets[index].tags += 1
        beginTicket(.ticketTagged, index, &line)
        line.add(#","tags":"#)
        addTags(&line, count: random.within(1...3))
        end(&line)
        return true
    }

    mutating func changeTicket(_ line: inout Line) -> Bool {
        guard let index = pickTicket(.opened, .working, .resolved, isPersonal: true) else { return false }
        beginTicket(.ticketChanged, index, &line)
        line.add(#","set":{"title":""#)
        addPhrase(&line)
        line.add(#"","category":""#)
        addAny(of: vocabulary.ticketCategories, &line)
        line.add(#""}"#)
        end(&line)
        return true
    }

    mutating func deleteTicket(_ line: inout Line) -> Bool {
        guard let index = pickTicket(.closed, .resolved, .opened) else { return false }
        beginTicket(.ticketDeleted, index, &line)
        end(&line)
        setState(index, [])
        keepTime(index)
        return true
    }

    /// A promise is broken: said once of a ticket.
    mutating func breachTicket(_ timer: TimerQueue.Timer, _ line: inout Line) -> EventKind? {
        let index = Int(timer.index)
        guard tickets[index].serial == timer.serial, tickets[index].timer == timer.number else { return nil }
        beginTicket(.ticketSLABreached, index, &line)
        end(&line)
        tickets[index].clock.isBroken = true
        keepTime(index)
        return .ticketSLABreached
    }
}
