import Annals
import BSON
import Schema

/// Fields that callers do not write: times, counters, and elements that events add.
extension Walk {
    func walkTime(_ path: String, _ stop: Stop) async throws {
        let place = "\(stop.name).\(path)"
        let document = try await make(stop)
        tally.check(
            document.value(at: path) == .dateTime(world.time), "time of the event", place,
            shown(document.value(at: path)))
        tally.holds("timestamp", of: place, "the event's time")
        tally.holds("type", of: place, "a date")
    }

    /// A field that projectors keep: at its start value, whatever a creation says; and no patch may touch it.
    func walkKept(_ path: String, _ rules: FieldRules, _ stop: Stop) async throws {
        let place = "\(stop.name).\(path)"
        guard let field = stop.model.fields.first(where: { $0.name == path }) else {
            return tally.check(false, "kept by events", place, "is not declared")
        }
        let events =
            switch field.maintenance {
            case .derived(let events), .through(let events): events
            case .caller, .timestamp: "nobody"
            }
        let data = try await valid(stop)
        let given = stop.recipe.foundBy == path ? data : data.putting(rules.plainValue("given", 7), at: path)
        guard case .made(let document) = try await make(given, stop) else {
            return tally.check(false, "kept by events", place, "a creation with it is refused")
        }
        let stored = document.value(at: path)
        if let start = Kept.starts[place] {
            tally.check(start(world, document, stored), "start value", place, shown(stored))
        } else if let text = rules["default"] {
            tally.check(isDefault(stored, text, rules), "start value", place, "\(text): \(shown(stored))")
        } else {
            let none: Value? = rules.type.hasPrefix("array") ? .array([]) : nil
            tally.check(stored == none, "start value", place, shown(stored))
        }
        if rules["default"] != nil { tally.holds("default", of: place, "starts at \(shown(stored))") }
        if rules.isRequired { tally.holds("required", of: place, "is there from the start") }
        tally.holds("type", of: place, "kept by \(events)")
        try await walkPatch(path, rules, document, stop)
        for rule in rules.keys.sorted() {
            guard let proof = Kept.proofs["\(place) \(rule)"] else { continue }
            try await proof.check(self, place)
            tally.holds(rule, of: place, proof.note)
        }
    }

    private func walkPatch(_ path: String, _ rules: FieldRules, _ document: Document, _ stop: Stop) async throws {
        let place = "\(stop.name).\(path)"
        guard
            let patch = stop.model.events.first(where: {
                $0.shape == .patch && $0.name.description.hasSuffix(".changed")
            }),
            let key = patch.payload.first?.name
        else { return tally.note(place, "no patch") }
        let data: Document = [
            key: document.value(at: key) ?? document["_id"] ?? .null,
            "set": .document(Document([(path, rules.plainValue("given", 7))])),
        ]
        guard case .refused(let reasons) = try await world.send(patch.name.description, data) else {
            return tally.check(false, "patch of what events keep", place, "is accepted")
        }
        let isNamed = names(reasons, "derived", "set." + path) || names(reasons, "elsewhere", "set." + path)
        tally.check(isNamed, "patch of what events keep", place, "\(reasons.map { "\($0.rule.rawValue) \($0)" })")
    }

    // MARK: Elements that events add

    func walkElement(_ path: String, _ rules: FieldRules, _ stop: Stop) async throws {
        let place = "\(stop.name).\(path)"
        let array = String(path.prefix { $0 != "[" })
        let member = String(path.dropFirst(array.count + 3))
        guard let way = Recipe.elements["\(stop.name).\(array)"] else {
            return tally.check(false, "element of an event", place, "no event is known that adds one")
        }
        let at = "\(array).\(way.place).\(member)"
        if let event = way.kept[member] {
            let (_, document) = try await add(way, array, stop) { _ in }
            let isTime = event == "the event's time"
            let stored = document?.value(at: at)
            let isRight =
                isTime
                ? stored == .dateTime(world.time)
                : rules["default"].map { isDefault(stored, $0, rules) } ?? (stored == nil)
            tally.check(isRight, "start value", place, shown(stored))
            if rules["default"] != nil { tally.holds("default", of: place, "starts at \(shown(stored))") }
            if let proof = Kept.proofs["\(place) enum"] {
                try await proof.check(self, place)
                tally.holds("enum", of: place, proof.note)
            }
            return tally.holds("type", of: place, isTime ? event : "kept by \(event)")
        }
        var samples = rules.samples(member, nextNumber())
        if rules.type == "objectId" {
            let id = try await value(path, rules, stop)
            samples = [Sample(.string(shown(id)), stored: id, "text is cast")]
        }
        if "\(stop.name).\(path)" == "jobapplications.statusHistory[].status" {
            samples = [Sample("interviewing", "a status")]
        }
        for sample in samples {
            let (reasons, document) = try await add(way, array, stop) { $0 = $0.putting(sample.value, at: member) }
            let stored = document?.value(at: at)
            tally.check(
                sample.stored.isSame(as: stored), "valid value", place, "\(sample.note): \(shown(stored)) \(reasons)")
        }
        tally.note(place, "valid values by \(way.event)")
        try await walkMissingMember(member, at, rules, way, array, place, stop)
        for violation in rules.violations {
            let (reasons, _) = try await add(way, array, stop) { $0 = $0.putting(violation.value, at: member) }
            tally.check(
                names(reasons, violation.refusal, member), "broken rule", place, "\(violation.rule): \(reasons)")
            tally.holds(violation.rule, of: place, "\(violation.rule) refused")
        }
        if rules["ref"] != nil {
            let nobody = Value.objectID(ObjectID(seconds: .max, rest: .max))
            let (reasons, _) = try await add(way, array, stop) { $0 = $0.putting(nobody, at: member) }
            tally.check(names(reasons, "exists", member), "reference to nothing", place, "\(reasons)")
            tally.holds("ref", of: place, "a reference to nothing is refused")
        }
    }

    private func walkMissingMember(
        _ member: String, _ at: String, _ rules: FieldRules, _ way: Recipe.Element, _ array: String, _ place: String,
        _ stop: Stop
    ) async throws {
        let (reasons, document) = try await add(way, array, stop) { $0 = $0.putting(nil, at: member) }
        if rules.isRequired, document == nil {
            tally.check(names(reasons, "required", member), "missing where required", place, "\(reasons)")
            tally.holds("required", of: place, "missing is refused")
        } else if rules.isRequired {
            // Given by the event where the caller has none.
            tally.check(document?.value(at: at) != nil, "default", place, shown(document?.value(at: at)))
            tally.holds("required", of: place, "never missing")
        } else if let text = rules["default"] {
            let stored = document?.value(at: at)
            tally.check(isDefault(stored, text, rules), "default", place, "\(text): \(shown(stored)) \(reasons)")
            tally.holds("default", of: place, "default \(text)")
        } else {
            tally.check(
                document != nil && document?.value(at: at) == nil, "absent where not given", place, "\(reasons)")
        }
    }

    /// Makes a document and adds an element by the event that does.
    private func add(
        _ way: Recipe.Element, _ array: String, _ stop: Stop, _ change: (inout Document) -> Void
    ) async throws -> ([Refusal], Document?) {
        let data = try await valid(stop)
        guard case .made(let document) = try await make(data, stop) else { return ([], nil) }
        var element = try await element(array, stop)
        for (path, value) in way.data { element = element.putting(value, at: path) }
        change(&element)
        element = element.putting(document.value(at: way.key), at: way.key)
        switch try await world.send(way.event, element) {
        case .refused(let reasons): return (reasons, nil)
        case .accepted:
            guard case .objectID(let id)? = document["_id"] else { return ([], nil) }
            return ([], try world.document(stop.name, id))
        }
    }
}
