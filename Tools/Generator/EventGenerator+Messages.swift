/// Chat messages: people and agents take turns in active sessions.
extension EventGenerator {
    mutating func sendMessage(_ line: inout Line) -> Bool {
        guard let index = pickSession(.active) else { return false }
        let serial = Serials.next(&serials.message)
        let turn = sessions[index].turns
        sessions[index].turns &+= 1
        let isAssistants = turn % 2 == 1
        messages[index * Self.messagesPerSession + Int(turn) % Self.messagesPerSession] =
            MessageState(serial: serial, isAssistants: isAssistants)

        beginMessage(.messageSent, index, serial, &line)
        if sessions[index].agent >= 0 {
            line.add(#","agentId":""#)
            addAgentSlug(Int(sessions[index].agent), &line)
            line.add(#"""#)
        }
        if isAssistants {
            line.add(#","role":"assistant""#)
        } else if turn == 0, random.chance(perMille: 50) {
            line.add(#","role":"system""#)
        } else {
            line.add(#","role":"user""#)
        }
        addContent(isAssistants ? random.within(200...560) : random.within(80...400), &line)
        if isAssistants {
            line.add(#","metadata":{"model":""#)
            addAny(of: vocabulary.models, &line)
            line.add(#"","temperature":0."#)
            line.add(random.within(1...9))
            line.add(#","processingTime":"#)
            line.add(random.within(150...6000))
            line.add(#","provider":""#)
            addAny(of: vocabulary.providers, &line)
            line.add(#""}"#)
        } else if random.chance(perMille: 30) {
            line.add(#","attachments":[{"type":"image","url":"https://files.example/"#)
            line.add(hex: random.next())
            line.add(#".png","filename":"diagram.png","size":"#)
            line.add(random.within(1000...4_000_000))
            line.add(#","mimeType":"image/png"}]"#)
        }
        end(&line)
        return true
    }

    func beginMessage(_ kind: EventKind, _ session: Int, _ serial: UInt32, _ line: inout Line) {
        beginSession(kind, session, &line)
        line.add(#","messageId":""#)
        addID(.message, serial, &line)
        line.add(#"""#)
    }

    /// `content`, and `tokens` of a quarter of its bytes.
    private mutating func addContent(_ length: Int, _ line: inout Line) {
        line.add(#","content":""#)
        let start = line.count
        addText(length, &line)
        let tokens = (line.count - start) / 4
        line.add(#"","tokens":"#)
        line.add(tokens)
    }

    /// An active session and one of its last messages.
    mutating func pickMessage(
        where accept: (MessageState) -> Bool
    ) -> (session: Int, place: Int)? {
        for _ in 0..<8 {
            guard let session = pickSession(.active) else { return nil }
            let offset = random.below(Self.messagesPerSession)
            for step in 0..<Self.messagesPerSession {
                let place = session * Self.messagesPerSession + (offset + step) % Self.messagesPerSession
                if messages[place].serial != 0, accept(messages[place]) { return (session, place) }
            }
        }
        return nil
    }

    mutating func rateMessage(_ line: inout Line) -> Bool {
        let isSecondThought = random.chance(perMille: 50)
        guard let (session, place) = pickMessage(where: { $0.isAssistants && (isSecondThought || !$0.isRated) }) else {
            return false
        }
        messages[place].isRated = true
        beginMessage(.messageRated, session, messages[place].serial, &line)
        line.add(#","rating":"#)
        line.add(random.chance(perMille: 650) ? random.within(4...5) : random.within(1...3))
        if random.chance(perMille: 150) {
            line.add(#","comment":""#)
            addSentence(&line)
            line.add(#"""#)
        }
        end(&line)
        return true
    }

    mutating func editMessage(_ line: inout Line) -> Bool {
        guard let (session, place) = pickMessage(where: { !$0.isAssistants }) else { return false }
        beginMessage(.messageEdited, session, messages[place].serial, &line)
        addContent(random.within(80...400), &line)
        end(&line)
        return true
    }

    mutating func changeMessage(_ line: inout Line) -> Bool {
        guard let (session, place) = pickMessage(where: { _ in true }) else { return false }
        beginMessage(.messageChanged, session, messages[place].serial, &line)
        switch random.below(3) {
        case 0:
            line.add(#","push":{"attachments":{"type":"file","url":"https://files.example/"#)
            line.add(hex: random.next())
            line.add(#".pdf","filename":"notes.pdf","mimeType":"application/pdf"}}"#)
        case 1:
            line.add(#","unset":["metadata.temperature"]"#)
        default:
            line.add(#","set":{"metadata.provider":""#)
            addAny(of: vocabulary.providers, &line)
            line.add(#"","metadata.processingTime":"#)
            line.add(random.within(150...6000))
            line.add("}")
        }
        end(&line)
        return true
    }

    mutating func deleteMessage(_ line: inout Line) -> Bool {
        guard let (session, place) = pickMessage(where: { _ in true }) else { return false }
        beginMessage(.messageDeleted, session, messages[place].serial, &line)
        end(&line)
        messages[place].serial = 0
        return true
    }
}
