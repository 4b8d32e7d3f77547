/// Jobs: posted, put right, closed, now and then reopened, and removed long after.
extension EventGenerator {
    static let jobStates: Flags = [.active, .ended]

    mutating func pickJob(_ state: Flags) -> Int? {
        jobs.pick(mask: Self.jobStates, value: state, owned: false, people: people, &random)
    }

    private func beginJob(_ kind: EventKind, _ index: Int, _ line: inout Line, actor: Int? = nil) {
        begin(kind, "jobs", &line)
        addID(.job, jobs[index].serial, &line)
        data(&line, actor: actor)
        line.add(#""jobId":""#)
        addID(.job, jobs[index].serial, &line)
        line.add(#"""#)
    }

    mutating func postJob(_ line: inout Line) -> Bool {
        guard let slot = pickUser() else { return false }
        let least = 1000 * random.within(35...140)
        let index = jobs.insert(
            JobState(serial: Serials.next(&serials.job), owner: reference(slot), leastSalary: least))
        beginJob(.jobPosted, index, &line, actor: slot)
        line.add(#","title":""#)
        addAny(of: vocabulary.jobTitles, &line)
        line.add(#"","description":""#)
        addText(random.within(200...900), &line)
        line.add(#"","department":""#)
        addAny(of: vocabulary.departments, &line)
        line.add(#"","location":""#)
        addAny(of: vocabulary.places, &line)
        line.add(#"","employmentType":""#)
        addAny(of: vocabulary.employmentTypes, &line)
        line.add(#"","experience":""#)
        line.add(random.within(2...9))
        line.add(#" years","requirements":[""#)
        addPhrase(&line)
        line.add(#"",""#)
        addPhrase(&line)
        line.add(#""],"salary":{"minimum":"#)
        line.add(least)
        if random.chance(perMille: 800) { addMaximum(least, #","maximum":"#, &line) }
        line.add(#","currency":""#)
        addAny(of: vocabulary.currencies, &line)
        line.add(#""},"startDate":""#)
        line.add(time: now + Int64(random.within(30...120)) * 86_400_000)
        addUserField(#"","postedBy":""#, slot, &line)
        end(&line)
        return true
    }

    private mutating func addMaximum(_ least: Int, _ name: StaticString, _ line: inout Line) {
        line.add(name)
        line.add(least + 1000 * random.within(0...40))
    }

    mutating func changeJob(_ line: inout Line) -> Bool {
        guard let index = pickJob(.active) else { return false }
        beginJob(.jobChanged, index, &line)
        switch random.below(4) {
        case 0:
            addMaximum(jobs[index].leastSalary, #","set":{"salary.maximum":"#, &line)
            line.add("}")
        case 1:
            line.add(#","set":{"description":""#)
            addText(random.within(200...900), &line)
            line.add(#"","location":""#)
            addAny(of: vocabulary.places, &line)
            line.add(#""}"#)
        case 2:
            line.add(#","push":{"requirements":""#)
            addPhrase(&line)
            line.add(#""}"#)
        default:
            line.add(#","unset":["startDate","salary.maximum"]"#)
        }
        end(&line)
        return true
    }

    mutating func moveJob(_ kind: EventKind, from: Flags, to: Flags, _ line: inout Line) -> Bool {
        guard let index = pickJob(from) else { return false }
        beginJob(kind, index, &line, actor: pickUser())
        if kind == .jobClosed {
            line.add(random.chance(perMille: 700) ? #","reason":"filled""# : #","reason":"budget""#)
        }
        end(&line)
        jobs[index].flags = to
        return true
    }
}
