/// Community posts.
extension EventGenerator {
    static let postStates: Flags = [.draft, .published, .archived, .deleted]

    /// A post in `state`; `owned`: its author is an active user.
    mutating func pickPost(_ state: Flags, owned: Bool = true) -> Int? {
        posts.pick(mask: Self.postStates, value: state, owned: owned, people: people, &random)
    }

    func beginPost(_ kind: EventKind, _ index: Int, _ line: inout Line, actor: Int? = nil) {
        begin(kind, "posts", &line)
        addID(.post, posts[index].serial, &line)
        data(&line, actor: actor)
        line.add(#""postId":""#)
        addID(.post, posts[index].serial, &line)
        line.add(#"""#)
    }

    /// Publishes a draft or something new.
    mutating func publishPost(_ line: inout Line) -> Bool {
        guard random.chance(perMille: 180), let index = pickPost(.draft) else {
            return writePost(.postPublished, .published, &line)
        }
        posts[index].flags = .published
        beginPost(.postPublished, index, &line)
        addUserField(#","authorId":""#, Int(posts[index].owner.slot), &line)
        if random.chance(perMille: 300) {
            addTitle(&line)
            addContent(&line)
        }
        end(&line)
        return true
    }

    mutating func draftPost(_ line: inout Line) -> Bool {
        writePost(.postDrafted, .draft, &line)
    }

    private mutating func writePost(_ kind: EventKind, _ state: Flags, _ line: inout Line) -> Bool {
        guard let slot = pickUser() else { return false }
        let index = posts.insert(
            PostState(
                serial: Serials.next(&serials.post), owner: reference(slot), flags: state))
        beginPost(kind, index, &line)
        addUserField(#","authorId":""#, slot, &line)
        addTitle(&line)
        addContent(&line)
        line.add(#","category":""#)
        addAny(of: vocabulary.postCategories, &line)
        line.add(#"","tags":"#)
        addTags(&line, count: random.below(5))
        line.add(#","type":""#)
        addAny(of: vocabulary.postTypes, &line)
        line.add(#"""#)
        if random.chance(perMille: 100) {
            line.add(#","attachments":[{"type":"link","url":"https://links.example/"#)
            line.add(hex: random.next())
            line.add(#""}]"#)
        }
        end(&line)
        return true
    }

    private mutating func addTitle(_ line: inout Line) {
        line.add(#","title":""#)
        addPhrase(&line)
        if random.chance(perMille: 400) {
            line.add(": ")
            addPhrase(&line)
        }
        line.add(#"""#)
    }

    private mutating func addContent(_ line: inout Line) {
        line.add(#","content":""#)
        let isLong = random.chance(perMille: 150)
        addText(isLong ? random.within(1500...6000) : random.within(200...1200), &line)
        line.add(#"""#)
    }

    mutating func viewPost(_ line: inout Line) -> Bool {
        guard let index = pickPost(.published, owned: false) else { return false }
        let viewer = random.chance(perMille: 700) ? pickUser() : nil
        beginPost(.postViewed, index, &line)
        if let viewer { addUserField(#","userId":""#, viewer, &line) }
        end(&line)
        return true
    }

    mutating func sharePost(_ line: inout Line) -> Bool {
        guard let index = pickPost(.published, owned: false), let slot = pickUser() else { return false }
        beginPost(.postShared, index, &line)
        addUserField(#","userId":""#, slot, &line)
        end(&line)
        return true
    }

    mutating func editPost(_ line: inout Line) -> Bool {
        guard let index = pickPost(.published) else { return false }
        beginPost(.postEdited, index, &line)
        if random.chance(perMille: 300) { addTitle(&line) }
        addContent(&line)
        end(&line)
        return true
    }

    mutating func changePost(_ line: inout Line) -> Bool {
        guard let index = pickPost(.published) else { return false }
        beginPost(.postChanged, index, &line)
        switch random.below(4) {
        case 0:
            line.add(#","set":{"category":""#)
            addAny(of: vocabulary.postCategories, &line)
            line.add(#"","type":""#)
            addAny(of: vocabulary.postTypes, &line)
            line.add(#""}"#)
        case 1:
            line.add(#","set":{"tags":"#)
            addTags(&line, count: random.within(1...3))
            line.add("}")
        case 2:
            line.add(#","unset":["attachments"]"#)
        default:
            addTagPatch(&line)
        }
        end(&line)
        return true
    }

    /// Pins, unpins, features or unfeatures.
    mutating func setOnPost(_ kind: EventKind, _ property: Flags, _ value: Bool, _ line: inout Line) -> Bool {
        let wanted: Flags = value ? .published : Flags.published.union(property)
        let mask = Self.postStates.union(property)
        guard let index = posts.pick(mask: mask, value: wanted, people: people, &random) else { return false }
        beginPost(kind, index, &line, actor: pickUser())
        end(&line)
        if value {
            posts[index].flags.insert(property)
        } else {
            posts[index].flags.remove(property)
        }
        return true
    }

    mutating func movePost(_ kind: EventKind, from: Flags, to: Flags, _ line: inout Line) -> Bool {
        guard let index = pickPost(from) else { return false }
        beginPost(kind, index, &line, actor: random.chance(perMille: 300) ? pickUser() : nil)
        if kind == .postDeleted, random.chance(perMille: 300) { line.add(#","reason":"off topic""#) }
        end(&line)
        posts[index].flags.subtract(Self.postStates)
        posts[index].flags.formUnion(to)
        return true
    }
}
