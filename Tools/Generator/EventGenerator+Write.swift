/// Writing an event: `begin`, the subject's key, `data`, the fields, `end`.
extension EventGenerator {
    /// Series of business ids.
    enum Series: UInt64 {
        case session = 1, message, post, comment, transaction, experiment, stripe, payment, refund, token
        case project, job, application
        case webinar, registration, response, file, visit

        var prefix: StaticString {
            switch self {
            case .session: "sess_"
            case .message: "msg_"
            case .post: "post_"
            case .comment: "comment_"
            case .transaction: "txn_"
            case .experiment: "exp_"
            case .stripe: "sub_"
            case .payment: "pi_"
            case .refund: "re_"
            case .token: "tok_"
            case .project: "proj_"
            case .job: "job_"
            case .application: "app_"
            case .webinar: "webinar_"
            case .registration: "reg_"
            case .response: "resp_"
            case .file: "file_"
            case .visit: "evt_"
            }
        }
    }

    func begin(_ kind: EventKind, _ stream: StaticString, _ line: inout Line) {
        begin(kind, &line)
        line.add(#"","subject":""#)
        line.add(stream)
        line.add("/")
    }

    /// Begins an event without a subject: the reader makes it.
    func begin(_ kind: EventKind, _ line: inout Line) {
        line.add(#"{"specversion":"1.0","id":""#)
        identity.addEventID(count, to: &line)
        line.add(#"","source":"/generator/"#)
        line.add(hex: identity.seed)
        line.add(#"","type":""#)
        line.add(kind.type)
    }

    /// Ends the subject, and gives time and (where somebody is named) actor.
    func data(_ line: inout Line, actor: Int? = nil) {
        line.add(#"","time":""#)
        line.add(time: now)
        if let actor {
            line.add(#"","actor":""#)
            addUser(actor, &line)
        }
        line.add(#"","datacontenttype":"application/json","data":{"#)
    }

    func end(_ line: inout Line) {
        line.add("}}")
    }

    /// Begins an event about a user: its data starts with userId.
    func beginUser(_ kind: EventKind, _ slot: Int, _ line: inout Line, actor: Int? = nil) {
        begin(kind, "users", &line)
        addUser(slot, &line)
        data(&line, actor: actor)
        line.add(#""userId":""#)
        addUser(slot, &line)
        line.add(#"""#)
    }

    func addUser(_ slot: Int, _ line: inout Line) {
        identity.add(.user, seconds: people[slot].createdSeconds, serial: people[slot].serial, to: &line)
    }

    func addUserField(_ name: StaticString, _ slot: Int, _ line: inout Line) {
        line.add(name)
        addUser(slot, &line)
        line.add(#"""#)
    }

    func addID(_ series: Series, _ serial: UInt32, _ line: inout Line) {
        line.add(series.prefix)
        line.add(hex: identity.number(serial, series: series.rawValue))
    }

    /// Sentences until at least `length` bytes are there.
    mutating func addText(_ length: Int, _ line: inout Line) {
        let target = line.count + length
        addSentence(&line)
        while line.count < target {
            line.add(" ")
            addSentence(&line)
        }
    }

    mutating func addSentence(_ line: inout Line) {
        vocabulary.sentences.append(random.below(vocabulary.sentences.count), to: &line)
    }

    /// At most 78 UTF-16 units.
    mutating func addPhrase(_ line: inout Line) {
        vocabulary.phrases.append(random.below(vocabulary.phrases.count), to: &line)
    }

    mutating func addAny(of pool: TextPool, _ line: inout Line) {
        pool.append(random.below(pool.count), to: &line)
    }

    mutating func addTags(_ line: inout Line, count: Int) {
        line.add("[")
        for index in 0..<count {
            line.add(index == 0 ? #"""# : #",""#)
            addAny(of: vocabulary.tags, &line)
            line.add(#"""#)
        }
        line.add("]")
    }

    /// `,"push":{"tags":"x"}` or the same as a pull.
    mutating func addTagPatch(_ line: inout Line) {
        line.add(random.chance(perMille: 600) ? #","push":{"tags":""# : #","pull":{"tags":""#)
        addAny(of: vocabulary.tags, &line)
        line.add(#""}"#)
    }

    /// Seconds since 1970 of the current event.
    var seconds: UInt32 { UInt32(truncatingIfNeeded: now / 1000) }
}
