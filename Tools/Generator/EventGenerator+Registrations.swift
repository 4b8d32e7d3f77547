/// Registrations for webinars: of users and of guests, from pending to feedback.
extension EventGenerator {
    static let registrationStates: Flags = [.pending, .confirmed, .cancelled, .attended, .missed]

    /// A registration in one of these states whose webinar is remembered, in one of its own; where `begun`, one that
    /// has begun; where `isPersonal`, one whose attendee was not erased.
    private mutating func pickRegistration(
        _ states: Flags..., webinar open: Flags, begun: Bool = false, isPersonal: Bool = false
    ) -> (index: Int, webinar: Int)? {
        let mask = isPersonal ? Self.registrationStates.union(.erased) : Self.registrationStates
        for state in states {
            for _ in 0..<8 {
                let picked = registrations.pick(
                    mask: mask, value: state, owned: false, people: people, &random)
                guard let index = picked else { break }
                guard let webinar = webinar(of: index), !webinars[webinar].flags.isDisjoint(with: open) else {
                    continue
                }
                if !begun || webinars[webinar].date <= now { return (index, webinar) }
            }
        }
        return nil
    }

    private func webinar(of index: Int) -> Int? {
        let registration = registrations[index]
        let webinar = Int(registration.webinar)
        return webinars[webinar].serial == registration.webinarSerial ? webinar : nil
    }

    private func beginRegistration(_ kind: EventKind, _ index: Int, _ line: inout Line) {
        begin(kind, "registrations", &line)
        addID(.registration, registrations[index].serial, &line)
        data(&line)
        line.add(#""registrationId":""#)
        addID(.registration, registrations[index].serial, &line)
        line.add(#"""#)
    }

    private mutating func setState(_ index: Int, _ state: Flags) {
        registrations[index].flags.subtract(Self.registrationStates)
        registrations[index].flags.formUnion(state)
    }

    mutating func register(_ line: inout Line) -> Bool {
        guard let webinar = pickOpenWebinar() else { return false }
        let slot = random.chance(perMille: 650) ? pickUser() : nil
        let isPending = random.chance(perMille: 300)
        let index = registrations.insert(
            RegistrationState(
                serial: Serials.next(&serials.registration), owner: slot.map { reference($0) } ?? .none,
                flags: isPending ? .pending : .confirmed, webinar: Int32(webinar),
                webinarSerial: webinars[webinar].serial))
        adjustWebinar(webinar, registrations: 1, places: 1)

        beginRegistration(.webinarRegistrationCreated, index, &line)
        line.add(#","webinarId":""#)
        addID(.webinar, webinars[webinar].serial, &line)
        if let slot {
            addUserField(#"","userId":""#, slot, &line)
        } else {
            line.add(#"""#)
        }
        addAttendee(index, slot, &line)
        line.add(#","registrationSource":""#)
        addAny(of: vocabulary.registrationSources, &line)
        line.add(isPending ? #"","status":"pending""# : #"","status":"confirmed""#)
        end(&line)
        return true
    }

    private mutating func addAttendee(_ index: Int, _ slot: Int?, _ line: inout Line) {
        let serial = slot.map { people[$0].serial } ?? registrations[index].serial
        let scattered = Int(SplitMix64.mix(UInt64(serial)) >> 33)
        line.add(#","attendeeInfo":{"firstName":""#)
        vocabulary.firstNames.append(scattered % vocabulary.firstNames.count, to: &line)
        line.add(#"","lastName":""#)
        vocabulary.lastNames.append(scattered / 64 % vocabulary.lastNames.count, to: &line)
        line.add(#"","email":""#)
        if let slot {
            addEmail(slot, &line)
        } else {
            addGuestAddress(index, &line)
        }
        if random.chance(perMille: 500) {
            line.add(#"","company":""#)
            addAny(of: vocabulary.companies, &line)
            line.add(#"","jobTitle":""#)
            addAny(of: vocabulary.jobTitles, &line)
        }
        line.add(#""}"#)
    }

    func addGuestAddress(_ index: Int, _ line: inout Line) {
        line.add("guest.")
        line.add(base36: registrations[index].serial)
        line.add(".")
        identity.addSuffix(to: &line)
        line.add("@guests.example")
    }

    mutating func confirmRegistration(_ line: inout Line) -> Bool {
        let first: Flags = random.chance(perMille: 900) ? .pending : .cancelled
        guard let (index, webinar) = pickRegistration(first, .pending, webinar: .scheduled) else { return false }
        let wasCancelled = registrations[index].flags.contains(.cancelled)
        if wasCancelled, webinars[webinar].flags.contains(.full) { return false }
        beginRegistration(.webinarRegistrationConfirmed, index, &line)
        end(&line)
        setState(index, .confirmed)
        if wasCancelled { adjustWebinar(webinar, registrations: 0, places: 1) }
        return true
    }

    mutating func changeRegistration(_ line: inout Line) -> Bool {
        let picked = pickRegistration(.confirmed, .pending, webinar: .scheduled, isPersonal: true)
        guard let (index, _) = picked else { return false }
        beginRegistration(.webinarRegistrationChanged, index, &line)
        if random.chance(perMille: 600) {
            line.add(#","set":{"attendeeInfo.company":""#)
            addAny(of: vocabulary.companies, &line)
            line.add(#"","attendeeInfo.jobTitle":""#)
            addAny(of: vocabulary.jobTitles, &line)
            line.add(#""}"#)
        } else {
            line.add(#","unset":["attendeeInfo.phoneNumber"]"#)
        }
        end(&line)
        return true
    }

    mutating func cancelRegistration(_ line: inout Line) -> Bool {
        guard let (index, webinar) = pickRegistration(.confirmed, .pending, webinar: [.scheduled, .cancelled]) else {
            return false
        }
        beginRegistration(.webinarRegistrationCancelled, index, &line)
        end(&line)
        setState(index, .cancelled)
        adjustWebinar(webinar, registrations: 0, places: -1)
        return true
    }

    mutating func attend(_ line: inout Line) -> Bool {
        let first: Flags = random.chance(perMille: 950) ? .confirmed : .missed
        guard
            let (index, webinar) = pickRegistration(
                first, .confirmed, webinar: [.scheduled, .completed], begun: true)
        else { return false }
        beginRegistration(.webinarRegistrationAttended, index, &line)
        line.add(#","attendance":{"joinedAt":""#)
        line.add(time: webinars[webinar].date)
        line.add(#"","duration":"#)
        line.add(random.within(1...90))
        line.add(random.chance(perMille: 700) ? #","completed":true}"# : #","completed":false}"#)
        end(&line)
        setState(index, .attended)
        return true
    }

    mutating func miss(_ line: inout Line) -> Bool {
        guard
            let (index, _) = pickRegistration(
                .confirmed, .pending, webinar: [.scheduled, .completed], begun: true)
        else { return false }
        beginRegistration(.webinarRegistrationMissed, index, &line)
        end(&line)
        setState(index, .missed)
        return true
    }

    /// Sometimes a second time.
    mutating func giveFeedback(_ line: inout Line) -> Bool {
        guard let (index, _) = pickRegistration(.attended, webinar: [.scheduled, .completed]) else { return false }
        beginRegistration(.webinarRegistrationFeedbackGiven, index, &line)
        line.add(#","feedback":{"rating":"#)
        let rating = max(random.within(1...5), random.within(2...5))
        line.add(rating)
        if rating < 5, random.chance(perMille: 200) { line.add(".5") }
        if !registrations[index].flags.contains(.erased), random.chance(perMille: 400) {
            line.add(#","comments":""#)
            addSentence(&line)
            line.add(#"""#)
        }
        line.add("}")
        end(&line)
        return true
    }

    mutating func deleteRegistration(_ line: inout Line) -> Bool {
        let first: Flags = random.chance(perMille: 500) ? .cancelled : .attended
        let states: Flags = [.scheduled, .completed, .cancelled]
        guard let (index, webinar) = pickRegistration(first, .cancelled, webinar: states) else { return false }
        let wasCancelled = registrations[index].flags.contains(.cancelled)
        beginRegistration(.webinarRegistrationDeleted, index, &line)
        end(&line)
        setState(index, [])
        adjustWebinar(webinar, registrations: -1, places: wasCancelled ? 0 : -1)
        return true
    }
}
