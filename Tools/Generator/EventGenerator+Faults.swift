/// Bad events. Each is wrong in one way and must be refused; none changes the model.
extension EventGenerator {
    mutating func make(_ fault: Fault, _ line: inout Line) -> Bool {
        switch fault {
        case .unknownUser: makeEventOf((seconds, 0), &line)
        case .deletedUser: makeDeletedUser(&line)
        case .unknownSession: makeMessage(session: nil, role: "user", content: true, tokens: "1", &line)
        case .endedSession:
            makeMessage(session: pickSession(.ended), role: "user", content: true, tokens: "1", required: true, &line)
        case .unknownPost: makeComment(post: .max, parent: nil, &line)
        case .commentTooDeep: makeTooDeep(&line)
        case .missingField: makeMissing(&line)
        case .tooLong: makeTooLong(&line)
        case .badEnum: makeBadEnum(&line)
        case .outOfRange: makeOutOfRange(&line)
        case .notCastable:
            makeMessage(
                session: pickSession(.active), role: "user", content: true, tokens: #""many""#, required: true, &line)
        case .duplicateLike: makeDuplicateLike(&line)
        case .duplicateEmail: makeDuplicateEmail(&line)
        case .invalidEmail:
            makeRegistration(#""email":"not an address","name":"Nobody","authMethod":"google""#, &line)
        case .shortPassword:
            makeRegistration(#""email":"short@users.example","name":"Nobody","password":"short""#, &line)
        case .refundTooLarge: makeTooLargeRefund(&line)
        case .notEnoughPoints: makeTooDear(&line)
        case .derivedFieldPatched: makeDerivedPatch(&line)
        case .countedFieldPatched: makeCountedPatch(&line)
        case .pausedNotActive: makePause(&line)
        case .claimTooMany: makeClaimTooMany(&line)
        case .erasedUser: makeErasedUser(&line)
        }
    }

    /// Points for a user that does not exist.
    private func makeEventOf(_ user: (seconds: UInt32, serial: UInt32), _ line: inout Line) -> Bool {
        begin(.pointsEarned, "users", &line)
        identity.add(.user, seconds: user.seconds, serial: user.serial, to: &line)
        data(&line)
        line.add(#""userId":""#)
        identity.add(.user, seconds: user.seconds, serial: user.serial, to: &line)
        line.add(#"","points":5,"reason":"survey""#)
        end(&line)
        return true
    }

    private func makeDeletedUser(_ line: inout Line) -> Bool {
        guard let lastDeleted else { return false }
        return makeEventOf(lastDeleted, &line)
    }

    /// Somebody who was erased says something of themselves.
    private mutating func makeErasedUser(_ line: inout Line) -> Bool {
        guard let lastErased else { return false }
        begin(.userProfileChanged, "users", &line)
        identity.add(.user, seconds: lastErased.seconds, serial: lastErased.serial, to: &line)
        data(&line)
        line.add(#""userId":""#)
        identity.add(.user, seconds: lastErased.seconds, serial: lastErased.serial, to: &line)
        line.add(#"","set":{"profile.bio":""#)
        addSentence(&line)
        line.add(#""}"#)
        end(&line)
        return true
    }

    private mutating func makeMessage(
        session: Int?, role: StaticString, content: Bool, tokens: StaticString, required: Bool = false,
        _ line: inout Line
    ) -> Bool {
        guard let slot = pickUser(), session != nil || !required else { return false }
        let serial = session.map { sessions[$0].serial } ?? .max
        begin(.messageSent, "sessions", &line)
        addID(.session, serial, &line)
        data(&line)
        line.add(#""sessionId":""#)
        addID(.session, serial, &line)
        addUserField(#"","userId":""#, session.map { Int(sessions[$0].owner.slot) } ?? slot, &line)
        line.add(#","messageId":""#)
        addID(.message, Serials.next(&serials.message), &line)
        line.add(#"","role":""#)
        line.add(role)
        line.add(#"","tokens":"#)
        line.add(tokens)
        if content {
            line.add(#","content":""#)
            addSentence(&line)
            line.add(#"""#)
        }
        end(&line)
        return true
    }

    private mutating func makeComment(post: UInt32, parent: UInt32?, _ line: inout Line) -> Bool {
        guard let slot = pickUser() else { return false }
        begin(.commentAdded, "posts", &line)
        addID(.post, post, &line)
        data(&line)
        line.add(#""commentId":""#)
        addID(.comment, Serials.next(&serials.comment), &line)
        line.add(#"","postId":""#)
        addID(.post, post, &line)
        addUserField(#"","authorId":""#, slot, &line)
        if let parent {
            line.add(#","parentCommentId":""#)
            addID(.comment, parent, &line)
            line.add(#"""#)
        }
        line.add(#","content":"one more""#)
        end(&line)
        return true
    }

    private mutating func makeTooDeep(_ line: inout Line) -> Bool {
        guard let deepest else { return false }
        return makeComment(post: deepest.post, parent: deepest.comment, &line)
    }

    private mutating func makePost(_ fields: StaticString, _ line: inout Line) -> Bool {
        guard let slot = pickUser() else { return false }
        let serial = Serials.next(&serials.post)
        begin(.postPublished, "posts", &line)
        addID(.post, serial, &line)
        data(&line)
        line.add(#""postId":""#)
        addID(.post, serial, &line)
        addUserField(#"","authorId":""#, slot, &line)
        line.add(fields)
        end(&line)
        return true
    }

    private mutating func makeRegistration(_ fields: StaticString, _ line: inout Line) -> Bool {
        beginRegistration(&line)
        line.add(fields)
        end(&line)
        return true
    }

    private mutating func beginRegistration(_ line: inout Line) {
        let serial = Serials.next(&serials.user)
        begin(.userRegistered, "users", &line)
        identity.add(.user, seconds: seconds, serial: serial, to: &line)
        data(&line)
        line.add(#""_id":""#)
        identity.add(.user, seconds: seconds, serial: serial, to: &line)
        line.add(#"","#)
    }

    private mutating func makeSession(name: Int, _ line: inout Line) -> Bool {
        guard let slot = pickUser() else { return false }
        let serial = Serials.next(&serials.session)
        begin(.sessionStarted, "sessions", &line)
        addID(.session, serial, &line)
        data(&line)
        line.add(#""sessionId":""#)
        addID(.session, serial, &line)
        addUserField(#"","userId":""#, slot, &line)
        if name > 0 {
            line.add(#","name":""#)
            line.append(UInt8(ascii: "n"), times: name)
            line.add(#"""#)
        }
        end(&line)
        return true
    }

    private mutating func makeMissing(_ line: inout Line) -> Bool {
        switch random.below(4) {
        case 0: makeSession(name: 0, &line)
        case 1: makePost(#","content":"no title""#, &line)
        case 2: makeRegistration(#""name":"No Address","authMethod":"google""#, &line)
        default:
            makeMessage(session: pickSession(.active), role: "user", content: false, tokens: "1", required: true, &line)
        }
    }

    private mutating func makeTooLong(_ line: inout Line) -> Bool {
        if random.chance(perMille: 500) { return makeSession(name: 101, &line) }
        guard let slot = pickUser() else { return false }
        beginUser(.userProfileChanged, slot, &line)
        line.add(#","set":{"profile.bio":""#)
        line.append(UInt8(ascii: "b"), times: 501)
        line.add(#""}"#)
        end(&line)
        return true
    }

    private mutating func makeBadEnum(_ line: inout Line) -> Bool {
        if random.chance(perMille: 500) {
            return makePost(#","title":"Odd","content":"odd","category":"gossip""#, &line)
        }
        let session = pickSession(.active)
        return makeMessage(session: session, role: "robot", content: true, tokens: "1", required: true, &line)
    }

    private mutating func makeOutOfRange(_ line: inout Line) -> Bool {
        guard let (session, place) = pickMessage(where: { _ in true }) else { return false }
        beginMessage(.messageRated, session, messages[place].serial, &line)
        line.add(#","rating":6"#)
        end(&line)
        return true
    }

    private mutating func makeDuplicateLike(_ line: inout Line) -> Bool {
        for _ in 0..<8 {
            guard let target = pickLikeTarget() else { return false }
            let last =
                switch target {
                case .post(let index): posts[index].likes.last
                case .comment(let index): comments[index].likes.last
                }
            guard last.isActive(in: people) else { continue }
            writeLike(.likeAdded, target, Int(last.slot), &line)
            return true
        }
        return false
    }

    private mutating func makeDuplicateEmail(_ line: inout Line) -> Bool {
        guard let slot = pickUser() else { return false }
        beginRegistration(&line)
        line.add(#""email":""#)
        addEmail(slot, &line)
        line.add(#"","name":"Copy","authMethod":"google""#)
        end(&line)
        return true
    }

    private mutating func makeTooLargeRefund(_ line: inout Line) -> Bool {
        guard let index = pickTransaction(.completed) else { return false }
        beginTransaction(.transactionRefunded, index, &line)
        line.add(#","amount":"#)
        line.add(cents: transactions[index].cents - transactions[index].refundedCents + 1)
        line.add(#","reason":"requested_by_customer""#)
        end(&line)
        return true
    }

    private mutating func makeTooDear(_ line: inout Line) -> Bool {
        guard let slot = pickUser() else { return false }
        beginUser(.rewardRedeemed, slot, &line)
        line.add(#","rewardId":"castle","title":"A castle","cost":"#)
        line.add(people[slot].availablePoints + 1)
        end(&line)
        return true
    }

    private mutating func makeDerivedPatch(_ line: inout Line) -> Bool {
        guard let index = pickSession(.active) else { return false }
        beginSession(.sessionChanged, index, &line)
        line.add(#","set":{"stats.messageCount":1000}"#)
        end(&line)
        return true
    }

    private mutating func makeCountedPatch(_ line: inout Line) -> Bool {
        guard let index = pickTransaction(.pending) else { return false }
        beginTransaction(.transactionChanged, index, &line)
        line.add(#","set":{"amount":0.5}"#)
        end(&line)
        return true
    }

    private mutating func makePause(_ line: inout Line) -> Bool {
        guard let index = pickSubscription(.cancelled, or: .expired) else { return false }
        beginSubscription(.agentSubscriptionPaused, index, &line)
        end(&line)
        return true
    }
}
