/// Canvas projects, and those who work on them together.
extension EventGenerator {
    static let projectStates: Flags = [.active, .archived, .deleted]

    /// A project in the first of `states` that has one, with the properties and an active owner.
    private mutating func pickProject(_ states: Flags..., with properties: Flags = []) -> Int? {
        let mask = Self.projectStates.union(properties)
        for state in states {
            let value = state.union(properties)
            if let index = projects.pick(mask: mask, value: value, people: people, &random) { return index }
        }
        return nil
    }

    private func beginProject(_ kind: EventKind, _ index: Int, _ line: inout Line, actor: Int? = nil) {
        begin(kind, "canvasprojects", &line)
        addID(.project, projects[index].serial, &line)
        data(&line, actor: actor)
        line.add(#""projectId":""#)
        addID(.project, projects[index].serial, &line)
        line.add(#"""#)
    }

    mutating func createProject(_ line: inout Line) -> Bool {
        guard let slot = pickUser() else { return false }
        var flags = Flags.active
        if random.chance(perMille: 600) { flags.insert(.described) }
        let isLimited = random.chance(perMille: 400)
        let limit = isLimited ? random.within(1...4) : Self.collaboratorsPerProject
        let index = projects.insert(
            ProjectState(
                serial: Serials.next(&serials.project), owner: reference(slot), flags: flags, limit: UInt8(limit)))

        beginProject(.canvasProjectCreated, index, &line)
        addUserField(#","userId":""#, slot, &line)
        line.add(#","name":""#)
        addPhrase(&line)
        if flags.contains(.described) {
            line.add(#"","description":""#)
            addText(random.within(40...300), &line)
        }
        line.add(#"","template":""#)
        addAny(of: vocabulary.projectTemplates, &line)
        line.add(#"""#)
        if random.chance(perMille: 200), let second = pickNewcomer(to: index) {
            addUserField(#","collaborators":[{"userId":""#, second, &line)
            line.add(#","role":"editor"}]"#)
            list(second, isEditor: true, in: index)
        }
        line.add(random.chance(perMille: 250) ? #","settings":{"isPublic":true"# : #","settings":{"isPublic":false"#)
        if isLimited {
            line.add(#","maxCollaborators":"#)
            line.add(limit)
        }
        line.add("}")
        end(&line)
        return true
    }

    mutating func changeProject(_ line: inout Line) -> Bool {
        guard let index = pickProject(.active) else { return false }
        beginProject(.canvasProjectChanged, index, &line)
        switch random.below(4) {
        case 0:
            line.add(#","set":{"name":""#)
            addPhrase(&line)
            line.add(#"","template":""#)
            addAny(of: vocabulary.projectTemplates, &line)
            line.add(#""}"#)
        case 1:
            let least = max(1, projects[index].collaborators)
            let limit = random.within(Int(least)...Self.collaboratorsPerProject)
            line.add(#","set":{"settings.maxCollaborators":"#)
            line.add(limit)
            line.add(#","settings.allowComments":false}"#)
            projects[index].limit = UInt8(limit)
        case 2 where projects[index].flags.contains(.described):
            line.add(#","unset":["description"]"#)
            projects[index].flags.remove(.described)
        default:
            line.add(#","set":{"description":""#)
            addText(random.within(40...250), &line)
            line.add(#"","settings.isPublic":true}"#)
            projects[index].flags.insert(.described)
        }
        end(&line)
        return true
    }

    // MARK: States

    mutating func archiveProject(_ line: inout Line) -> Bool {
        guard let index = pickProject(.active) else { return false }
        return moveProject(.canvasProjectArchived, index, to: .archived, &line)
    }

    /// What it was stays known.
    mutating func deleteProject(_ line: inout Line) -> Bool {
        let first: Flags = random.chance(perMille: 300) ? .archived : .active
        guard let index = pickProject(first, .active) else { return false }
        let before = projects[index].flags.intersection(Self.projectStates)
        return moveProject(.canvasProjectDeleted, index, to: before.union(.deleted), &line)
    }

    mutating func restoreProject(_ line: inout Line) -> Bool {
        let deleted: [Flags] = [[.active, .deleted], [.archived, .deleted]]
        let isDeleted = random.chance(perMille: 500)
        let first = isDeleted ? deleted[random.below(2)] : .archived
        guard let index = pickProject(first, .archived, deleted[0], deleted[1]) else { return false }
        let before = projects[index].flags.intersection(Self.projectStates)
        return moveProject(
            .canvasProjectRestored, index, to: before == .archived ? .active : before.subtracting(.deleted), &line)
    }

    mutating func purgeProject(_ line: inout Line) -> Bool {
        guard let index = pickProject([.active, .deleted], [.archived, .deleted]) else { return false }
        return moveProject(.canvasProjectPurged, index, to: [], &line)
    }

    private mutating func moveProject(_ kind: EventKind, _ index: Int, to state: Flags, _ line: inout Line) -> Bool {
        beginProject(kind, index, &line, actor: Int(projects[index].owner.slot))
        end(&line)
        projects[index].flags.subtract(Self.projectStates)
        projects[index].flags.formUnion(state)
        return true
    }

    // MARK: Collaborators

    mutating func joinProject(_ line: inout Line) -> Bool {
        guard let index = pickProject(.active), projects[index].collaborators < projects[index].limit,
            let slot = pickNewcomer(to: index)
        else { return false }
        let isEditor = random.chance(perMille: 600)
        beginProject(.canvasProjectCollaboratorJoined, index, &line, actor: slot)
        addUserField(#","userId":""#, slot, &line)
        line.add(isEditor ? #","role":"editor""# : #","role":"viewer""#)
        end(&line)
        list(slot, isEditor: isEditor, in: index)
        return true
    }

    mutating func leaveProject(_ line: inout Line) -> Bool {
        let first: Flags = random.chance(perMille: 100) ? .archived : .active
        guard let index = pickProject(first, .active, with: .shared), let place = pickCollaborator(of: index) else {
            return false
        }
        beginProject(.canvasProjectCollaboratorLeft, index, &line)
        addUserField(#","userId":""#, Int(collaborators[place].person.slot), &line)
        end(&line)
        projects[index].collaborators -= 1
        let last = index * Self.collaboratorsPerProject + Int(projects[index].collaborators)
        collaborators[place] = collaborators[last]
        if projects[index].collaborators == 0 { projects[index].flags.remove(.shared) }
        return true
    }

    mutating func changeProjectRole(_ line: inout Line) -> Bool {
        guard let index = pickProject(.active, with: .shared), let place = pickCollaborator(of: index) else {
            return false
        }
        collaborators[place].isEditor.toggle()
        beginProject(.canvasProjectCollaboratorRoleChanged, index, &line, actor: Int(projects[index].owner.slot))
        addUserField(#","userId":""#, Int(collaborators[place].person.slot), &line)
        line.add(collaborators[place].isEditor ? #","role":"editor""# : #","role":"viewer""#)
        end(&line)
        return true
    }

    /// The places of the project's collaborators.
    private func places(of index: Int) -> Range<Int> {
        let first = index * Self.collaboratorsPerProject
        return first..<first + Int(projects[index].collaborators)
    }

    private mutating func list(_ slot: Int, isEditor: Bool, in index: Int) {
        collaborators[places(of: index).upperBound] = CollaboratorState(person: reference(slot), isEditor: isEditor)
        projects[index].collaborators += 1
        projects[index].flags.insert(.shared)
    }

    /// A user who has no part in the project yet.
    private mutating func pickNewcomer(to index: Int) -> Int? {
        for _ in 0..<4 {
            guard let slot = pickUser() else { return nil }
            let person = reference(slot)
            if person != projects[index].owner,
                !places(of: index).contains(where: { collaborators[$0].person == person })
            {
                return slot
            }
        }
        return nil
    }

    /// The place of a collaborator who is an active user.
    private mutating func pickCollaborator(of index: Int, where accept: (CollaboratorState) -> Bool = { _ in true })
        -> Int?
    {
        let found = places(of: index).filter {
            collaborators[$0].person.isActive(in: people) && accept(collaborators[$0])
        }
        return found.isEmpty ? nil : found[random.below(found.count)]
    }

    // MARK: Work

    mutating func addProjectFile(_ line: inout Line) -> Bool {
        guard let index = pickProject(.active) else { return false }
        projects[index].files += 1
        projects[index].flags.insert(.filed)
        return work(.canvasProjectFileAdded, index, &line)
    }

    mutating func removeProjectFile(_ line: inout Line) -> Bool {
        guard let index = pickProject(.active, with: .filed) else { return false }
        projects[index].files -= 1
        if projects[index].files == 0 { projects[index].flags.remove(.filed) }
        return work(.canvasProjectFileRemoved, index, &line)
    }

    mutating func editProject(_ line: inout Line) -> Bool {
        guard let index = pickProject(.active) else { return false }
        return work(.canvasProjectEdited, index, &line)
    }

    /// By the owner or an editor.
    private mutating func work(_ kind: EventKind, _ index: Int, _ line: inout Line) -> Bool {
        let isShared = random.chance(perMille: 500)
        let editor = isShared ? pickCollaborator(of: index) { $0.isEditor } : nil
        let slot = editor.map { collaborators[$0].person.slot } ?? projects[index].owner.slot
        beginProject(kind, index, &line)
        addUserField(#","userId":""#, Int(slot), &line)
        if kind != .canvasProjectEdited || random.chance(perMille: 300) {
            line.add(#","fileName":""#)
            addAny(of: vocabulary.fileNames, &line)
            line.add(#"""#)
        }
        end(&line)
        return true
    }
}
