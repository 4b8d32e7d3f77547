import Annals
import BSON
import Schema

/// Fields that callers write.
extension Walk {
    func walkWritten(_ path: String, _ rules: FieldRules, _ stop: Stop) async throws {
        try await walkValid(path, rules, stop)
        try await walkMissing(path, rules, stop)
        try await walkViolations(path, rules, stop)
        try await walkReference(path, rules, stop)
    }

    // MARK: Valid values

    private func walkValid(_ path: String, _ rules: FieldRules, _ stop: Stop) async throws {
        let place = "\(stop.name).\(path)"
        for sample in try await samples(path, rules, stop) {
            let key = sample.value.withRaw(\.plainText)
            let before = tally.failures.count
            try await walkSample(sample, "\(place)=\(key)", path, rules, stop)
            guard tally.failures.count == before else { continue }
            if sample.note == "lower case" { tally.holds("lowercase", of: place, sample.note) }
            if sample.note == "trimmed" { tally.holds("trim", of: place, sample.note) }
        }
        tally.note(place, "valid values reach the document")
    }

    private func samples(_ path: String, _ rules: FieldRules, _ stop: Stop) async throws -> [Sample] {
        if stop.recipe.names[path] != nil {
            return [Sample(try await value(path, rules, stop), "the name of one that is there")]
        }
        if let text = Recipe.words["\(stop.name).\(path)"] {
            return [Sample(.string(text), "one of those that are known")]
        }
        switch rules.type {
        case "objectId":
            let id = try await value(path, rules, stop)
            return [Sample(.string(id.withRaw(\.plainText)), stored: id, "text is cast")]
        case "array of object": return [Sample(try await value(path, rules, stop), "an element")]
        default: return rules.samples(String(path.split(separator: ".").last ?? ""), nextNumber())
        }
    }

    private func walkSample(
        _ sample: Sample, _ key: String, _ path: String, _ rules: FieldRules, _ stop: Stop
    ) async throws {
        let place = "\(stop.name).\(path)"
        let at = Document.path(of: path)
        var data = try await base(for: path, stop).putting(sample.value, at: at)
        for (other, value) in try await Recipe.companions[key]?(world) ?? [] { data = data.putting(value, at: other) }
        switch (try await make(data, stop), Recipe.ways[key]) {
        case (.made(let document), nil):
            let stored = document.value(at: at)
            tally.check(
                isStored(sample, stored, rules, path, stop), "valid value", place, "\(sample.note): \(shown(stored))")
        case (.elsewhere, _): tally.check(false, "valid value", place, "\(key) makes no document")
        case (.made, .some): tally.check(false, "valid value", place, "\(key) is accepted: strike it from Recipe.ways")
        case (.refused(let reasons), nil):
            tally.check(false, "valid value", place, "\(sample.note) is refused: \(reasons.map(\.description))")
        case (.refused(let reasons), let way?):
            let isNamed = reasons.contains { $0.field == path }
            tally.check(isNamed, "value of a later event", place, "\(key) is refused: \(reasons.map(\.description))")
            try await walk(way, to: sample, path, stop)
        }
    }

    private func isStored(_ sample: Sample, _ stored: Value?, _ rules: FieldRules, _ path: String, _ stop: Stop) -> Bool
    {
        let descriptor = stop.model.fields.first { $0.name == path }
        if case .password? = descriptor?.privacy { return stored != nil && stored != sample.stored }
        if case .token? = descriptor?.privacy { return stored != nil && stored != sample.stored }
        if rules.type == "array of object" {
            if case .array(let elements)? = stored { return elements.count == 1 }
            return false
        }
        return sample.stored.isSame(as: stored)
    }

    private func walk(_ way: Recipe.Way, to sample: Sample, _ path: String, _ stop: Stop) async throws {
        let place = "\(stop.name).\(path)"
        switch way {
        case .madeBy(let event):
            guard case .made(let document) = try await make(valid(stop), stop, event: event) else {
                return tally.check(false, "value of a later event", place, "\(event) is refused")
            }
            tally.check(sample.stored == document.value(at: path), "value of a later event", place, "\(event)")
            tally.note(place, "\(sample.note) by \(event)")
        case .after(let steps):
            let data = try await valid(stop)
            guard case .made(let document) = try await make(data, stop) else { return }
            guard case .objectID(let id)? = document["_id"] else { return }
            for step in steps { try await world.require(step.event, event(step, on: document, stop), at: step.time) }
            let stored = try world.document(stop.name, id)?.value(at: path)
            tally.check(
                sample.stored == stored, "value of a later event", place, "\(steps.map(\.event)): \(shown(stored))")
            tally.note(place, "\(sample.note) by \(steps.map(\.event).joined(separator: ", "))")
        }
    }

    private func event(_ step: Recipe.Step, on document: Document, _ stop: Stop) -> Document {
        let key = catalogue.type(step.event)?.event.payload.first?.name ?? "_id"
        return Document([(key, document.value(at: key) ?? .null)] + step.data)
    }

    // MARK: Missing values

    private func walkMissing(_ path: String, _ rules: FieldRules, _ stop: Stop) async throws {
        let place = "\(stop.name).\(path)"
        let at = Document.path(of: path)
        for (note, missing) in [("missing", Value?.none), ("null", Value.null)] {
            let data = try await base(for: path, stop).putting(missing, at: at)
            let outcome = try await make(data, stop)
            if rules.isRequired, rules["default"] == nil, Recipe.filledIn[place] == nil {
                guard case .refused(let reasons) = outcome else {
                    tally.check(false, "missing where required", place, "\(note) is accepted")
                    continue
                }
                tally.check(
                    names(reasons, "required", at), "missing where required", place, "\(reasons.map(\.description))")
                tally.holds("required", of: place, "\(note) is refused")
            } else if missing == nil || rules.isRequired {
                try await walkFilled(outcome, note, path, rules, stop)
            }
        }
    }

    private func walkFilled(
        _ outcome: Outcome, _ note: String, _ path: String, _ rules: FieldRules, _ stop: Stop
    ) async throws {
        let place = "\(stop.name).\(path)"
        guard case .made(let document) = outcome else {
            // A business id that is null is no id: as if it were missing, and it is required.
            if note == "null", case .refused(let reasons) = outcome {
                tally.check(
                    names(reasons, "required", path), "missing where required", place, "\(reasons.map(\.description))")
                return tally.holds("required", of: place, "null is refused")
            }
            return tally.check(false, "default", place, "\(note) is refused")
        }
        let stored = document.value(at: Document.path(of: path))
        if let text = rules["default"] {
            tally.check(isDefault(stored, text, rules), "default", place, "\(text): \(shown(stored))")
            tally.holds("default", of: place, "default \(text)")
            if rules.isRequired { tally.holds("required", of: place, "never missing") }
        } else if let reason = Recipe.filledIn[place] {
            tally.check(stored != nil && stored != .null, "filled in", place, shown(stored))
            if rules.isRequired { tally.holds("required", of: place, reason) }
        } else if rules.type.hasPrefix("array") {
            tally.check(stored == .array([]), "default", place, "an array begins empty: \(shown(stored))")
        } else {
            tally.check(stored == nil, "absent where not given", place, shown(stored))
        }
    }

    func isDefault(_ stored: Value?, _ text: String, _ rules: FieldRules) -> Bool {
        if text == "now" { return stored == .dateTime(world.time) }
        if let plain = rules.defaultValue { return plain.isSame(as: stored) }
        guard case .string(let id)? = stored else { return false }
        let prefix = text.split(separator: " ").last?.dropLast() ?? ""
        return id.hasPrefix(prefix) && id.count > prefix.count
    }

    // MARK: Broken rules

    func walkViolations(_ path: String, _ rules: FieldRules, _ stop: Stop) async throws {
        let place = "\(stop.name).\(path)"
        for violation in rules.violations {
            let at = Document.path(of: path)
            let data = try await base(for: path, stop).putting(violation.value, at: at)
            guard case .refused(let reasons) = try await make(data, stop) else {
                tally.check(false, "broken rule", place, "\(violation.rule): \(shown(violation.value)) is accepted")
                continue
            }
            let rule = Recipe.refusals["\(place) \(violation.rule)"] ?? violation.refusal
            let isNamed = names(reasons, rule, at + violation.place)
            tally.check(
                isNamed, "broken rule", place, "\(violation.rule): \(reasons.map { "\($0.rule.rawValue) \($0)" })")
            tally.holds(violation.rule, of: place, "\(violation.rule) refused")
        }
        if rules.violations.isEmpty { tally.holds("type", of: place, "anything goes") }
    }

    /// A reference, or text that names a document, to one that is not there.
    private func walkReference(_ path: String, _ rules: FieldRules, _ stop: Stop) async throws {
        let place = "\(stop.name).\(path)"
        let isName = stop.recipe.names[path] != nil
        guard rules["ref"] != nil || isName else { return }
        let at = Document.path(of: path)
        let nobody: Value = isName ? "nobody" : .objectID(ObjectID(seconds: .max, rest: .max))
        let data = try await base(for: path, stop).putting(nobody, at: at)
        guard case .refused(let reasons) = try await make(data, stop) else {
            return tally.check(false, "reference to nothing", place, "is accepted")
        }
        tally.check(names(reasons, "exists", at), "reference to nothing", place, "\(reasons.map(\.description))")
        if rules["ref"] != nil { tally.holds("ref", of: place, "a reference to nothing is refused") }
    }

    /// Valid data, with an element where the field is in one.
    private func base(for path: String, _ stop: Stop) async throws -> Document {
        let data = try await valid(stop)
        guard let array = path.firstRange(of: "[].").map({ String(path[..<$0.lowerBound]) }) else { return data }
        return data.putting(.document(try await element(array, stop)), at: array + ".0")
    }

    func shown(_ value: Value?) -> String { value.map { $0.withRaw(\.plainText) } ?? "nothing" }
}
