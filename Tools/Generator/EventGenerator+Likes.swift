/// Likes of published posts and their active comments.
extension EventGenerator {
    enum LikeTarget {
        case post(Int)
        case comment(Int)
    }

    mutating func pickLikeTarget() -> LikeTarget? {
        if random.chance(perMille: 400), let comment = pickComment(value: .active, owned: false) {
            return .comment(comment)
        }
        return pickPost(.published, owned: false).map { .post($0) }
    }

    mutating func addLike(_ line: inout Line) -> Bool {
        let mayRepent = random.chance(perMille: 300)
        for _ in 0..<4 {
            guard let target = pickLikeTarget() else { return false }
            switch target {
            case .post(let index):
                let salt = posts[index].serial &* 2_654_435_761
                guard let slot = chooseLiker(&posts[index].likes, salt, mayRepent, people) else { continue }
                writeLike(.likeAdded, target, slot, &line)
            case .comment(let index):
                let salt = comments[index].serial &* 2_246_822_519
                guard let slot = chooseLiker(&comments[index].likes, salt, mayRepent, people) else { continue }
                writeLike(.likeAdded, target, slot, &line)
            }
            return true
        }
        return false
    }

    mutating func removeLike(_ line: inout Line) -> Bool {
        for _ in 0..<8 {
            guard let target = pickLikeTarget() else { return false }
            let last =
                switch target {
                case .post(let index): posts[index].likes.last
                case .comment(let index): comments[index].likes.last
                }
            guard last.isActive(in: people) else { continue }
            switch target {
            case .post(let index):
                posts[index].likes.removed = last
                posts[index].likes.last = .none
            case .comment(let index):
                comments[index].likes.removed = last
                comments[index].likes.last = .none
            }
            writeLike(.likeRemoved, target, Int(last.slot), &line)
            return true
        }
        return false
    }

    func writeLike(_ kind: EventKind, _ target: LikeTarget, _ slot: Int, _ line: inout Line) {
        begin(kind, "posts", &line)
        switch target {
        case .post(let index): addID(.post, posts[index].serial, &line)
        case .comment(let index): addID(.post, comments[index].postSerial, &line)
        }
        data(&line)
        addUserField(#""userId":""#, slot, &line)
        switch target {
        case .post(let index):
            line.add(#","targetType":"post","targetId":""#)
            addID(.post, posts[index].serial, &line)
        case .comment(let index):
            line.add(#","targetType":"comment","targetId":""#)
            addID(.comment, comments[index].serial, &line)
        }
        line.add(#"""#)
        end(&line)
    }
}

/// Somebody active who does not like the target now, or nil when a few looks find nobody.
private func chooseLiker(_ likes: inout LikeState, _ salt: UInt32, _ mayRepent: Bool, _ people: [Person]) -> Int? {
    if mayRepent, likes.removed.isActive(in: people) {
        likes.last = likes.removed
        likes.removed = .none
        return Int(likes.last.slot)
    }
    for _ in 0..<4 {
        guard let slot = likes.nextPlace(of: people.count, salt: salt) else { return nil }
        guard people[slot].status == .active else { continue }
        likes.last = PersonReference(slot: Int32(slot), serial: people[slot].serial)
        return slot
    }
    return nil
}
