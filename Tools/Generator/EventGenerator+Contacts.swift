/// Messages from the contact form, and what becomes of them.
extension EventGenerator {
    static let supportStates: Flags = [.opened, .assigned, .working, .waiting, .resolved, .closed]

    /// `isPersonal`: not one whose person was erased.
    private mutating func pickContact(_ states: Flags..., isPersonal: Bool = false) -> Int? {
        for state in states {
            let mask = isPersonal ? Self.supportStates.union(.erased) : Self.supportStates
            if let index = contacts.pick(mask: mask, value: state, owned: false, people: people, &random) {
                return index
            }
        }
        return nil
    }

    private func beginContact(_ kind: EventKind, _ index: Int, _ line: inout Line) {
        begin(kind, "contacts", &line)
        addTicketID(contacts[index].number, &line)
        data(&line)
        line.add(#""ticketId":""#)
        addTicketID(contacts[index].number, &line)
        line.add(#"""#)
    }

    func addTicketID(_ number: DayNumber, _ line: inout Line) {
        line.add("TICKET-")
        line.add(number)
    }

    /// `,"priority":"…"`; the index of a priority.
    func addPriority(_ priority: Int, _ line: inout Line) {
        line.add(#","priority":""#)
        vocabulary.priorities.append(priority, to: &line)
        line.add(#"""#)
    }

    func addStatus(_ state: Flags, _ line: inout Line) {
        switch state {
        case .working: line.add(#","status":"in-progress""#)
        case .waiting: line.add(#","status":"waiting""#)
        case .resolved: line.add(#","status":"resolved""#)
        case .closed: line.add(#","status":"closed""#)
        default: line.add(#","status":"open""#)
        }
    }

    /// Half of them by users who are signed in, some by users who are not, the rest by visitors.
    mutating func submitContact(_ line: inout Line) -> Bool {
        guard let slot = pickUser() else { return false }
        let isVisitor = random.chance(perMille: 300)
        let isSignedIn = !isVisitor && random.chance(perMille: 700)
        let serial = Serials.next(&serials.contact)
        let index = contacts.insert(
            ContactState(
                serial: serial, number: lastContact.next(at: now), owner: isVisitor ? .none : reference(slot),
                priority: 1))

        beginContact(.contactSubmitted, index, &line)
        line.add(#","name":""#)
        if isVisitor {
            addAny(of: vocabulary.firstNames, &line)
            line.add(#"","email":""#)
            addVisitorAddress(index, &line)
            line.add(#"""#)
        } else {
            addName(slot, &line)
            line.add(#"","email":""#)
            addEmail(slot, &line)
            line.add(#"""#)
        }
        if isSignedIn { addUserField(#","userId":""#, slot, &line) }
        line.add(#","subject":""#)
        addPhrase(&line)
        line.add(#"","message":""#)
        addText(random.within(60...600), &line)
        line.add(#"","category":""#)
        addAny(of: vocabulary.contactCategories, &line)
        line.add(#"","metadata":{"source":"contact-form","userAgent":"Mozilla/5.0","ipAddress":"203.0.113."#)
        line.add(random.within(1...254))
        line.add(#""}"#)
        end(&line)
        return true
    }

    func addVisitorAddress(_ index: Int, _ line: inout Line) {
        line.add("Visitor.")
        line.add(base36: contacts[index].serial)
        line.add(".")
        identity.addSuffix(to: &line)
        line.add("@visitors.example")
    }

    mutating func respondToContact(_ line: inout Line) -> Bool {
        guard let index = pickContact(.working, .opened, .waiting, isPersonal: true), contacts[index].responses < 20,
            let slot = pickUser()
        else { return false }
        contacts[index].responses += 1
        beginContact(.contactResponded, index, &line)
        line.add(#","responseId":""#)
        addID(.response, Serials.next(&serials.response), &line)
        addUserField(#"","responderId":""#, slot, &line)
        line.add(#","content":""#)
        addText(random.within(40...400), &line)
        line.add(random.chance(perMille: 200) ? #"","isInternal":true"# : #"""#)
        end(&line)
        return true
    }

    mutating func assignContact(_ line: inout Line) -> Bool {
        guard let index = pickContact(.opened, .working, .waiting), let slot = pickUser(),
            contacts[index].assignee != reference(slot)
        else { return false }
        contacts[index].assignee = reference(slot)
        beginContact(.contactAssigned, index, &line)
        addUserField(#","assignedTo":""#, slot, &line)
        end(&line)
        return true
    }

    mutating func moveContact(_ line: inout Line) -> Bool {
        guard let index = pickContact(random.chance(perMille: 300) ? .opened : .working, .waiting, .resolved, .opened)
        else { return false }
        let state = contacts[index].flags.intersection(Self.supportStates)
        let next: Flags
        switch state {
        case .opened: next = random.chance(perMille: 800) ? .working : .closed
        case .working: next = random.chance(perMille: 300) ? .waiting : .resolved
        case .waiting: next = random.chance(perMille: 700) ? .working : .resolved
        default: next = random.chance(perMille: 850) ? .closed : .opened
        }
        beginContact(.contactStatusChanged, index, &line)
        addStatus(next, &line)
        end(&line)
        contacts[index].flags.subtract(Self.supportStates)
        contacts[index].flags.formUnion(next)
        return true
    }

    mutating func prioritiseContact(_ line: inout Line) -> Bool {
        guard let index = pickContact(.opened, .working, .waiting) else { return false }
        contacts[index].priority = (contacts[index].priority + random.within(1...3)) % 4
        beginContact(.contactPrioritised, index, &line)
        addPriority(contacts[index].priority, &line)
        end(&line)
        return true
    }

    mutating func tagContact(_ line: inout Line) -> Bool {
        guard let index = pickContact(.working, .opened, .resolved), contacts[index].tags < 8 else { return false }
        contacts[index].tags += 1
        beginContact(.contactTagged, index, &line)
        line.add(#","tags":"#)
        addTags(&line, count: random.within(1...3))
        end(&line)
        return true
    }

    mutating func changeContact(_ line: inout Line) -> Bool {
        guard let index = pickContact(.opened, .working, .waiting) else { return false }
        beginContact(.contactChanged, index, &line)
        line.add(#","set":{"category":""#)
        addAny(of: vocabulary.contactCategories, &line)
        line.add(#""}"#)
        if random.chance(perMille: 300) { addTagPatch(&line) }
        end(&line)
        return true
    }

    mutating func deleteContact(_ line: inout Line) -> Bool {
        guard let index = pickContact(.closed, .resolved, .opened) else { return false }
        beginContact(.contactDeleted, index, &line)
        end(&line)
        contacts[index].flags.subtract(Self.supportStates)
        return true
    }
}
