import Annals
import BSON
import EventLog
import Foundation
import Platform
import Projections
import Testing

/// Who was erased is gone from the backup with its next run, and comes back by no restore of it.
@Suite struct BackupErasureTests {
    private static let later = StreamFixture.start + 600 * 86_400_000

    private func erasure(_ user: ObjectID) -> NewEvent {
        NewEvent(
            id: "erase-\(user)", source: "/test", type: "user.erased", time: DateTime(milliseconds: Self.later),
            data: ["userId": .objectID(user)])
    }

    private func session(_ user: ObjectID, _ number: Int) -> NewEvent {
        NewEvent(
            id: "session-\(number)", source: "/test", type: "session.started",
            time: DateTime(milliseconds: Self.later + 1),
            data: [
                "sessionId": .string("after-\(number)"), "userId": .objectID(user), "name": "Said after the restore",
            ])
    }

    /// The 40 bytes that a ring has for the keys of some records, one after the other.
    private func wrappedKeys(_ directory: String, _ store: Store, _ positions: [UInt64]) throws -> [Data] {
        let ring = try Data(contentsOf: URL(fileURLWithPath: directory + "/keys/ring"))
        return try positions.map { position in
            let id = try #require(try store.log.get(position)?.withRecord { $0.personKeyID })
            let slot = id.withUnsafeBytes { Int(UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self))) }
            return ring[(slot * 64 + 24)..<(slot * 64 + 64)]
        }
    }

    private func holds(_ directory: String, _ bytes: Data) throws -> Bool {
        try BackupFixture.files(directory).contains { Data($0.value).range(of: bytes) != nil }
    }

    private func user(_ id: ObjectID, _ store: Store) throws -> String? {
        try store.document("users", id: id).flatMap { if case .string(let name)? = $0["name"] { name } else { nil } }
    }

    @Test func erasedPersonsStayErased() async throws {
        let directory = TestDirectory()
        let clock = ManualClock(milliseconds: StreamFixture.start)
        let backup = directory.path("backup")
        let store = try StreamFixture.store(directory.path("store"), BackupFixture.options(clock))
        var users: [(position: UInt64, id: ObjectID)] = []
        for number in 0..<3 {
            let receipt = try await store.append(BackupFixture.user(number))
            users.append((receipt.position, try #require(receipt.documentID)))
        }
        _ = try store.backUp(to: backup)
        let keys = try wrappedKeys(directory.path("store"), store, users.map(\.position))
        for key in keys { #expect(try holds(backup, key)) }
        let before = try store.logHead().size
        _ = try await store.append(erasure(users[1].id))
        _ = try store.backUp(to: backup)
        #expect(try keys.map { try holds(backup, $0) } == [true, false, true])
        try store.close()

        for point in [RestorePoint.position(before), .end] {
            let target = directory.path("restored-\(point == .end)")
            let report = try Store.restore(
                backup, to: target, point, collections: allCollections, options: BackupFixture.options(clock))
            #expect(report.survey.erasedLater == (point == .end ? 0 : 1))
            let restored = try StreamFixture.store(target, BackupFixture.options(clock, seed: 3))
            #expect(try user(users[0].id, restored) == "Person 0 of the backup")
            #expect(try user(users[1].id, restored) == "[erased]")
            #expect(try user(users[2].id, restored) == "Person 2 of the backup")
            #expect(try holds(target + "/keys", keys[1]) == false)
            if point != .end {
                // The log does not say that they were erased: they can be spoken of again, and be erased again.
                let said = try await restored.append(session(users[1].id, 1))
                #expect(try restored.log.get(said.position)?.withRecord { $0.personKeyID } != nil)
                _ = try await restored.append(erasure(users[1].id))
                let session = try restored.document("chatsessions", id: try #require(said.documentID))
                #expect(session?["name"] == "[erased]")
            }
            #expect(try StreamFixture.differences(restored, scratch: directory.path("scratch")).isEmpty)
            try FileManager.default.removeItem(atPath: directory.path("scratch"))
            try restored.close()
        }
    }

    /// A rebuild left another slot of the view filled, and what the erasure left is not overwritten yet.
    @Test func viewsThatGoAlongHoldNobodyErased() async throws {
        let directory = TestDirectory()
        let clock = ManualClock(milliseconds: StreamFixture.start)
        let store = try StreamFixture.store(directory.path("store"), BackupFixture.options(clock))
        var users: [ObjectID] = []
        for number in 0..<3 {
            users.append(try #require(try await store.append(BackupFixture.user(number)).documentID))
        }
        _ = try await store.append(erasure(users[0]))
        // After this round the scrubber rests.
        while try store.views.isUnscrubbed() { try await Task.sleep(for: .milliseconds(5)) }
        try store.rebuilds.start(["users"])
        while store.rebuilds.statuses.contains(where: { !$0.state.isOver }) {
            try await Task.sleep(for: .milliseconds(5))
        }
        _ = try await store.append(erasure(users[1]))
        var options = BackupOptions()
        options.includesViews = true
        _ = try store.backUp(to: directory.path("backup"), options)
        let found = try (0..<3).map { try holds(directory.path("backup"), Data("Person \($0) of the backup".utf8)) }
        #expect(found == [false, false, true])
        try store.close()
    }

    /// A crash between an erasure's event and its key, and then a backup of the directory as it lies there.
    @Test func anErasureCutShortIsEndedInTheBackup() async throws {
        let directory = TestDirectory()
        let clock = ManualClock(milliseconds: StreamFixture.start)
        let key = try await cutShort(directory, clock)
        // The second run reads no event of it.
        for run in 0..<2 {
            _ = try Store.backUp(
                directory: directory.path("store"), to: directory.path("backup"),
                options: BackupFixture.options(clock))
            #expect(try !holds(directory.path("backup"), key), "run \(run)")
        }
        #expect(try holds(directory.path("store/keys"), key))
    }

    /// - Returns: the key that should be gone.
    private func cutShort(_ directory: TestDirectory, _ clock: ManualClock) async throws -> Data {
        let store = try StreamFixture.store(directory.path("store"), BackupFixture.options(clock))
        let receipt = try await store.append(BackupFixture.user(1))
        let key = try wrappedKeys(directory.path("store"), store, [receipt.position])[0]
        let keyID = try #require(try store.log.get(receipt.position)?.withRecord { $0.personKeyID })
        let ring = try Data(contentsOf: URL(fileURLWithPath: directory.path("store/keys/ring")))
        let erased = try await store.append(erasure(try #require(receipt.documentID)))
        try store.close()
        try ring.write(to: URL(fileURLWithPath: directory.path("store/keys/ring")))
        try "\(erased.position) \(keyID)\n".write(
            toFile: directory.path("store/keys/erasing"), atomically: true, encoding: .utf8)
        return key
    }
}
