import Annals
import ArgumentParser
import BSON
import Query
import Schema
import Views

/// A document whose past is asked for: COLLECTION/KEY.
struct HistoryPlace {
    let model: CollectionModel
    let id: ObjectID

    /// KEY is an `_id`, or what a unique index has for a document that is there: a slug, an e-mail address.
    init(_ text: String, _ store: Store) throws {
        let words = text.split(separator: "/", maxSplits: 1).map(String.init)
        guard words.count == 2 else { throw Failure(.usage, "\(text) is not COLLECTION/KEY") }
        model = try store.model(words[0])
        if let id = ObjectID(hex: words[1]) {
            self.id = id
            return
        }
        for index in model.indexes where index.isUnique && index.parts.count == 1 {
            if let id = try Self.find(words[1], index.parts[0].name, model, store) {
                self.id = id
                return
            }
        }
        throw Failure(.noInput, "\(model.name) has no document \(words[1]); give its _id, 24 hexadecimal digits")
    }

    private static func find(_ key: String, _ field: String, _ model: CollectionModel, _ store: Store) throws
        -> ObjectID?
    {
        var id: ObjectID?
        // A secret field cannot be asked for.
        guard let find = try? Find(model, filter: [field: .string(key)], limit: 1) else { return nil }
        _ = try find.run(store.snapshot()) { document in
            id = document["_id"]?.objectID
            return false
        }
        return id
    }

    /// Each version, oldest first, without secrets.
    func changes(_ store: Store, through position: UInt64 = .max) throws -> [DocumentChange] {
        var changes: [DocumentChange] = []
        try store.history.forEachChange(model, id: id, through: position) { change in
            changes.append(change)
            return true
        }
        guard !changes.isEmpty else { throw Failure(.noInput, "no event made \(model.name)/\(id)") }
        return changes
    }

    /// A document as it may leave.
    func visible(_ document: Document?) -> Document? { document.map { $0.withRaw { redacted($0, model) } } }
}

/// A position, or a time that becomes one.
enum Moment {
    static func position(_ text: String, _ store: Store) throws -> UInt64 {
        let end = try store.history.position()
        if let position = UInt64(text) {
            guard position <= end else { throw Failure(.noInput, "the views hold positions up to \(end)") }
            return position
        }
        guard let time = DateTime(rfc3339: text) else {
            throw Failure(.usage, "\(text) is neither a position nor a time such as 2026-01-31T12:00:00Z")
        }
        return try store.history.position(at: time)
    }
}

extension EventMark {
    /// Who did it, as far as anybody said.
    var author: String { [principal, actor].filter { !$0.isEmpty }.joined(separator: " for ") }
}

extension FieldChange {
    /// `4 → 5`
    var arrow: String { "\(Self.text(before)) \(Console.dim("→")) \(Self.text(after))" }

    static func text(_ value: Value?) -> String {
        guard let value else { return "nothing" }
        let text = JSON.string(value, style: .plain)
        return text.count > 60 ? text.prefix(59) + "…" : text
    }
}
