import Annals
import AnnalsClient
import ArgumentParser
import BSON
import Query
import Schema
import Views

/// A document whose past is asked for: COLLECTION/KEY.
///
/// KEY is an `_id`, or what a unique index has for a document that is there: a slug, an e-mail address.
struct HistoryPlace {
    let collection: String
    let id: ObjectID

    private static func words(_ text: String) throws -> (collection: String, key: String) {
        let words = text.split(separator: "/", maxSplits: 1).map(String.init)
        guard words.count == 2 else { throw Failure(.usage, "\(text) is not COLLECTION/KEY") }
        return (words[0], words[1])
    }

    private static func missing(_ collection: String, _ key: String) -> Failure {
        Failure(.noInput, "\(collection) has no document \(key); give its _id, 24 hexadecimal digits")
    }

    private func nothing() -> Failure { Failure(.noInput, "no event made \(collection)/\(id)") }

    // MARK: In a directory

    init(_ text: String, _ store: Store) throws {
        let (name, key) = try Self.words(text)
        let model = try store.model(name)
        collection = name
        if let id = ObjectID(hex: key) {
            self.id = id
            return
        }
        for index in model.indexes where index.isUnique && index.parts.count == 1 {
            if let id = try Self.find(key, index.parts[0].name, model, store) {
                self.id = id
                return
            }
        }
        throw Self.missing(name, key)
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
    func versions(_ store: Store) throws -> [DocumentVersion] {
        let model = try store.model(collection)
        var versions: [DocumentVersion] = []
        try store.history.forEachChange(model, id: id) { change in
            if let version = DocumentVersion(change.document(model), after: versions.last) { versions.append(version) }
            return true
        }
        guard !versions.isEmpty else { throw nothing() }
        return versions
    }

    /// The document as of a position, without secrets.
    func document(_ store: Store, asOf position: UInt64) throws -> Document? {
        let model = try store.model(collection)
        return try store.history.document(model, id: id, asOf: position).map { $0.withRaw { redacted($0, model) } }
    }

    // MARK: At a server

    init(_ text: String, _ client: AnnalsClient) async throws {
        let (name, key) = try Self.words(text)
        collection = name
        if let id = ObjectID(hex: key) {
            self.id = id
            return
        }
        guard case .array(let indexes)? = try await client.collection(name)["indexes"] else {
            throw Failure(.unavailable, "\(client.url) says no indexes of \(name)")
        }
        for case .document(let index) in indexes where index["unique"] == .bool(true) {
            guard case .document(let parts)? = index["key"], parts.count == 1, let field = parts.keys.first,
                let id = try await Self.find(key, field, name, client)
            else { continue }
            self.id = id
            return
        }
        throw Self.missing(name, key)
    }

    private static func find(_ key: String, _ field: String, _ collection: String, _ client: AnnalsClient) async throws
        -> ObjectID?
    {
        do throws(ClientError) {
            let page = try await client.find(
                collection, filter: [field: .string(key)], projection: ["_id": 1], limit: 1)
            guard case .objectID(let id)? = page.documents.first?["_id"] else { return nil }
            return id
        } catch {
            // A secret field cannot be asked for.
            guard error.isRefusedQuestion else { throw error }
            return nil
        }
    }

    func versions(_ client: AnnalsClient) async throws -> [DocumentVersion] {
        var versions: [DocumentVersion] = []
        for document in try await client.history(collection, id: id.description) ?? [] {
            guard let version = DocumentVersion(document, after: versions.last) else {
                throw Failure(.unavailable, "\(client.url) gives what is no version of a document")
            }
            versions.append(version)
        }
        guard !versions.isEmpty else { throw nothing() }
        return versions
    }
}

extension ClientError {
    /// The question itself cannot be asked so.
    fileprivate var isRefusedQuestion: Bool {
        guard case .problem(let problem) = self else { return false }
        return problem.status == 400 || problem.status == 422
    }
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

extension FieldChange {
    /// `4 → 5`
    var arrow: String { "\(Self.text(before)) \(Console.dim("→")) \(Self.text(after))" }

    static func text(_ value: Value?) -> String {
        guard let value else { return "nothing" }
        let text = JSON.string(value, style: .plain)
        return text.count > 60 ? text.prefix(59) + "…" : text
    }
}
