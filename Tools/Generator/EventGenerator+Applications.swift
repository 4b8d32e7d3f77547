/// Applications for jobs, by users and by others.
extension EventGenerator {
    static let applicationStates: Flags = [
        .draft, .submitted, .underReview, .interviewing, .offered, .hired, .rejected, .withdrawn,
    ]

    /// What becomes of applications, by weight: most are rejected in the end.
    private static let moves: [(from: Flags, to: Flags, weight: Int)] = [
        (.draft, .submitted, 8), (.submitted, .underReview, 36), (.submitted, .rejected, 8),
        (.underReview, .interviewing, 18), (.underReview, .rejected, 14), (.interviewing, .offered, 7),
        (.interviewing, .underReview, 1), (.interviewing, .rejected, 8), (.offered, .hired, 5),
        (.offered, .rejected, 1), (.rejected, .underReview, 1), (.hired, .offered, 1),
    ]
    private static let weightOfMoves = moves.reduce(0) { $0 + $1.weight }

    /// `isPersonal`: not one whose applicant was erased.
    private mutating func pickApplication(_ state: Flags, isPersonal: Bool = false) -> Int? {
        let mask = isPersonal ? Self.applicationStates.union(.erased) : Self.applicationStates
        return applications.pick(mask: mask, value: state, owned: false, people: people, &random)
    }

    private func beginApplication(_ kind: EventKind, _ index: Int, _ line: inout Line, actor: Int? = nil) {
        begin(kind, "applications", &line)
        addID(.application, applications[index].serial, &line)
        data(&line, actor: actor)
        line.add(#""applicationId":""#)
        addID(.application, applications[index].serial, &line)
        line.add(#"""#)
    }

    private mutating func setState(_ index: Int, _ state: Flags) {
        applications[index].flags.subtract(Self.applicationStates)
        applications[index].flags.formUnion(state)
    }

    mutating func submitApplication(_ line: inout Line) -> Bool {
        guard let job = pickJob(.active) else { return false }
        let slot = random.chance(perMille: 600) ? pickUser() : nil
        let isDraft = random.chance(perMille: 150)
        var flags: Flags = isDraft ? .draft : .submitted
        if random.chance(perMille: 500) { flags.insert(.hasPortfolio) }
        let serial = Serials.next(&serials.application)
        let index = applications.insert(
            ApplicationState(
                serial: serial, owner: slot.map { reference($0) } ?? .none, job: Int32(job),
                jobSerial: jobs[job].serial, flags: flags))

        beginApplication(.applicationSubmitted, index, &line, actor: slot)
        line.add(#","jobId":""#)
        addID(.job, jobs[job].serial, &line)
        line.add(#"""#)
        if let slot { addUserField(#","applicantId":""#, slot, &line) }
        addPersonalInfo(slot, serial, &line)
        addProfessionalInfo(isPortfolioGiven: flags.contains(.hasPortfolio), &line)
        line.add(#","applicationDetails":{"coverLetter":""#)
        addText(random.within(200...1200), &line)
        line.add(#"","expectedSalary":"#)
        line.add(1000 * random.within(35...180))
        line.add(#","availableStartDate":""#)
        line.add(time: now + Int64(random.within(14...120)) * 86_400_000)
        line.add(#"","workAuthorization":""#)
        addAny(of: vocabulary.workAuthorizations, &line)
        line.add(#""},"resume":{"filename":"resume.pdf","url":"https://files.example/"#)
        addID(.application, serial, &line)
        line.add(#".pdf","size":"#)
        line.add(random.within(20_000...900_000))
        line.add(#","mimeType":"application/pdf"}"#)
        line.add(isDraft ? #","status":"draft""# : #","status":"submitted","notes":"Application received""#)
        end(&line)
        return true
    }

    /// Of a user, or of somebody whose only name is an address.
    private mutating func addPersonalInfo(_ slot: Int?, _ serial: UInt32, _ line: inout Line) {
        line.add(#","personalInfo":{"firstName":""#)
        addAny(of: vocabulary.firstNames, &line)
        line.add(#"","lastName":""#)
        addAny(of: vocabulary.lastNames, &line)
        line.add(#"","email":""#)
        if let slot {
            addEmail(slot, &line)
        } else {
            addApplicantAddress(serial, &line)
        }
        line.add(#"","phoneNumber":""#)
        addPhoneNumber(&line)
        line.add(#"","location":""#)
        addAny(of: vocabulary.places, &line)
        line.add(#""}"#)
    }

    func addApplicantAddress(_ serial: UInt32, _ line: inout Line) {
        line.add("applicant.")
        line.add(base36: serial)
        line.add(".")
        identity.addSuffix(to: &line)
        line.add("@mail.example")
    }

    private mutating func addPhoneNumber(_ line: inout Line) {
        line.add("+49")
        line.add(random.within(100_000_000...999_999_999))
    }

    private mutating func addProfessionalInfo(isPortfolioGiven: Bool, _ line: inout Line) {
        line.add(#","professionalInfo":{"currentPosition":""#)
        addAny(of: vocabulary.jobTitles, &line)
        line.add(#"","company":""#)
        addAny(of: vocabulary.companies, &line)
        line.add(#"","experience":""#)
        line.add(random.within(2...20))
        if isPortfolioGiven {
            line.add(#" years","portfolio":"https://portfolio.example/"#)
            line.add(hex: random.next())
            line.add(#""}"#)
        } else {
            line.add(#" years"}"#)
        }
    }

    mutating func changeApplication(_ line: inout Line) -> Bool {
        let state: Flags = random.chance(perMille: 300) ? .draft : .submitted
        let picked = pickApplication(state, isPersonal: true) ?? pickApplication(.submitted, isPersonal: true)
        guard let index = picked else { return false }
        beginApplication(.applicationChanged, index, &line)
        if applications[index].flags.contains(.hasPortfolio), random.chance(perMille: 200) {
            line.add(#","unset":["professionalInfo.portfolio"]"#)
            applications[index].flags.remove(.hasPortfolio)
        } else if random.chance(perMille: 500) {
            line.add(#","set":{"personalInfo.phoneNumber":""#)
            addPhoneNumber(&line)
            line.add(#"","applicationDetails.expectedSalary":"#)
            line.add(1000 * random.within(35...180))
            line.add("}")
        } else {
            line.add(#","set":{"applicationDetails.coverLetter":""#)
            addText(random.within(200...1200), &line)
            line.add(#""}"#)
        }
        end(&line)
        return true
    }

    mutating func changeApplicationStatus(_ line: inout Line) -> Bool {
        for _ in 0..<8 {
            let move = drawMove()
            guard let index = pickApplication(move.from) else { continue }
            if move.from == .draft, !isOpen(applications[index]) { continue }
            let slot = random.chance(perMille: 700) ? pickUser() : nil
            beginApplication(.applicationStatusChanged, index, &line, actor: slot)
            line.add(#","status":""#)
            line.add(Self.name(of: move.to))
            line.add(#"""#)
            if let slot { addUserField(#","changedBy":""#, slot, &line) }
            if !applications[index].flags.contains(.erased), random.chance(perMille: 400) {
                line.add(#","notes":""#)
                addSentence(&line)
                line.add(#"""#)
            }
            end(&line)
            setState(index, move.to)
            return true
        }
        return false
    }

    private mutating func drawMove() -> (from: Flags, to: Flags, weight: Int) {
        var draw = random.below(Self.weightOfMoves)
        for move in Self.moves {
            if draw < move.weight { return move }
            draw -= move.weight
        }
        return Self.moves[0]
    }

    /// Whether the application's job is still there and open.
    private func isOpen(_ application: ApplicationState) -> Bool {
        let job = jobs[Int(application.job)]
        return job.serial == application.jobSerial && job.flags.contains(.active)
    }

    private static func name(of state: Flags) -> StaticString {
        switch state {
        case .underReview: "under-review"
        case .interviewing: "interviewing"
        case .offered: "offered"
        case .hired: "hired"
        case .rejected: "rejected"
        default: "submitted"
        }
    }

    mutating func withdrawApplication(_ line: inout Line) -> Bool {
        let states: [Flags] = [.submitted, .underReview, .interviewing, .offered]
        let state = states[random.below(states.count)]
        guard let index = pickApplication(state) ?? pickApplication(.submitted) else { return false }
        beginApplication(.applicationWithdrawn, index, &line)
        if !applications[index].flags.contains(.erased), random.chance(perMille: 500) {
            line.add(#","notes":""#)
            addSentence(&line)
            line.add(#"""#)
        }
        end(&line)
        setState(index, .withdrawn)
        return true
    }

    mutating func deleteApplication(_ line: inout Line) -> Bool {
        let states: [Flags] = [.draft, .withdrawn, .rejected, .hired]
        let state = states[random.below(states.count)]
        guard let index = pickApplication(state) ?? pickApplication(.submitted) else { return false }
        beginApplication(.applicationDeleted, index, &line)
        end(&line)
        setState(index, [])
        return true
    }
}
