import Annals
import BSON
import EventLog
import Foundation
import Platform
import Projections
import Schema
import Synchronization
import Testing
import Views

/// What erasing a person leaves: the same views as a replay whose keys are gone, and no byte of what was sealed.
@Suite struct ErasureTests {
    static let seeds: [UInt64] = [31, 32]

    private func erasure(_ number: Int, _ user: ObjectID) -> NewEvent {
        NewEvent(
            id: "erase-\(number)", source: "/test", type: "user.erased",
            time: DateTime(milliseconds: StreamFixture.start + 400 * 86_400_000), data: ["userId": .objectID(user)])
    }

    /// A store over a generated stream whose subscriptions have ended, so that everyone can be erased.
    private func filled(_ directory: TestDirectory, seed: UInt64) async throws -> Store {
        let store = try StreamFixture.store(directory.path)
        let events = try StreamFixture.events(seed: seed, count: 6_000, users: 160)
        let refused = try await StreamFixture.append(events, to: store, window: 200)
        #expect(refused.isEmpty, "\(refused.prefix(2))")
        var running: [ObjectID] = []
        try rows("agentsubscriptions", store) { document in
            let status = document["status"]?.string
            if status == "active" || status == "paused", let id = document["_id"]?.objectID { running.append(id) }
        }
        let ends = running.enumerated().map { number, id in
            NewEvent(
                id: "end-\(number)", source: "/test", type: "agentSubscription.cancelled",
                time: DateTime(milliseconds: StreamFixture.start + 399 * 86_400_000), data: ["_id": .objectID(id)])
        }
        #expect(try await StreamFixture.append(ends, to: store, window: 50).isEmpty)
        return store
    }

    private func rows(_ collection: String, _ store: Store, _ body: (RawDocument) -> Void) throws {
        let model = try store.collection(collection)
        try store.snapshot().forEachDocument(model) { (_, document) throws(Never) in
            body(document)
            return true
        }
    }

    private func users(_ store: Store) throws -> [ObjectID] {
        var users: [ObjectID] = []
        try rows("users", store) { if let id = $0["_id"]?.objectID { users.append(id) } }
        return users
    }

    /// Users of whom all can be erased: nothing was before, and no payment of theirs is on hold.
    private func erasable(_ store: Store) throws -> [ObjectID] {
        var kept: Set<ObjectID> = []
        try rows("transactions", store) { document in
            if document["legalHold"]?.bool == true, let user = document["userId"]?.objectID { kept.insert(user) }
        }
        try rows("users", store) { document in
            if document["name"]?.string == "[erased]", let user = document["_id"]?.objectID { kept.insert(user) }
        }
        return try users(store).filter { !kept.contains($0) }
    }

    /// Texts that were sealed under the keys of these users, and that nobody else says or said openly, not even as a part.
    private func secrets(of users: Set<ObjectID>, _ store: Store) throws -> [String] {
        var own: Set<String> = []
        var others: [UInt8] = []
        func hear(_ text: String) { others.append(contentsOf: Array(text.utf8) + [0]) }
        try store.log.read { (record) throws(LogError) in
            hear(record.subject)
            record.data.forEach { _, value in collectTexts(in: value, hear) }
            guard record.personKeyID != nil, let opened = try? store.log.opened(record), let person = opened.person
            else { return true }
            let isOwn = person.kind == 1 && users.contains(person.id.withUnsafeBytes { ObjectID($0) })
            opened.data.withRaw { opened in
                collectSealed(record.data, opened) { text in
                    if isOwn { own.insert(text) } else { hear(text) }
                }
            }
            return true
        }
        return others.withUnsafeBytes { others in
            own.filter { text in
                text.utf8.count >= 12
                    && Array(text.utf8).withUnsafeBytes {
                        find(others.baseAddress, others.count, $0.baseAddress, $0.count) == nil
                    }
            }.sorted()
        }
    }

    @Test(arguments: seeds) func nothingIsLeftOfAHundredPeople(seed: UInt64) async throws {
        let directory = TestDirectory()
        let store = try await filled(directory, seed: seed)
        let victims = try erasable(store).prefix(100)
        #expect(victims.count == 100)
        let secret = try secrets(of: Set(victims), store)
        #expect(secret.count > 500)
        // Those of deleted documents are gone already; the others stand in the views, in clear.
        #expect(try found(secret, below: directory.path).count > secret.count / 2)

        let erasures = victims.enumerated().map { erasure($0.offset, $0.element) }
        let refused = try await StreamFixture.append(erasures, to: store, window: 10)
        #expect(refused.isEmpty, "\(refused.prefix(2))")
        let differences = try StreamFixture.differences(store, scratch: directory.path("scratch"))
        #expect(differences.isEmpty, "seed \(seed): \(differences.prefix(5))")
        #expect(try store.scrub())
        // Copies made since: of the directory as it lies, which opens with views folded anew, and of its log alone.
        let copy = TestDirectory()
        try FileManager.default.createDirectory(atPath: copy.path, withIntermediateDirectories: true)
        try Self.copy(directory.path, to: copy.path("whole"))
        let position = store.position
        try store.close()
        let opened = try StreamFixture.store(copy.path("whole"))
        #expect(opened.position == position)
        #expect(try StreamFixture.differences(opened, scratch: copy.path("replayed")).isEmpty)
        try opened.close()
        // Of the copies, which take as long again each, a fifth of the texts.
        let sample = stride(from: 0, to: secret.count, by: 5).map { secret[$0] }
        for (place, texts) in [(directory.path, secret), (copy.path, sample)] {
            let left = try found(texts, below: place)
            #expect(left.isEmpty, "seed \(seed): \(left.prefix(5)) and \(left.count) in all")
        }
    }

    private static func copy(_ directory: String, to other: String) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/cp")
        // Maps are long and sparse.
        process.arguments = ["-a", "--sparse=always", directory, other]
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
    }

    /// Views that were rebuilt leave the slot from which they served before filled: it may keep nothing either.
    @Test func theSlotThatServedBeforeForgetsToo() async throws {
        let directory = TestDirectory()
        do {
            let store = try await filled(directory, seed: 34)
            let places = Set(store.catalogue.collections.indices)
            try Replay(store: store.views, log: store.log).rebuild(places, through: store.position)
            try store.close()
        }
        let store = try StreamFixture.store(directory.path)
        let victims = try erasable(store).prefix(20)
        let secret = try secrets(of: Set(victims), store)
        #expect(secret.count > 100)
        let erasures = victims.enumerated().map { erasure($0.offset, $0.element) }
        #expect(try await StreamFixture.append(erasures, to: store, window: 10).isEmpty)
        #expect(try store.scrub())
        #expect(try StreamFixture.differences(store, scratch: directory.path("scratch")).isEmpty)
        try store.close()
        let left = try found(secret, below: directory.path)
        #expect(left.isEmpty, "\(left.prefix(5)) and \(left.count) in all")
    }

    /// Rebuilt after a restart, each view has its live bytes, without what was erased.
    @Test func rebuildsAfterErasuresBringNothingBack() async throws {
        let directory = TestDirectory()
        do {
            let store = try await filled(directory, seed: 33)
            let erasures = try erasable(store).prefix(20).enumerated().map { erasure($0.offset, $0.element) }
            #expect(try await StreamFixture.append(erasures, to: store, window: 10).isEmpty)
            try store.close()
        }
        let store = try StreamFixture.store(directory.path)
        let places = store.catalogue.collections.indices.filter { !store.catalogue.collections[$0].personal.isEmpty }
        try Replay(store: store.views, log: store.log).rebuild(Set(places), through: store.position)
        let differences = try StreamFixture.differences(store, scratch: directory.path("scratch"))
        #expect(differences.isEmpty, "\(differences.prefix(5))")
        try store.close()
    }

    /// Which of the texts stand anywhere in the files.
    private func found(_ texts: [String], below directory: String) throws -> Set<String> {
        var found: Set<String> = []
        let files = FileManager.default.enumerator(atPath: directory)?.compactMap { $0 as? String } ?? []
        for file in files {
            let path = directory + "/" + file
            guard let status = try FileSystem.system.status(path), status.kind == .file else { continue }
            // The maps are long and sparse, with what was written at their start.
            let bytes = try FileSystem.system.read(path, 0, min(status.byteCount, status.allocatedByteCount + 4096))
            bytes.withUnsafeBytes { bytes in
                for text in texts where Self.stands(text, in: bytes) { found.insert(file + ": " + text) }
            }
        }
        return found
    }

    private static func stands(_ text: String, in bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBytes { stands(text, in: $0) }
    }

    private static func stands(_ text: String, in bytes: UnsafeRawBufferPointer) -> Bool {
        Array(text.utf8).withUnsafeBytes {
            find(bytes.baseAddress, bytes.count, $0.baseAddress, $0.count) != nil
        }
    }

    @Test func erasedDocumentsStayWithoutWhatTheySaid() async throws {
        let directory = TestDirectory()
        let store = try StreamFixture.store(directory.path)
        let user = AppendTests.user
        _ = try await store.append(AppendTests.registered("1"))
        let session: Document = ["sessionId": "s1", "userId": .objectID(user), "name": "My secrets"]
        _ = try await store.append(NewEvent(id: "2", source: "/test", type: "session.started", data: session))
        let message: Document = ["sessionId": "s1", "messageId": "m1", "role": "user", "content": "I live at 5 Elm St"]
        let sent = try await store.append(NewEvent(id: "3", source: "/test", type: "message.sent", data: message))
        let spoken = try #require(sent.documentID)
        #expect(try store.document("chatmessages", id: spoken)?["content"] == "I live at 5 Elm St")
        _ = try await store.append(erasure(1, user))
        #expect(try store.document("chatmessages", id: spoken)?["content"] == "[erased]")
        let erased = try #require(try store.document("users", id: user))
        #expect(erased["name"] == "[erased]" && erased["isActive"] == false && erased["password"] == nil)
        // Told apart, since the address is unique.
        guard case .string(let address)? = erased["email"] else {
            Issue.record("no address: \(erased)")
            return
        }
        #expect(address.hasPrefix("[erased ") && address.count == 25)
        #expect(erased["stats.totalMessages"] == .int64(1))
        try store.close()
    }

    @Test func nothingMoreIsRecordedOfWhoWasErased() async throws {
        let directory = TestDirectory()
        let store = try StreamFixture.store(directory.path)
        let user = AppendTests.user
        _ = try await store.append(AppendTests.registered("1"))
        _ = try await store.append(erasure(1, user))
        func refusal(_ type: String, _ data: Document) async -> String {
            do {
                try await store.append(NewEvent(id: type, source: "/test", type: type, data: data))
                return "accepted"
            } catch { return "\(error)" }
        }
        let experiment: Document = [
            "userId": .objectID(user), "experimentType": "neural-art", "name": "N", "input": ["a": 1],
        ]
        #expect(await refusal("experiment.created", experiment).contains("erased"))
        #expect(await refusal("user.erased", ["userId": .objectID(user)]).contains("erased already"))
        let gone = "this user was erased: a new account is a new user"
        for type in ["user.loggedIn", "user.reactivated", "user.deactivated"] {
            let text = await refusal(type, ["userId": .objectID(user)])
            #expect(text.contains(gone) && !text.contains("user.reactivated first"), "\(text)")
        }
        #expect(try store.document("users", id: user)?["isActive"] == false)
        // A new account with the old address is a new person.
        let again = AppendTests.registered("2", ObjectID(hex: "65920080bbbbbbbbbbbbbbbb")!)
        _ = try await store.append(again)
        #expect(try StreamFixture.differences(store, scratch: directory.path("scratch")).isEmpty)
        try store.close()
    }

    /// A comment is counted with the one it answers; that one is somebody else's.
    @Test func whatWasAnsweredStaysWhenTheAnswerIsErased() async throws {
        let directory = TestDirectory()
        let store = try StreamFixture.store(directory.path)
        let (author, other) = (AppendTests.user, ObjectID(hex: "65920080bbbbbbbbbbbbbbbb")!)
        _ = try await store.append(AppendTests.registered("1"))
        _ = try await store.append(AppendTests.registered("2", other, email: "bob@users.example"))
        func append(_ type: String, _ data: Document) async throws -> ObjectID? {
            let event = NewEvent(id: "\(type) \(data)", source: "/test", type: type, data: data)
            return try await store.append(event).documentID
        }
        _ = try await append(
            "post.published", ["postId": "p", "authorId": .objectID(author), "title": "T", "content": "C"])
        let asked = try #require(
            try await append(
                "comment.added", ["postId": "p", "commentId": "a", "authorId": .objectID(author), "content": "Why?"]))
        _ = try await append(
            "comment.added",
            [
                "postId": "p", "commentId": "b", "authorId": .objectID(other), "content": "So!",
                "parentCommentId": "a",
            ])
        // With a field that nobody declares, and that is sealed therefore.
        _ = try await append("comment.hidden", ["commentId": "b", "remark": "rude"])
        _ = try await store.append(erasure(1, other))
        #expect(try store.document("communitycomments", id: asked)?["content"] == "Why?")
        #expect(try StreamFixture.differences(store, scratch: directory.path("scratch")).isEmpty)
        try store.close()
    }

    @Test func paymentsOnHoldKeepWhatTheySay() async throws {
        let directory = TestDirectory()
        let store = try StreamFixture.store(directory.path)
        let user = AppendTests.user
        _ = try await store.append(AppendTests.registered("1"))
        var paid: [ObjectID] = []
        for number in ["t1", "t2"] {
            let payment: Document = [
                "transactionId": .string(number), "userId": .objectID(user), "type": "one-time", "amount": 5,
                "metadata": ["notes": "Wants an invoice"],
            ]
            let receipt = try await store.append(
                NewEvent(id: number, source: "/test", type: "transaction.created", data: payment))
            paid.append(try #require(receipt.documentID))
        }
        func append(_ type: String, _ data: Document) async throws {
            try await store.append(NewEvent(id: "\(type) \(data)", source: "/test", type: type, data: data))
        }
        func notes(_ id: ObjectID) throws -> Value? { try store.document("transactions", id: id)?["metadata.notes"] }
        try await append("transaction.held", ["transactionId": "t1"])
        await #expect(throws: AppendError.self) { try await append("transaction.deleted", ["transactionId": "t1"]) }
        _ = try await store.append(erasure(1, user))
        #expect(try notes(paid[0]) == "Wants an invoice" && notes(paid[1]) == "Wants an invoice")
        #expect(try store.document("users", id: user)?["name"] == "[erased]")
        try await append("transaction.released", ["transactionId": "t1"])
        #expect(try notes(paid[0]) == "[erased]" && notes(paid[1]) == "[erased]")
        #expect(try StreamFixture.differences(store, scratch: directory.path("scratch")).isEmpty)
        try store.close()
    }

    /// The key goes after the event is durable: a crash in between is made good at the next start.
    @Test func anErasureThatACrashCutShortIsEnded() async throws {
        let directory = TestDirectory()
        let fails = Atomic<Bool>(false)
        var options = StreamFixture.options()
        let overwrite = options.fileSystem.overwrite
        options.fileSystem.overwrite = { (path, offset, bytes) throws(FileError) in
            if fails.load(ordering: .relaxed), path.hasSuffix("/ring") {
                throw FileError(operation: "write", path: path, errno: 5)
            }
            try overwrite(path, offset, bytes)
        }
        do {
            let store = try StreamFixture.store(directory.path, options)
            _ = try await store.append(AppendTests.registered("1"))
            fails.store(true, ordering: .relaxed)
            await #expect {
                _ = try await store.append(erasure(1, AppendTests.user))
            } throws: { error in
                if case AppendError.outcomeUnknown = error { true } else { false }
            }
            #expect(store.stopReason != nil)
            fails.store(false, ordering: .relaxed)
            try store.close()
        }
        let store = try StreamFixture.store(directory.path)
        #expect(store.openingReport.contains { $0.contains("cut short") })
        #expect(try store.document("users", id: AppendTests.user)?["name"] == "[erased]")
        #expect(try StreamFixture.differences(store, scratch: directory.path("scratch")).isEmpty)
        try store.close()
    }

    /// A new person needs a key on the device: where there is none, nothing is recorded, and what a flush did is not known.
    @Test(arguments: [5, 28] as [Int32]) func aRingThatCannotBeWrittenTakesNobody(errno: Int32) async throws {
        let directory = TestDirectory()
        var options = StreamFixture.options()
        let overwrite = options.fileSystem.overwrite
        options.fileSystem.overwrite = { (path, offset, bytes) throws(FileError) in
            if path.hasSuffix("/ring") { throw FileError(operation: "write", path: path, errno: errno) }
            try overwrite(path, offset, bytes)
        }
        let store = try StreamFixture.store(directory.path, options)
        await #expect {
            _ = try await store.append(AppendTests.registered("1"))
        } throws: { error in
            switch error {
            case AppendError.diskFull: errno == 28
            case AppendError.stopped: errno == 5
            default: false
            }
        }
        #expect((store.stopReason != nil) == (errno == 5))
        #expect(store.position == 0)
        try store.close()
    }

    @Test func aMissingMasterKeyIsNoticed() async throws {
        let directory = TestDirectory()
        do {
            let store = try StreamFixture.store(directory.path)
            #expect(store.masterKeyNotice?.contains("back it up") == true)
            _ = try await store.append(AppendTests.registered("1"))
            try store.close()
        }
        try FileManager.default.removeItem(atPath: directory.path("keys/master"))
        #expect {
            _ = try StreamFixture.store(directory.path)
        } throws: { error in
            if case StoreError.keys(.masterKeyFile) = error { true } else { false }
        }
    }
}

/// The C library's, which its headers show only with _GNU_SOURCE.
@_silgen_name("memmem")
private func find(
    _ haystack: UnsafeRawPointer?, _ byteCount: Int, _ needle: UnsafeRawPointer?, _ needleBytes: Int
) -> UnsafeRawPointer?

/// The texts in `opened` that stand sealed in `stored`.
private func collectSealed(_ stored: RawDocument, _ opened: RawDocument, _ body: (String) -> Void) {
    stored.forEach { name, value in
        guard let plain = opened.value(named: name) else { return }
        if value.type == .binary { return collectTexts(in: plain, body) }
        if let inner = value.document, let other = plain.document { collectSealed(inner, other, body) }
    }
}

private func collectTexts(in value: RawValue, _ body: (String) -> Void) {
    if let text = value.string { body(text) }
    value.document?.forEach { _, inner in collectTexts(in: inner, body) }
}
