/// Lab experiments.
extension EventGenerator {
    static let experimentStates: Flags = [.pending, .running, .completed, .failed]

    private mutating func pickExperiment(_ states: Flags...) -> Int? {
        for state in states {
            let mask = Self.experimentStates
            if let index = experiments.pick(mask: mask, value: state, people: people, &random) { return index }
        }
        return nil
    }

    private func beginExperiment(_ kind: EventKind, _ index: Int, _ line: inout Line) {
        begin(kind, "experiments", &line)
        addID(.experiment, experiments[index].serial, &line)
        data(&line)
        line.add(#""experimentId":""#)
        addID(.experiment, experiments[index].serial, &line)
        addUserField(#"","userId":""#, Int(experiments[index].owner.slot), &line)
    }

    private mutating func setState(_ index: Int, _ state: Flags) {
        experiments[index].flags.subtract(Self.experimentStates)
        experiments[index].flags.formUnion(state)
    }

    mutating func createExperiment(_ line: inout Line) -> Bool {
        guard let slot = pickUser() else { return false }
        let isBattle = random.chance(perMille: 600)
        var flags = Flags.pending
        if random.chance(perMille: 500) { flags.insert(.described) }
        let index = experiments.insert(
            ExperimentState(
                serial: Serials.next(&serials.experiment), owner: reference(slot), flags: flags, isBattle: isBattle,
                tags: 0))

        beginExperiment(.experimentCreated, index, &line)
        line.add(#","experimentType":""#)
        vocabulary.experimentTypes.append(isBattle ? 0 : random.within(1...9), to: &line)
        line.add(#"","name":""#)
        addPhrase(&line)
        if flags.contains(.described) {
            line.add(#"","description":""#)
            addText(random.within(40...300), &line)
        }
        line.add(#"","input":{"prompt":""#)
        addText(random.within(40...200), &line)
        if isBattle {
            line.add(#"","model1":"large-2","model2":""#)
            addAny(of: vocabulary.models, &line)
        }
        line.add(#""},"tags":"#)
        addTags(&line, count: random.below(3))
        line.add(#","metadata":{"provider":""#)
        addAny(of: vocabulary.providers, &line)
        line.add(#"","model":""#)
        addAny(of: vocabulary.models, &line)
        line.add(#""},"status":"pending""#)
        end(&line)
        return true
    }

    mutating func startExperiment(_ line: inout Line) -> Bool {
        guard let index = pickExperiment(.pending) else { return false }
        beginExperiment(.experimentStarted, index, &line)
        end(&line)
        setState(index, .running)
        return true
    }

    mutating func completeExperiment(_ line: inout Line) -> Bool {
        let first: Flags = random.chance(perMille: 700) ? .running : .pending
        guard let index = pickExperiment(first, .pending) else { return false }
        beginExperiment(.experimentCompleted, index, &line)
        if experiments[index].isBattle {
            line.add(#","output":{"winner":"large-2","scores":{"model1":"#)
            line.add(random.within(5...9))
            line.add(#".5,"model2":"#)
            line.add(random.within(1...9))
            line.add(#"},"review":""#)
        } else {
            line.add(#","output":{"text":""#)
        }
        addText(random.within(150...900), &line)
        line.add(#""},"metadata":{"duration":"#)
        line.add(random.within(300...20_000))
        line.add(#","tokensUsed":"#)
        line.add(random.within(50...4000))
        line.add(#","cost":"#)
        line.add(cents: random.within(1...90))
        line.add("}")
        end(&line)
        setState(index, .completed)
        return true
    }

    mutating func failExperiment(_ line: inout Line) -> Bool {
        guard let index = pickExperiment(.running, .pending) else { return false }
        beginExperiment(.experimentFailed, index, &line)
        line.add(#","error":"the provider did not answer""#)
        end(&line)
        setState(index, .failed)
        return true
    }

    mutating func tagExperiment(_ line: inout Line) -> Bool {
        guard let index = pickExperiment(.completed, .running, .pending), experiments[index].tags < 8 else {
            return false
        }
        experiments[index].tags += 1
        beginExperiment(.experimentTagged, index, &line)
        line.add(#","tags":"#)
        addTags(&line, count: random.within(1...3))
        end(&line)
        return true
    }

    mutating func changeExperiment(_ line: inout Line) -> Bool {
        guard let index = pickExperiment(.pending, .completed) else { return false }
        beginExperiment(.experimentChanged, index, &line)
        if experiments[index].flags.contains(.described), random.chance(perMille: 300) {
            line.add(#","unset":["description"]"#)
            experiments[index].flags.remove(.described)
        } else {
            line.add(#","set":{"name":""#)
            addPhrase(&line)
            line.add(#"","description":""#)
            addSentence(&line)
            line.add(#""}"#)
            experiments[index].flags.insert(.described)
        }
        end(&line)
        return true
    }

    mutating func deleteExperiment(_ line: inout Line) -> Bool {
        guard let index = pickExperiment(.completed, .failed) else { return false }
        beginExperiment(.experimentDeleted, index, &line)
        end(&line)
        setState(index, [])
        return true
    }
}
