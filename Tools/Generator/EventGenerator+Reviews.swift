/// Reviews of agents, one by each user.
extension EventGenerator {
    private mutating func pickReview() -> Int? {
        reviews.pick(mask: .active, value: .active, people: people, &random)
    }

    private func beginReview(_ kind: EventKind, _ index: Int, _ line: inout Line) {
        begin(kind, "agents", &line)
        addAgentSlug(Int(reviews[index].agent), &line)
        data(&line)
    }

    private func addReviewID(_ index: Int, _ line: inout Line) {
        line.add(#""_id":""#)
        identity.add(.review, seconds: reviews[index].createdSeconds, serial: reviews[index].serial, to: &line)
        line.add(#"""#)
    }

    /// Mostly content.
    private mutating func addRating(_ line: inout Line) {
        line.add(#""rating":"#)
        line.add([5, 5, 5, 4, 4, 4, 3, 3, 2, 1][random.below(10)])
    }

    mutating func reviewAgent(_ line: inout Line) -> Bool {
        for _ in 0..<4 {
            guard let agent = pickAgent(), agent < UInt64.bitWidth, let slot = pickUser() else { return false }
            let bit: UInt64 = 1 << UInt64(agent)
            if people[slot].reviewed & bit != 0 { continue }
            people[slot].reviewed |= bit
            let index = reviews.insert(
                ReviewState(
                    serial: Serials.next(&serials.review), createdSeconds: seconds, owner: reference(slot),
                    agent: Int32(agent), hasComment: random.chance(perMille: 600)))

            beginReview(.agentReviewed, index, &line)
            addReviewID(index, &line)
            addUserField(#","userId":""#, slot, &line)
            line.add(#","agentId":""#)
            if random.chance(perMille: 300) { addAgentID(agent, &line) } else { addAgentSlug(agent, &line) }
            line.add(#"","#)
            addRating(&line)
            if reviews[index].hasComment {
                line.add(#","comment":""#)
                addText(random.within(20...250), &line)
                line.add(#"""#)
            }
            end(&line)
            return true
        }
        return false
    }

    mutating func changeReview(_ line: inout Line) -> Bool {
        guard let index = pickReview() else { return false }
        beginReview(.agentReviewChanged, index, &line)
        addReviewID(index, &line)
        switch random.below(4) {
        case 0 where reviews[index].hasComment:
            reviews[index].hasComment = false
            line.add(#","unset":["comment"]"#)
        case 1:
            reviews[index].hasComment = true
            line.add(#","set":{"comment":""#)
            addText(random.within(20...250), &line)
            line.add(#""}"#)
        default:
            line.add(#","set":{"#)
            addRating(&line)
            line.add("}")
        }
        end(&line)
        return true
    }

    /// Named by its `_id`, or by user and agent.
    mutating func deleteReview(_ line: inout Line) -> Bool {
        guard let index = pickReview() else { return false }
        let (slot, agent) = (Int(reviews[index].owner.slot), Int(reviews[index].agent))
        beginReview(.agentReviewDeleted, index, &line)
        if random.chance(perMille: 500) {
            addReviewID(index, &line)
        } else {
            addUserField(#""userId":""#, slot, &line)
            line.add(#","agentId":""#)
            addAgentSlug(agent, &line)
            line.add(#"""#)
        }
        end(&line)
        people[slot].reviewed &= ~(1 << UInt64(agent))
        reviews[index].flags = []
        return true
    }
}
