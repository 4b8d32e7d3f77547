import Annals
import BSON
import Projections
import Schema
import Testing

/// The documents that the specification shows are the documents that events give; whatever differs is listed.
@Suite(.enabled(if: ExamplePage.isThere, "\(Seed.missing)")) struct SeedExampleTests {
    @Test func eventsGiveTheExamples() async throws {
        let specification = try Specification()
        let page = try ExamplePage(names: specification.entries.map(\.rules.name))
        var unused = Set(Normalisation.all.keys).union(Normalisation.beyond.keys)
        var list: [String] = []
        var fields = 0
        for (name, example) in page.examples {
            let rules = try #require(specification.entries.first { $0.rules.name == name }).rules
            let document = try await made(name, example, rules)
            for (path, leaf) in example.leaves {
                fields += 1
                let place = "\(name).\(path)"
                unused.remove(place)
                if let note = compare(place, leaf, document.value(at: path)) { list.append("\(place): \(note)") }
            }
            list += beyond(name, example, document, rules, &unused)
        }
        for place in unused.sorted() { Issue.record("\(place): no longer differs, strike it from Normalisation") }
        print("\(fields) fields of \(page.examples.count) examples; \(list.count) are not to the letter:")
        print(list.joined(separator: "\n"))
    }

    // MARK: Making the document

    private func made(_ name: String, _ example: Example, _ rules: CollectionRules) async throws -> Document {
        let world = try World()
        let way = SeedExample.all[name] ?? SeedExample()
        if let makes = way.makes {
            try await makes(world)
            return try #require(try world.documents(name).first, "\(name)")
        }
        let recipe = try #require(Recipe.all[name])
        try await way.before(world)
        let data = try await creation(name, example, rules, way, recipe, world)
        world.moveClock(to: SeedExample.moment)
        let receipt = try await world.require(recipe.event, data)
        let first = try #require(try world.document(name, receipt.documentID))
        try await way.after(world, first)
        return try #require(try world.document(name, receipt.documentID))
    }

    /// The fields of the example that callers write.
    private func creation(
        _ name: String, _ example: Example, _ rules: CollectionRules, _ way: SeedExample, _ recipe: Recipe,
        _ world: World
    ) async throws -> Document {
        let payload = try #require(world.store.catalogue.type(recipe.event)).event.payload
        var data = Document(way.said)
        for (path, leaf) in example.leaves where path != "_id" {
            let root = String(path.prefix { $0 != "." })
            let isWritten = payload.contains { path == $0.name || path.hasPrefix($0.name + ".") }
            guard isWritten, !way.later.contains(path), !way.later.contains(root) else { continue }
            let field = path.replacing(/\.\d+\./, with: "[].")
            switch leaf {
            case .value(.string(let text)) where isChoice("\(name).\(path)"):
                data = data.putting(.string(String(text.prefix { $0 != "|" })), at: path)
            case .value(let value): data = data.putting(value, at: path)
            case .anyDate:
                data = data.putting(
                    path == "currentPeriodEnd" ? "2030-01-01T00:00:00Z" : "2024-06-01T00:00:00Z", at: path)
            case .anyID:
                let isAgent = rules.fields[field]?["ref"] == "agents"
                data = data.putting(isAgent ? try await world.agent().id : try await world.newUser(), at: path)
            case .object, .array: continue
            }
        }
        return data
    }

    private func isChoice(_ place: String) -> Bool {
        if case .firstChoice? = Normalisation.all[place] { true } else { false }
    }

    // MARK: Comparing

    /// What is to be said of a field that is not to the letter; a difference that is not listed is a failure.
    private func compare(_ place: String, _ leaf: Example, _ stored: Value?) -> String? {
        let shown = stored.map { $0.withRaw(\.plainText) } ?? "nothing"
        switch (leaf, Normalisation.all[place]) {
        case (.anyID, nil):
            if case .objectID? = stored {} else { Issue.record("\(place): \(shown) is no ObjectId") }
            return "the example gives no ObjectId: it has one"
        case (.anyDate, nil):
            if case .dateTime? = stored {} else { Issue.record("\(place): \(shown) is no date") }
            return "the example gives no date: it has one"
        case (.value(let value), nil):
            if !value.isSame(as: stored) {
                Issue.record("\(place): \(value.withRaw(\.plainText)) in the example, \(shown) in the document")
            }
            return nil
        case (.value(let value), let normalisation?):
            let isListed = isAsListed(value, normalisation, stored)
            if !isListed { Issue.record("\(place): \(shown), but listed as \(normalisation.reason)") }
            return "\(value.withRaw(\.plainText)) in the example; \(normalisation.reason)"
        default:
            Issue.record("\(place): \(shown), and the example has another shape")
            return nil
        }
    }

    private func isAsListed(_ value: Value, _ normalisation: Normalisation, _ stored: Value?) -> Bool {
        switch normalisation {
        case .firstChoice: value.text.map { .string(String($0.prefix { $0 != "|" })) } == stored
        case .outOfReach(let reached): reached.isSame(as: stored) && (value.number ?? 0) > (reached.number ?? 0)
        case .hashed: stored != nil && stored != value
        case .absent: value == .null && (stored == nil || stored == .null)
        case .other(let other, _): other.isSame(as: stored) && !value.isSame(as: stored)
        }
    }

    /// Fields that the document has and the example has not: defaults and times of the schema, or listed.
    private func beyond(
        _ name: String, _ example: Example, _ document: Document, _ rules: CollectionRules, _ unused: inout Set<String>
    ) -> [String] {
        let shown = Set(example.leaves.map(\.path))
        return leaves(document, "").compactMap { path, value in
            if shown.contains(path) || shown.contains(where: { path.hasPrefix($0 + ".") || $0.hasPrefix(path + ".") }) {
                return nil
            }
            let place = "\(name).\(path)"
            let field = path.replacing(/\.\d+\./, with: "[].")
            let rule = rules.fields[field]
            let text = value.withRaw(\.plainText)
            if rule?["timestamp"] != nil { return "\(place): not in the example; the schema asks for timestamps" }
            if path.hasSuffix("._id") {
                return "\(place): not in the example; sub-documents have an _id, as mongoose gives them"
            }
            if let fallback = rule?.defaultValue, fallback.isSame(as: value) {
                return "\(place): not in the example; the schema's default \(text)"
            }
            if value == .array([]) { return "\(place): not in the example; an array that was not given is empty" }
            if let reason = Normalisation.beyond[place] {
                unused.remove(place)
                return "\(place): not in the example; \(reason)"
            }
            Issue.record("\(place): \(text), not in the example and not listed")
            return nil
        }
    }

    private func leaves(_ document: Document, _ prefix: String) -> [(String, Value)] {
        document.pairs.flatMap { name, value -> [(String, Value)] in
            switch value {
            case .document(let inner): return leaves(inner, prefix + name + ".")
            case .array(let elements) where elements.contains(where: { if case .document = $0 { true } else { false } }):
                return elements.enumerated().flatMap { place, element -> [(String, Value)] in
                    guard case .document(let inner) = element else { return [] }
                    return leaves(inner, "\(prefix)\(name).\(place).")
                }
            default: return [(prefix + name, value)]
            }
        }
    }
}
