import BSON
import Schema

/// Duplicates of what an index declares unique.
extension Walk {
    /// Where a second document with the same key is no mistake, or is refused in words of its own.
    private enum Second {
        case isTheFirst(String)
        case refused(rule: String, field: String)
    }

    private static let seconds: [String: Second] = [
        "agentpersonalizations userId_1_agentId_1": .isTheFirst(
            "saved again, the same document is as the newer one says"),
        "userrewards userId_1": .isTheFirst("a user's points all go to one document"),
        "agentsubscriptions userId_1_agentId_1": .refused(rule: "state", field: "agentId"),
        "communityposts postId_1": .refused(rule: "state", field: "postId"),
    ]

    func walkUnique(_ index: IndexRules, _ stop: Stop) async throws {
        let place = "\(stop.name) \(index.name)"
        let fields = index.parts.map(\.path)
        var data = try await valid(stop)
        for path in fields {
            guard data.value(at: path) == nil, let rules = stop.rules.fields[path] else { continue }
            data = data.putting(try await value(path, rules, stop), at: path)
        }
        guard case .made(let first) = try await make(data, stop) else {
            return tally.check(false, "duplicate", place, "the first is refused")
        }
        var again = try await valid(stop)
        for path in fields { again = again.putting(first.value(at: path), at: path) }
        let count = try world.documents(stop.name).count
        let outcome = try await make(again, stop)
        let holder = shown(first["_id"])
        switch (outcome, Self.seconds[place]) {
        case (.made, .isTheFirst(let reason)?), (.elsewhere, .isTheFirst(let reason)?):
            tally.check(try world.documents(stop.name).count == count, "duplicate", place, "a second document")
            tally.note(place, reason)
        case (.made, _), (.elsewhere, _): tally.check(false, "duplicate", place, "is accepted")
        case (.refused(let reasons), .refused(let rule, let field)?):
            let reason = reasons.first { $0.rule.rawValue == rule && $0.field == field }
            tally.check(reason != nil, "duplicate", place, "\(reasons)")
            tally.note(place, reason?.description ?? "")
        case (.refused(let reasons), _):
            // The index over the whole key names its fields; the value, unless it is personal, and the holder tell which
            // other document it is.
            let names = fields.joined(separator: ", ")
            let isOpen = try world.isOpen(fields, in: stop.name)
            let values = isOpen ? fields.map { shown(first.value(at: $0)) }.joined(separator: ", ") : nil
            let isWhole = reasons.contains {
                $0.rule == .unique && $0.field == names && $0.value == values && $0.message.contains(holder)
            }
            tally.check(isWhole, "duplicate", place, "\(reasons.map { "\($0.rule) \($0.value ?? "") \($0)" })")
            tally.note(place, "a duplicate is refused, naming field, value (unless personal) and holder")
        }
        for path in fields where fields.count == 1 { tally.holds("unique", of: "\(stop.name).\(path)", "unique") }
        if index.isSparse { try await walkSparse(index, stop) }
    }

    /// Any number of documents may lack the field.
    private func walkSparse(_ index: IndexRules, _ stop: Stop) async throws {
        let place = "\(stop.name) \(index.name)"
        for path in index.parts.map(\.path) {
            for _ in 1...2 {
                let data = try await valid(stop).putting(nil, at: path)
                guard case .made(let document) = try await make(data, stop) else {
                    tally.check(false, "sparse", place, "one without it is refused")
                    continue
                }
                tally.check(document.value(at: path) == nil, "sparse", place, shown(document.value(at: path)))
            }
            tally.holds("sparse", of: "\(stop.name).\(path)", "many may lack it")
        }
    }
}
