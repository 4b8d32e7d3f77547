import Annals
import BSON
import Projections
import Schema

/// Goes through collections as they are described, and holds a real store to every word of it.
final class Walk {
    let world: World
    let catalogue: Catalogue
    var tally = Tally()
    /// Numbers what must be unique.
    private var number = 0

    init() throws {
        world = try World()
        catalogue = world.store.catalogue
    }

    /// One collection on the walk.
    struct Stop {
        let rules: CollectionRules
        let model: CollectionModel
        let recipe: Recipe
        /// The payload of the event that makes a document: what callers write.
        let written: Set<String>

        var name: String { rules.name }
        /// Of the collection, in the order of their names: `achievements`, then `achievements[].title`.
        var paths: [String] { rules.fields.keys.sorted() }
    }

    func walk(_ rules: CollectionRules) async throws {
        guard let model = catalogue[rules.name], let recipe = Recipe.all[rules.name] else {
            throw Seed.Unreadable(description: "\(rules.name) has no recipe, or is not declared")
        }
        let payload = catalogue.type(recipe.event)?.event.payload ?? []
        let stop = Stop(
            rules: rules, model: model, recipe: recipe,
            written: recipe.foundBy == nil ? Set(payload.map(\.name)) : [])
        for path in stop.paths {
            do { try await walk(path, stop) } catch { tally.check(false, "walk", "\(stop.name).\(path)", "\(error)") }
        }
        for index in rules.indexes where index.isUnique {
            do { try await walkUnique(index, stop) } catch {
                tally.check(false, "walk", "\(stop.name) \(index.name)", "\(error)")
            }
        }
    }

    private func walk(_ path: String, _ stop: Stop) async throws {
        guard let rules = stop.rules.fields[path] else { return }
        let place = "\(stop.name).\(path)"
        tally.visited(field: place)
        if let array = path.firstRange(of: "[]."), !stop.written.contains(String(path[..<array.lowerBound])) {
            try await walkElement(path, rules, stop)
        } else if rules["timestamp"] != nil {
            try await walkTime(path, stop)
        } else if isWritten(path, stop) {
            try await walkWritten(path, rules, stop)
        } else {
            try await walkKept(path, rules, stop)
        }
    }

    func isWritten(_ path: String, _ stop: Stop) -> Bool {
        stop.written.contains(String(path.prefix { $0 != "[" }))
    }

    // MARK: Making documents

    func nextNumber() -> Int {
        number += 1
        return number
    }

    /// A value for a field, whatever it is: a reference to a document that is there, or what its rules allow.
    func value(_ path: String, _ rules: FieldRules, _ stop: Stop) async throws -> Value {
        if let name = stop.recipe.names[path] { return try await name(world) }
        switch (rules.type, rules["ref"]) {
        case ("objectId", "agents"?): return try await world.agent().id
        case ("objectId", _): return try await world.newUser()
        case ("array of object", _): return [.document(try await element(path, stop))]
        default: return rules.plainValue(String(path.split(separator: ".").last ?? ""), nextNumber())
        }
    }

    /// An element of an array, with what its members require.
    func element(_ array: String, _ stop: Stop) async throws -> Document {
        var element = Document()
        for (path, rules) in stop.rules.fields.sorted(by: { $0.key < $1.key }) {
            guard path.hasPrefix(array + "[]."), rules.isRequired else { continue }
            element = element.putting(try await value(path, rules, stop), at: String(path.dropFirst(array.count + 3)))
        }
        return element
    }

    /// The data of an event that makes a valid document, with what the rules require and no more.
    func valid(_ stop: Stop) async throws -> Document {
        var data = Document()
        for path in stop.paths where !path.contains("[]") {
            guard let rules = stop.rules.fields[path], rules.isRequired, rules["default"] == nil else { continue }
            guard isWritten(path, stop) || path == stop.recipe.foundBy else { continue }
            data = data.putting(try await value(path, rules, stop), at: path)
        }
        for (path, value) in stop.recipe.given { data = data.putting(value, at: path) }
        return data
    }

    enum Outcome {
        case made(Document)
        /// Accepted, and told of a document that was there.
        case elsewhere
        case refused([Refusal])
    }

    func make(_ data: Document, _ stop: Stop, event: String? = nil) async throws -> Outcome {
        switch try await world.send(event ?? stop.recipe.event, data) {
        case .refused(let reasons): return .refused(reasons)
        case .accepted(let receipt):
            return try stored(stop, receipt.documentID, data).map { .made($0) } ?? .elsewhere
        }
    }

    /// The document as it is now.
    func stored(_ stop: Stop, _ id: ObjectID?, _ data: Document) throws -> Document? {
        guard let key = stop.recipe.foundBy else { return try world.document(stop.name, id) }
        return try world.documents(stop.name).first { $0[FieldPath(key)] == data[FieldPath(key)] }
    }

    func make(_ stop: Stop) async throws -> Document {
        switch try await make(valid(stop), stop) {
        case .made(let document): return document
        case .elsewhere: throw Seed.Unreadable(description: "\(stop.recipe.event) made no document of \(stop.name)")
        case .refused(let reasons):
            throw Seed.Unreadable(
                description: "\(stop.recipe.event) with what is required: \(reasons.map(\.description))")
        }
    }

    /// Whether the refusal is for this rule, and names this field.
    func names(_ reasons: [Refusal], _ rule: String, _ field: String) -> Bool {
        reasons.contains { $0.rule.rawValue == rule && $0.field == field }
    }
}
