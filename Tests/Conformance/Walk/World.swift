import Annals
import BSON
import Foundation
import Platform
import Projections
import Schema

/// A real store, in a directory of its own, with the documents that others refer to.
final class World {
    let store: Store
    private let directory: String
    private(set) var eventCount = 0
    /// Of the newest event.
    private(set) var time = DateTime(milliseconds: 0)
    private var clock: Int64 = 1_704_067_200_000
    /// What a test has made once and uses again, by name.
    private var made: [String: Value] = [:]

    enum Outcome {
        case accepted(Receipt)
        case refused([Refusal])
    }

    init() throws {
        directory = NSTemporaryDirectory() + "annals-walk-\(UUID().uuidString)"
        var options = StoreOptions()
        options.log.mapBytes = 1 << 28
        options.log.freeSpaceFloorBytes = 0
        options.views.mapBytes = 1 << 28
        options.passwordRounds = 2
        options.firesTimers = false
        options.randomness = .seeded(1)
        options.clock = .fixed(1_704_067_200_000)
        store = try Store(directory: directory, collections: allCollections, options: options)
    }

    deinit {
        try? store.close()
        try? FileManager.default.removeItem(atPath: directory)
    }

    /// A second after the event before, unless another time is given.
    func send(_ type: String, _ data: Document, at given: DateTime? = nil) async throws -> Outcome {
        eventCount += 1
        clock += 1_000
        time = given ?? DateTime(milliseconds: clock)
        do {
            return .accepted(
                try await store.append(
                    NewEvent(id: "\(eventCount)", source: "/walk", type: type, time: time, data: data)))
        } catch {
            guard case AppendError.refused(let refused) = error else { throw error }
            return .refused(refused.flatMap(\.refusals.reasons))
        }
    }

    /// From now on events happen at this time and later.
    func moveClock(to time: DateTime) { clock = time.milliseconds - 1_000 }

    /// For events that must be accepted.
    @discardableResult func require(_ type: String, _ data: Document, at given: DateTime? = nil) async throws -> Receipt
    {
        switch try await send(type, data, at: given) {
        case .accepted(let receipt): return receipt
        case .refused(let reasons):
            throw Seed.Unreadable(
                description: "\(type) \(JSON.string(data, style: .relaxed)): \(reasons.map(\.description))")
        }
    }

    func document(_ collection: String, _ id: ObjectID?) throws -> Document? {
        try id.flatMap { try store.document(collection, id: $0) }
    }

    /// All documents of a collection, secrets and all, as they are stored.
    func documents(_ collection: String) throws -> [Document] {
        let model = try store.collection(collection)
        var all: [Document] = []
        try store.read { snapshot in
            try snapshot.forEachDocument(model) { _, document in
                all.append(Document(copying: document))
                return true
            }
        }
        return all
    }

    /// Whether none of these fields is personal or a secret: refusals show no others.
    func isOpen(_ fields: [String], in collection: String) throws -> Bool {
        let model = try store.collection(collection)
        return fields.allSatisfy { path in model.fields.first { $0.name == path }?.privacy ?? .open == .open }
    }

    // MARK: Whom and what others refer to

    func newUser() async throws -> Value {
        let data: Document = [
            "email": .string("user\(eventCount)@example.org"), "name": "A User", "authMethod": "google",
        ]
        guard let id = try await require("user.registered", data).documentID else { return .null }
        return .objectID(id)
    }

    /// One for all, made when first asked for.
    func user() async throws -> Value { try await once("user") { try await newUser() } }

    /// `_id` and `id`.
    func agent() async throws -> (id: Value, slug: Value) {
        let id = try await once("agent") {
            let data: Document = [
                "id": "einstein", "name": "Albert Einstein", "prompts": ["systemPrompt": "You are he."],
            ]
            return try await require("agent.created", data).documentID.map { .objectID($0) } ?? .null
        }
        return (id, "einstein")
    }

    func session() async throws -> Value {
        try await once("session") {
            try await require("session.started", ["sessionId": "sess_w", "userId": user(), "name": "A session"])
            return "sess_w"
        }
    }

    func post() async throws -> Value {
        try await once("post") {
            let data: Document = [
                "postId": "post_w", "authorId": try await user(), "title": "A post", "content": "Words",
            ]
            try await require("post.published", data)
            return "post_w"
        }
    }

    func comment() async throws -> Value {
        try await once("comment") {
            let data: Document = [
                "commentId": "comment_w", "postId": try await post(), "authorId": try await user(), "content": "Words",
            ]
            try await require("comment.added", data)
            return "comment_w"
        }
    }

    func webinar() async throws -> Value {
        try await once("webinar") {
            try await require(
                "webinar.scheduled",
                ["webinarId": "webinar_w", "title": "A webinar", "date": "2030-01-01T10:00:00Z", "duration": 60])
            return "webinar_w"
        }
    }

    func job() async throws -> Value {
        try await once("job") {
            try await require("job.posted", ["jobId": "job_w", "title": "A job"])
            return "job_w"
        }
    }

    private func once(_ name: String, _ make: () async throws -> Value) async throws -> Value {
        if let value = made[name] { return value }
        let value = try await make()
        made[name] = value
        return value
    }
}
