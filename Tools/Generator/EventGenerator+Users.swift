/// Users: registration, profile, e-mail, and their end.
extension EventGenerator {
    /// An active user, the first ones more often than the last ones.
    mutating func pickUser(where accept: (Person) -> Bool = { _ in true }) -> Int? {
        guard !people.isEmpty else { return nil }
        for _ in 0..<16 {
            let isUniform = random.chance(perMille: 500)
            let slot = isUniform ? random.below(people.count) : random.rank(below: people.count)
            if people[slot].status == .active, accept(people[slot]) { return slot }
        }
        var slot = random.below(people.count)
        for _ in 0..<min(people.count, 128) {
            if people[slot].status == .active, accept(people[slot]) { return slot }
            slot = slot + 1 == people.count ? 0 : slot + 1
        }
        return nil
    }

    func reference(_ slot: Int) -> PersonReference {
        PersonReference(slot: Int32(slot), serial: people[slot].serial)
    }

    /// Whether one active user fewer still leaves enough of them.
    var canSpareUser: Bool { activePeople > max(4, people.count / 2) }

    mutating func registerUser(_ line: inout Line) -> Bool {
        guard !vacancies.isEmpty || people.count < places else { return false }
        let ways: [Person.Authentication] = [.google, .google, .google, .github, .password]
        let way = tour.isEmpty ? ways[random.below(ways.count)] : ways[(people.count + 2) % ways.count]
        let person = Person(
            serial: Serials.next(&serials.user), createdSeconds: seconds, authentication: way,
            isEmailVerified: way != .password)
        let slot: Int
        if let vacancy = vacancies.popLast() {
            slot = vacancy
            people[slot] = person
        } else {
            slot = people.count
            people.append(person)
        }
        activePeople += 1

        begin(.userRegistered, "users", &line)
        addUser(slot, &line)
        data(&line)
        addUserField(#""_id":""#, slot, &line)
        line.add(#","email":""#)
        addEmail(slot, &line)
        line.add(#"","name":""#)
        addName(slot, &line)
        line.add(#"","username":""#)
        addHandle(slot, separator: "_", &line)
        switch way {
        case .google: line.add(#"","authMethod":"google","emailVerified":true"#)
        case .github: line.add(#"","authMethod":"github","emailVerified":true"#)
        case .password:
            line.add(#"","authMethod":"password","emailVerified":false,"password":""#)
            addPassword(&line)
            line.add(#"""#)
        }
        addProfile(slot, &line)
        if random.chance(perMille: 300) {
            line.add(#","preferences":{"theme":""#)
            addAny(of: vocabulary.themes, &line)
            line.add(#"","language":""#)
            addAny(of: vocabulary.languages, &line)
            line.add(#"","timezone":""#)
            addAny(of: vocabulary.timezones, &line)
            line.add(#""}"#)
        }
        line.add(#","subscription":{"plan":"free","status":"active"},"isActive":true"#)
        end(&line)
        return true
    }

    private mutating func addProfile(_ slot: Int, _ line: inout Line) {
        line.add(#","profile":{"#)
        var separator: StaticString = ""
        if random.chance(perMille: 600) {
            line.add(#""location":""#)
            addAny(of: vocabulary.places, &line)
            line.add(#"""#)
            separator = ","
        }
        if random.chance(perMille: 400) {
            line.add(separator)
            line.add(#""bio":""#)
            addSentence(&line)
            line.add(#"""#)
            separator = ","
        }
        if random.chance(perMille: 150) {
            line.add(separator)
            line.add(#""website":"https://"#)
            addHandle(slot, separator: "-", &line)
            line.add(#".example","socialLinks":{"github":""#)
            addHandle(slot, separator: "-", &line)
            line.add(#""}"#)
        }
        line.add("}")
    }

    /// `anna_3f_k2a`: first name, serial, the generator's suffix.
    func addHandle(_ slot: Int, separator: StaticString, _ line: inout Line) {
        let scattered = Int(SplitMix64.mix(UInt64(people[slot].serial)) >> 33)
        vocabulary.firstNames.append(lowercased: scattered % vocabulary.firstNames.count, to: &line)
        line.add(separator)
        line.add(base36: people[slot].serial)
        line.add(separator)
        identity.addSuffix(to: &line)
    }

    func addName(_ slot: Int, _ line: inout Line) {
        let scattered = Int(SplitMix64.mix(UInt64(people[slot].serial)) >> 33)
        vocabulary.firstNames.append(scattered % vocabulary.firstNames.count, to: &line)
        line.add(" ")
        vocabulary.lastNames.append(scattered / 64 % vocabulary.lastNames.count, to: &line)
    }

    func addEmail(_ slot: Int, _ line: inout Line) {
        addHandle(slot, separator: ".", &line)
        if people[slot].emailVersion > 0 {
            line.add(".")
            line.add(Int(people[slot].emailVersion))
        }
        line.add("@users.example")
    }

    mutating func changeProfile(_ line: inout Line) -> Bool {
        guard let slot = pickUser() else { return false }
        beginUser(.userProfileChanged, slot, &line)
        switch random.below(6) {
        case 0:
            line.add(#","set":{"profile.location":""#)
            addAny(of: vocabulary.places, &line)
            line.add(#""}"#)
        case 1:
            line.add(#","set":{"profile.bio":""#)
            addText(random.within(20...300), &line)
            line.add(#""}"#)
        case 2:
            line.add(#","set":{"name":""#)
            addName(slot, &line)
            line.add(#" Jr.","profile.socialLinks.twitter":"@"#)
            addHandle(slot, separator: "_", &line)
            line.add(#""}"#)
        case 3:
            line.add(#","set":{"profile.avatar":"https://images.example/"#)
            line.add(hex: random.next())
            line.add(#".png"},"unset":["profile.website"]"#)
        case 4:
            line.add(#","unset":["profile.location"]"#)
        default:
            line.add(#","set":{"profile.location":""#)
            addAny(of: vocabulary.places, &line)
            line.add(#"","profile.website":"https://"#)
            addHandle(slot, separator: "-", &line)
            line.add(#".example"},"unset":["profile.bio"]"#)
        }
        end(&line)
        return true
    }

    mutating func changeSettings(_ line: inout Line) -> Bool {
        guard let slot = pickUser() else { return false }
        beginUser(.userSettingsChanged, slot, &line)
        line.add(#","set":{"preferences.theme":""#)
        addAny(of: vocabulary.themes, &line)
        line.add(#"""#)
        if random.chance(perMille: 400) {
            line.add(#","preferences.language":""#)
            addAny(of: vocabulary.languages, &line)
            line.add(#"","preferences.timezone":""#)
            addAny(of: vocabulary.timezones, &line)
            line.add(#"""#)
        }
        if random.chance(perMille: 500) {
            line.add(#","preferences.notifications.email":"#)
            line.add(random.chance(perMille: 500) ? "true" : "false")
            line.add(#","preferences.notifications.marketing":false"#)
        }
        line.add("}")
        end(&line)
        return true
    }

    mutating func changeUser(_ line: inout Line) -> Bool {
        guard let slot = pickUser() else { return false }
        beginUser(.userChanged, slot, &line)
        if random.chance(perMille: 500) {
            line.add(#","set":{"name":"Dr. "#)
            addName(slot, &line)
        } else {
            line.add(#","set":{"subscription.stripeCustomerId":"cus_"#)
            line.add(hex: random.next())
        }
        line.add(#""}"#)
        end(&line)
        return true
    }

    mutating func deactivateUser(_ line: inout Line) -> Bool {
        guard canSpareUser, let slot = pickUser(), !hasSubscription(slot, paused: true, active: false) else {
            return false
        }
        beginUser(.userDeactivated, slot, &line, actor: random.chance(perMille: 300) ? pickUser() : nil)
        if random.chance(perMille: 400) { line.add(#","reason":"asked for a pause""#) }
        end(&line)
        people[slot].status = .deactivated
        activePeople -= 1
        return true
    }

    mutating func reactivateUser(_ line: inout Line) -> Bool {
        guard !people.isEmpty else { return false }
        var slot = random.below(people.count)
        for _ in 0..<min(people.count, 256) {
            if people[slot].status == .deactivated {
                beginUser(.userReactivated, slot, &line)
                end(&line)
                people[slot].status = .active
                activePeople += 1
                return true
            }
            slot = slot + 1 == people.count ? 0 : slot + 1
        }
        return false
    }

    mutating func deleteUser(_ line: inout Line) -> Bool {
        guard canSpareUser, let slot = pickUser(where: { $0.endingOffers == 0 }),
            !hasSubscription(slot, paused: true, active: true)
        else { return false }
        beginUser(.userDeleted, slot, &line)
        end(&line)
        lastDeleted = (people[slot].createdSeconds, people[slot].serial)
        isLastDeletedKnown = true
        vacate(slot)
        return true
    }

    /// The user is gone; another one may take the place.
    mutating func vacate(_ slot: Int) {
        forgetSubscriptions(of: slot)
        people[slot].status = .vacant
        people[slot].serial = 0
        vacancies.append(slot)
        activePeople -= 1
    }
}
