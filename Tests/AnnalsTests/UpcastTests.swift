import Annals
import BSON
import EventLog
import Foundation
import Projections
import Schema
import Testing
import Views

/// Old events, kept here as they were written then, are what they would be today: sent anew, and in old logs.
@Suite struct UpcastTests {
    /// Golden: what services sent when these were the newest versions. Never to be changed.
    static let old = [
        #"""
        {"specversion":"1.0","id":"5","source":"/old","type":"message.rated","schemaversion":1,
         "data":{"messageId":"msg_1","stars":4,"userId":"000000000000000000000001"}}
        """#,
        #"""
        {"specversion":"1.0","id":"6","source":"/old","type":"post.liked",
         "data":{"userId":"000000000000000000000001","postId":"post_1"}}
        """#,
    ]
    static let before = [
        #"""
        {"specversion":"1.0","id":"1","source":"/old","type":"user.registered",
         "data":{"_id":"000000000000000000000001","email":"ada@users.example","name":"Ada","authMethod":"google"}}
        """#,
        #"""
        {"specversion":"1.0","id":"2","source":"/old","type":"session.started",
         "data":{"sessionId":"sess_1","userId":"000000000000000000000001","name":"Maths"}}
        """#,
        #"""
        {"specversion":"1.0","id":"3","source":"/old","type":"message.sent",
         "data":{"messageId":"msg_1","sessionId":"sess_1","role":"user","content":"Hello"}}
        """#,
        #"""
        {"specversion":"1.0","id":"4","source":"/old","type":"post.published",
         "data":{"postId":"post_1","authorId":"000000000000000000000001","title":"On engines","content":"…"}}
        """#,
    ]

    @Test func oldEventsAreTakenAndAreNewInTheLog() async throws {
        let directory = TestDirectory()
        let store = try StreamFixture.store(directory.path)
        for line in Self.before + Self.old { try await store.append(StreamFixture.parse(Array(line.utf8))) }
        try expectRatingAndLike(store)
        let records = try store.log.records(from: 5, limit: 2)
        let types = records.map { $0.withRecord { "\($0.type) \($0.schemaVersion)" } }
        #expect(types == ["message.rated 2", "like.added 2"])
        // The same request again is the same event, whatever became of it.
        #expect(try await store.append(StreamFixture.parse(Array(Self.old[1].utf8))).wasThere)
        try store.close()
    }

    @Test func oldRecordsAreReplayedAsNewOnesAndStayAsTheyAre() async throws {
        let directory = TestDirectory()
        do {
            let store = try StreamFixture.store(directory.path)
            for line in Self.before { try await store.append(StreamFixture.parse(Array(line.utf8))) }
            try store.close()
        }
        try appendOldRecords(directory.path)
        // The views are behind the log by two records of older versions.
        let store = try StreamFixture.store(directory.path)
        #expect(store.position == 6)
        try expectRatingAndLike(store)
        let differences = try StreamFixture.differences(store, scratch: directory.path("scratch"))
        #expect(differences.isEmpty, "\(differences)")
        // Readers get them in the newest version; the bytes are those of then.
        let stored = try store.log.records(from: 5, limit: 2)
        #expect(
            stored.map { $0.withRecord { "\($0.type) \($0.schemaVersion)" } } == ["message.rated 1", "post.liked 1"])
        let shown = try stored.map { try $0.withRecord { try CloudEvent.document(of: $0, store) } }
        #expect(shown[0]["data.rating"] == 4 && shown[0]["data.stars"] == nil && shown[0]["schemaversion"] == 2)
        #expect(shown[1]["type"] == "like.added" && shown[1]["data.targetId"] == "post_1")
        try store.close()
    }

    @Test func versionsThatAreNotKnownAreRefused() async throws {
        let directory = TestDirectory()
        let store = try StreamFixture.store(directory.path)
        var event = try StreamFixture.parse(Array(Self.before[0].utf8))
        for version: UInt16 in [0, 2, 9] {
            event.schemaVersion = version
            await #expect {
                _ = try await store.append(event)
            } throws: { error in
                guard case AppendError.refused(let all) = error else { return false }
                return all[0].refusals.reasons.map(\.rule) == [.version]
            }
        }
        #expect(store.position == 0)
        try store.close()
    }

    /// What a program of then would have written: guards had resolved what projectors need.
    private func appendOldRecords(_ directory: String) throws {
        let options = StreamFixture.options()
        let log = try EventLog(
            directory: directory + "/log", highWaterPath: directory + "/high-water", options: options.log,
            fileSystem: .system, clock: options.clock, randomness: options.randomness)
        let user = try #require(ObjectID(hex: "000000000000000000000001"))
        let message = try Self.id(log, 3)
        let post = try Self.id(log, 4)
        let records: [(String, Document, Document)] = [
            (
                "message.rated", ["messageId": "msg_1", "stars": 4, "userId": .objectID(user)],
                ["message": .objectID(message)]
            ),
            (
                "post.liked",
                ["_id": .objectID(ObjectID(seconds: 9, rest: 9)), "userId": .objectID(user), "postId": "post_1"],
                ["user": .objectID(user), "post": .objectID(post)]
            ),
        ]
        var batch = LogBatch()
        for (index, (type, data, resolved)) in records.enumerated() {
            let draft = EventDraft(
                id: "\(5 + index)", source: "/old", type: type, schemaVersion: 1, subject: "old/\(index)",
                time: DateTime(milliseconds: StreamFixture.start), data: data,
                requestKey: Digest16.of(UInt8(index + 1)),
                requestDigest: .zero)
            try resolved.withRaw { resolved in
                try batch.add(
                    draft, position: UInt64(5 + index), recordedTime: log.head.recordedTime, streamVersion: 1,
                    resolved: resolved.bytes)
            }
        }
        try log.append(batch)
        try log.close()
    }

    private static func id(_ log: EventLog, _ position: UInt64) throws -> ObjectID {
        let record = try #require(try log.get(position))
        return try #require(record.withRecord { $0.data.value(named: "_id")?.objectID })
    }

    private func expectRatingAndLike(_ store: Store) throws {
        try store.read { snapshot in
            var ratings: [Value?] = []
            try Find(store.collection("chatmessages")).run(snapshot) { message in
                ratings.append(message["feedback.rating"]?.owned())
                return true
            }
            #expect(ratings == [4])
            var likes: [Value?] = []
            try Find(store.collection("communityposts")).run(snapshot) { post in
                likes.append(post["stats.likes"]?.owned())
                return true
            }
            #expect(likes == [.int64(1)])
        }
    }
}

extension Digest16 {
    static func of(_ byte: UInt8) -> Digest16 {
        [UInt8](repeating: byte, count: Digest16.byteCount).withUnsafeBytes { Digest16($0) }
    }
}

/// Declarations that cannot stand are found at start.
@Suite struct UpcastDeclarationTests {
    enum Things: Collection {
        static let name = "things"
        static let number: CollectionNumber = 900
        static let summary = "Things."
        struct Fields: FieldSet {
            let name = Field.string("name")
            init() {}
        }
        static let field = Fields()
        static let indexes: [Index] = []
        nonisolated(unsafe) static var made = Event.creation(
            "thing.made", Things.self, stream: "things", key: field.name, "A thing is made.")
        static let found = Event.creation("thing.found", Things.self, stream: "things", key: field.name, "Found.")
        static var events: [Event] { [made, found] }
        static let follows: [EventName] = ["thing.made", "thing.found"]
        static func apply(_ event: RecordedEvent, to view: inout View<Self>) throws(Anomaly) { try view.insert() }
    }

    /// One test, since the declaration is one variable.
    @Test func gapsAndCyclesAreRefused() throws {
        let plain = Things.made
        defer { Things.made = plain }
        let without = try Catalogue([Things.self]).collections[0].fingerprint
        Things.made = plain.upcasts(Upcast(from: 1, "one") { _ in }, Upcast(from: 2, "two") { _ in })
        let with = try Catalogue([Things.self]).collections[0].fingerprint
        // Whoever follows the type is rebuilt.
        #expect(with != without)
        for (steps, word) in [
            ([Upcast(from: 2, "no first") { _ in }], "not [1, 2]"),
            ([Upcast(from: 1, "twice") { _ in }, Upcast(from: 1, "twice") { _ in }], "not [1]"),
            ([Upcast(from: 1, named: "thing.found", "a cycle") { _ in }], "once named thing.found"),
            ([Upcast(from: 1, named: "thing.made", "itself") { _ in }], "once named thing.made"),
        ] {
            Things.made = steps.count == 1 ? plain.upcasts(steps[0]) : plain.upcasts(steps[0], steps[1])
            #expect {
                _ = try Catalogue([Things.self])
            } throws: { error in
                "\(error)".contains(word)
            }
        }
    }
}
