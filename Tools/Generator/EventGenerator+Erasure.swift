/// The end of what is known of people. After it nothing is said that would tell who they are.
extension EventGenerator {
    /// A user whose subscriptions have ended, or the one who was deleted last.
    mutating func eraseUser(_ line: inout Line) -> Bool {
        if random.chance(perMille: 250), eraseDeletedUser(&line) { return true }
        if !leaving.isActive(in: people) || random.chance(perMille: 100) { chooseLeaving() }
        let slot = Int(leaving.slot)
        guard canSpareUser, leaving.isActive(in: people), isErasable(slot) else { return false }
        beginUser(.userErased, slot, &line)
        if random.chance(perMille: 500) { line.add(#","reason":"asked for it""#) }
        end(&line)
        noteErasure(people[slot].createdSeconds, people[slot].serial)
        vacate(slot)
        return true
    }

    private func isErasable(_ slot: Int) -> Bool {
        people[slot].endingOffers == 0 && !hasSubscription(slot, paused: true, active: true)
    }

    /// Often somebody whose payment is on hold.
    private mutating func chooseLeaving() {
        if random.chance(perMille: 400),
            let index = transactions.pick(mask: .held, value: .held, people: people, &random)
        {
            leaving = transactions[index].owner
            return
        }
        for _ in 0..<4 {
            guard let slot = pickUser() else { return }
            leaving = reference(slot)
            if isErasable(slot) { return }
        }
    }

    /// A subscription that whoever wants to be erased ends first.
    func subscriptionOfLeaving() -> Int? {
        guard leaving.isActive(in: people) else { return nil }
        var index = people[Int(leaving.slot)].firstSubscription
        while index >= 0 {
            let subscription = subscriptions[Int(index)]
            if subscription.isLive, now < subscription.periodEnd { return Int(index) }
            index = subscription.next
        }
        return nil
    }

    private mutating func eraseDeletedUser(_ line: inout Line) -> Bool {
        guard isLastDeletedKnown, let (seconds, serial) = lastDeleted else { return false }
        begin(.userErased, "users", &line)
        identity.add(.user, seconds: seconds, serial: serial, to: &line)
        data(&line)
        line.add(#""userId":""#)
        identity.add(.user, seconds: seconds, serial: serial, to: &line)
        line.add(#"""#)
        end(&line)
        isLastDeletedKnown = false
        noteErasure(seconds, serial)
        return true
    }

    /// Others work on these documents too.
    private mutating func noteErasure(_ seconds: UInt32, _ serial: UInt32) {
        lastErased = (seconds, serial)
        contacts.insert(.erased, ofOwner: serial)
        tickets.insert(.erased, ofOwner: serial)
        applications.insert(.erased, ofOwner: serial)
        registrations.insert(.erased, ofOwner: serial)
    }

    /// A visitor, applicant or guest. Each of them has one document, and an address of their own.
    mutating func erasePerson(_ line: inout Line) -> Bool {
        let first = random.below(3)
        for step in 0..<3 {
            let isDone =
                switch (first + step) % 3 {
                case 0: eraseVisitor(&line)
                case 1: eraseApplicant(&line)
                default: eraseGuest(&line)
                }
            if isDone { return true }
        }
        return false
    }

    private mutating func eraseVisitor(_ line: inout Line) -> Bool {
        guard let index = pickNobodys(contacts) else { return false }
        contacts[index].flags.insert(.erased)
        beginErasure(&line)
        addVisitorAddress(index, &line)
        return endErasure(&line)
    }

    private mutating func eraseApplicant(_ line: inout Line) -> Bool {
        guard let index = pickNobodys(applications) else { return false }
        applications[index].flags.insert(.erased)
        beginErasure(&line)
        addApplicantAddress(applications[index].serial, &line)
        return endErasure(&line)
    }

    private mutating func eraseGuest(_ line: inout Line) -> Bool {
        guard let index = pickNobodys(registrations) else { return false }
        registrations[index].flags.insert(.erased)
        beginErasure(&line)
        addGuestAddress(index, &line)
        return endErasure(&line)
    }

    /// An entry of somebody who is no user and not yet erased; it may be deleted.
    private mutating func pickNobodys<Entry: RingEntry>(_ ring: Ring<Entry>) -> Int? {
        for _ in 0..<8 {
            guard let index = ring.pick(mask: .erased, value: [], owned: false, people: people, &random) else {
                return nil
            }
            if ring[index].owner == .none { return index }
        }
        return nil
    }

    /// The reader keeps the address as a hash, in the subject too: so it is left to make that.
    private func beginErasure(_ line: inout Line) {
        begin(.personErased, &line)
        data(&line)
        line.add(#""email":""#)
    }

    private mutating func endErasure(_ line: inout Line) -> Bool {
        line.add(random.chance(perMille: 500) ? #"","reason":"asked for it""# : #"""#)
        end(&line)
        return true
    }
}
