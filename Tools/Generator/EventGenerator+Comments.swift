/// Comments on published posts.
extension EventGenerator {
    static let commentStates: Flags = [.active, .hidden, .deleted]
    static let greatestDepth: UInt8 = 5

    /// A comment of a published post; flags under `mask` are `value`.
    mutating func pickComment(mask: Flags = commentStates, value: Flags, owned: Bool = true) -> Int? {
        for _ in 0..<4 {
            guard let index = comments.pick(mask: mask, value: value, owned: owned, people: people, &random) else {
                return nil
            }
            if isOnPublishedPost(comments[index]) { return index }
        }
        return nil
    }

    func isOnPublishedPost(_ comment: CommentState) -> Bool {
        let post = posts[Int(comment.post)]
        return post.serial == comment.postSerial && post.flags.contains(.published)
    }

    func beginComment(_ kind: EventKind, _ index: Int, _ line: inout Line, actor: Int? = nil) {
        begin(kind, "posts", &line)
        addID(.post, comments[index].postSerial, &line)
        data(&line, actor: actor)
        line.add(#""commentId":""#)
        addID(.comment, comments[index].serial, &line)
        line.add(#"","postId":""#)
        addID(.post, comments[index].postSerial, &line)
        line.add(#"""#)
    }

    mutating func addComment(_ line: inout Line) -> Bool {
        guard let slot = pickUser() else { return false }
        var depth: UInt8 = 0
        var parentSerial: UInt32?
        let post: Int
        if random.chance(perMille: 480), let parent = pickComment(value: .active, owned: false),
            comments[parent].depth < Self.greatestDepth
        {
            comments[parent].flags.insert(.replied)
            depth = comments[parent].depth + 1
            parentSerial = comments[parent].serial
            post = Int(comments[parent].post)
        } else {
            guard let picked = pickPost(.published, owned: false) else { return false }
            post = picked
        }
        let serial = Serials.next(&serials.comment)
        let index = comments.insert(
            CommentState(
                serial: serial, owner: reference(slot), post: Int32(post), postSerial: posts[post].serial, depth: depth)
        )
        if depth == Self.greatestDepth { deepest = (posts[post].serial, serial) }

        beginComment(.commentAdded, index, &line)
        addUserField(#","authorId":""#, slot, &line)
        if let parentSerial {
            line.add(#","parentCommentId":""#)
            addID(.comment, parentSerial, &line)
            line.add(#"""#)
        }
        addCommentContent(&line)
        end(&line)
        return true
    }

    private mutating func addCommentContent(_ line: inout Line) {
        line.add(#","content":""#)
        addText(random.within(60...350), &line)
        line.add(#"""#)
    }

    mutating func editComment(_ line: inout Line) -> Bool {
        guard let index = pickComment(value: .active) else { return false }
        beginComment(.commentEdited, index, &line)
        addCommentContent(&line)
        end(&line)
        return true
    }

    mutating func moveComment(_ kind: EventKind, from: Flags, to: Flags, _ line: inout Line) -> Bool {
        guard let index = pickComment(value: from) else { return false }
        move(kind, index, to: to, &line)
        return true
    }

    private mutating func move(_ kind: EventKind, _ index: Int, to: Flags, _ line: inout Line) {
        beginComment(kind, index, &line, actor: random.chance(perMille: 400) ? pickUser() : nil)
        if kind == .commentHidden, random.chance(perMille: 300) { line.add(#","reason":"rude""#) }
        end(&line)
        comments[index].flags.subtract(Self.commentStates)
        comments[index].flags.formUnion(to)
    }

    mutating func restoreComment(_ line: inout Line) -> Bool {
        let from: Flags = random.chance(perMille: 500) ? .hidden : .deleted
        return moveComment(.commentRestored, from: from, to: .active, &line)
    }

    /// Only comments nobody replied to, so that no reply loses its parent.
    mutating func purgeComment(_ line: inout Line) -> Bool {
        let mask = Self.commentStates.union(.replied)
        guard let index = pickComment(mask: mask, value: .deleted) else { return false }
        move(.commentPurged, index, to: [], &line)
        return true
    }
}
