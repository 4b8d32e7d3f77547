/// Profiles and preferences, one of each for a user.
extension EventGenerator {
    // MARK: Profiles

    mutating func createProfile(_ line: inout Line) -> Bool {
        guard let slot = pickUser(where: { !$0.hasProfile }) else { return false }
        people[slot].hasProfile = true
        beginUser(.profileCreated, slot, &line)
        let scattered = Int(SplitMix64.mix(UInt64(people[slot].serial)) >> 33)
        line.add(#","personalInfo":{"firstName":""#)
        vocabulary.firstNames.append(scattered % vocabulary.firstNames.count, to: &line)
        line.add(#"","lastName":""#)
        vocabulary.lastNames.append(scattered / 64 % vocabulary.lastNames.count, to: &line)
        if random.chance(perMille: 400) {
            line.add(#"","dateOfBirth":""#)
            line.add(time: Int64(random.below(13_000)) * 86_400_000)
            line.add(#"","gender":""#)
            line.add(random.chance(perMille: 100) ? "other" : random.chance(perMille: 500) ? "female" : "male")
        }
        line.add(#""},"professionalInfo":{"company":""#)
        addAny(of: vocabulary.companies, &line)
        line.add(#"","jobTitle":""#)
        addAny(of: vocabulary.jobTitles, &line)
        line.add(#"","industry":""#)
        addAny(of: vocabulary.industries, &line)
        line.add(#"","experience":""#)
        line.add(random.within(1...30))
        line.add(#" years","skills":[""#)
        addAny(of: vocabulary.skills, &line)
        line.add(#""]},"interests":"#)
        addTags(&line, count: random.below(4))
        line.add(#","privacy":{"profileVisibility":""#)
        addAny(of: vocabulary.visibilities, &line)
        line.add(random.chance(perMille: 200) ? #"","showEmail":true}"# : #""}"#)
        end(&line)
        return true
    }

    mutating func changeProfileDocument(_ line: inout Line) -> Bool {
        guard let slot = pickUser(where: { $0.hasProfile }) else { return false }
        beginUser(.profileChanged, slot, &line)
        switch random.below(4) {
        case 0:
            line.add(#","set":{"professionalInfo.company":""#)
            addAny(of: vocabulary.companies, &line)
            line.add(#"","professionalInfo.jobTitle":""#)
            addAny(of: vocabulary.jobTitles, &line)
            line.add(#""}"#)
        case 1:
            line.add(#","push":{"professionalInfo.skills":""#)
            addAny(of: vocabulary.skills, &line)
            line.add(#"","interests":""#)
            addAny(of: vocabulary.tags, &line)
            line.add(#""}"#)
        case 2:
            line.add(#","set":{"privacy.profileVisibility":""#)
            addAny(of: vocabulary.visibilities, &line)
            line.add(#""}"#)
        default:
            line.add(#","unset":["personalInfo.dateOfBirth","personalInfo.phoneNumber"]"#)
        }
        end(&line)
        return true
    }

    mutating func deleteProfile(_ line: inout Line) -> Bool {
        guard let slot = pickUser(where: { $0.hasProfile }) else { return false }
        people[slot].hasProfile = false
        beginUser(.profileDeleted, slot, &line)
        end(&line)
        return true
    }

    // MARK: Preferences

    mutating func createPreferences(_ line: inout Line) -> Bool {
        guard let slot = pickUser(where: { !$0.hasPreferences }) else { return false }
        people[slot].hasPreferences = true
        beginUser(.preferencesCreated, slot, &line)
        line.add(#","ui":{"theme":""#)
        addAny(of: vocabulary.themes, &line)
        line.add(random.chance(perMille: 300) ? #"","sidebarCollapsed":true"# : #"""#)
        line.add(random.chance(perMille: 300) ? #","defaultView":"list","itemsPerPage":50}"# : "}")
        if let agent = random.chance(perMille: 400) ? pickAgent() : nil {
            line.add(#","chat":{"defaultAgent":""#)
            addAgentSlug(agent, &line)
            line.add(#"","messageHistory":"#)
            line.add(random.within(1...20) * 50)
            line.add("}")
        }
        if random.chance(perMille: 300) { line.add(#","notifications":{"email":{"marketing":true}}"#) }
        if random.chance(perMille: 200) { line.add(#","privacy":{"analytics":false}"#) }
        end(&line)
        return true
    }

    mutating func changePreferences(_ line: inout Line) -> Bool {
        guard let slot = pickUser(where: { $0.hasPreferences }) else { return false }
        beginUser(.preferencesChanged, slot, &line)
        switch random.below(4) {
        case 0:
            line.add(#","set":{"ui.theme":""#)
            addAny(of: vocabulary.themes, &line)
            line.add(#"","ui.itemsPerPage":"#)
            line.add(random.within(1...10) * 10)
            line.add("}")
        case 1:
            line.add(#","set":{"notifications.push.mentions":false,"notifications.email.updates":"#)
            line.add(random.chance(perMille: 500) ? "true}" : "false}")
        case 2:
            line.add(#","set":{"privacy.dataSharing":false,"privacy.crashReports":true}"#)
        default:
            line.add(#","unset":["chat.defaultAgent"]"#)
        }
        end(&line)
        return true
    }

    mutating func deletePreferences(_ line: inout Line) -> Bool {
        guard let slot = pickUser(where: { $0.hasPreferences }) else { return false }
        people[slot].hasPreferences = false
        beginUser(.preferencesDeleted, slot, &line)
        end(&line)
        return true
    }
}
