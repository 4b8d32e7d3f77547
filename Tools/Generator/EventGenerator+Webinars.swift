/// Webinars: announced, changed, held or cancelled.
extension EventGenerator {
    static let webinarStates: Flags = [.scheduled, .completed, .cancelled]

    private mutating func pickWebinar(_ value: Flags, mask: Flags = Self.webinarStates) -> Int? {
        webinars.pick(mask: mask, value: value, owned: false, people: people, &random)
    }

    private func beginWebinar(_ kind: EventKind, _ index: Int, _ line: inout Line) {
        begin(kind, "webinars", &line)
        addID(.webinar, webinars[index].serial, &line)
        data(&line)
        line.add(#""webinarId":""#)
        addID(.webinar, webinars[index].serial, &line)
        line.add(#"""#)
    }

    private mutating func setState(_ index: Int, _ state: Flags) {
        webinars[index].flags.subtract(Self.webinarStates)
        webinars[index].flags.formUnion(state)
    }

    mutating func scheduleWebinar(_ line: inout Line) -> Bool {
        // Some begin at once, so that short streams see them held.
        let wantsLater = tour.contains(.webinarCancelled) && random.chance(perMille: 500)
        let isSoon = tour.isEmpty ? random.chance(perMille: 300) : !wantsLater
        let minutes = isSoon ? random.within(1...6) : random.within(1...14 * 24 * 4) * 15
        let capacity = random.chance(perMille: 700) ? random.within(5...60) : 0
        let index = webinars.insert(
            WebinarState(
                serial: Serials.next(&serials.webinar), date: now + Int64(minutes) * 60_000, capacity: capacity))
        beginWebinar(.webinarScheduled, index, &line)
        line.add(#","title":""#)
        addPhrase(&line)
        line.add(#"","date":""#)
        line.add(time: webinars[index].date)
        line.add(#"","duration":"#)
        line.add(random.within(2...6) * 15)
        line.add(#","instructor":""#)
        addAny(of: vocabulary.firstNames, &line)
        line.add(" ")
        addAny(of: vocabulary.lastNames, &line)
        line.add(#"""#)
        if random.chance(perMille: 500) {
            line.add(#","description":""#)
            addText(random.within(60...300), &line)
            line.add(#"""#)
        }
        if capacity > 0 {
            line.add(#","capacity":"#)
            line.add(capacity)
        }
        end(&line)
        return true
    }

    mutating func changeWebinar(_ line: inout Line) -> Bool {
        guard let index = pickWebinar(.scheduled) else { return false }
        beginWebinar(.webinarChanged, index, &line)
        switch random.below(3) {
        case 0 where webinars[index].capacity > 0:
            webinars[index].capacity += random.within(1...20)
            webinars[index].flags.remove(.full)
            line.add(#","set":{"capacity":"#)
            line.add(webinars[index].capacity)
            line.add("}")
        case 1 where webinars[index].date > now:
            webinars[index].date += Int64(random.within(1...4)) * 900_000
            line.add(#","set":{"date":""#)
            line.add(time: webinars[index].date)
            line.add(#""}"#)
        default:
            line.add(#","set":{"title":""#)
            addPhrase(&line)
            line.add(#"","instructor":""#)
            addAny(of: vocabulary.firstNames, &line)
            line.add(#""}"#)
        }
        end(&line)
        return true
    }

    mutating func cancelWebinar(_ line: inout Line) -> Bool {
        guard let index = pickWebinar(.scheduled), webinars[index].date > now else { return false }
        beginWebinar(.webinarCancelled, index, &line)
        end(&line)
        setState(index, .cancelled)
        return true
    }

    mutating func completeWebinar(_ line: inout Line) -> Bool {
        guard let index = pickWebinar(.scheduled), webinars[index].date <= now else { return false }
        beginWebinar(.webinarCompleted, index, &line)
        end(&line)
        setState(index, .completed)
        return true
    }

    /// Only one nobody registered for.
    mutating func deleteWebinar(_ line: inout Line) -> Bool {
        guard let index = pickWebinar(.scheduled, mask: [Self.webinarStates, .occupied]) else { return false }
        beginWebinar(.webinarDeleted, index, &line)
        end(&line)
        setState(index, [])
        return true
    }

    /// One that has places left.
    mutating func pickOpenWebinar() -> Int? {
        pickWebinar(.scheduled, mask: [Self.webinarStates, .full])
    }

    /// After a registration came, went, or took or left its place.
    mutating func adjustWebinar(_ index: Int, registrations: Int, places: Int) {
        webinars[index].registrations += registrations
        webinars[index].places += places
        let (capacity, isFull) = (webinars[index].capacity, webinars[index].places >= webinars[index].capacity)
        set(.occupied, webinars[index].registrations > 0, index)
        set(.full, capacity > 0 && isFull, index)
    }

    private mutating func set(_ flag: Flags, _ isSet: Bool, _ index: Int) {
        if isSet { webinars[index].flags.insert(flag) } else { webinars[index].flags.remove(flag) }
    }
}
