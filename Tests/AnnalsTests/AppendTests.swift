import Annals
import BSON
import EventLog
import Foundation
import Projections
import Schema
import Testing
import Views

/// What one append promises: idempotency, expectations, conditions, refusals.
@Suite struct AppendTests {
    static let user = ObjectID(hex: "65920080aaaaaaaaaaaaaaaa")!

    static func registered(_ id: String, _ user: ObjectID = user, email: String = "ada@users.example") -> NewEvent {
        NewEvent(
            id: id, source: "/test", type: "user.registered", time: DateTime(milliseconds: StreamFixture.start),
            data: ["_id": .objectID(user), "email": .string(email), "name": "Ada", "authMethod": "google"])
    }

    @Test func anAnsweredEventIsVisible() async throws {
        let directory = TestDirectory()
        let store = try StreamFixture.store(directory.path)
        let receipt = try await store.append(Self.registered("1"))
        #expect(receipt.position == 1 && receipt.streamVersion == 1 && !receipt.wasThere)
        let document = try #require(try store.document("users", id: Self.user))
        #expect(document["email"] == "ada@users.example")
        #expect(document["stats.totalMessages"] == .int64(0))
        #expect(document["subscription.plan"] == "free")
        #expect(document["createdAt"] == .dateTime(DateTime(milliseconds: StreamFixture.start)))
        try store.close()
    }

    @Test func theSameEventAgainIsAnsweredAsThen() async throws {
        let directory = TestDirectory()
        do {
            let store = try StreamFixture.store(directory.path)
            _ = try await store.append(Self.registered("1"))
            let again = try await store.append(Self.registered("1"))
            #expect(again.position == 1 && again.wasThere)
            try store.close()
        }
        // For ever: also after a restart.
        let store = try StreamFixture.store(directory.path)
        #expect(try await store.append(Self.registered("1")).wasThere)
        #expect(store.log.head.position == 1)
        try store.close()
    }

    @Test func theSameIDWithOtherContentConflicts() async throws {
        let directory = TestDirectory()
        let store = try StreamFixture.store(directory.path)
        _ = try await store.append(Self.registered("1"))
        await #expect {
            _ = try await store.append(Self.registered("1", email: "other@users.example"))
        } throws: { error in
            guard case AppendError.conflict(0, 1) = error else { return false }
            return true
        }
        #expect(store.log.head.position == 1)
        try store.close()
    }

    @Test func aRepeatedEventInOneRequestIsWrittenOnce() async throws {
        let directory = TestDirectory()
        let store = try StreamFixture.store(directory.path)
        let receipts = try await store.append([Self.registered("1"), Self.registered("1")])
        #expect(receipts.map(\.position) == [1, 1] && receipts.map(\.wasThere) == [false, true])
        try store.close()
    }

    @Test func expectedVersionIsKept() async throws {
        let directory = TestDirectory()
        let store = try StreamFixture.store(directory.path)
        var first = Self.registered("1")
        first.expectedVersion = 0
        _ = try await store.append(first)
        var second = NewEvent(
            id: "2", source: "/test", type: "user.emailVerified", data: ["userId": .objectID(Self.user)])
        second.expectedVersion = 0
        await #expect {
            _ = try await store.append(second)
        } throws: { error in
            guard case AppendError.wrongVersion(0, "users/65920080aaaaaaaaaaaaaaaa", 0, 1) = error else { return false }
            return true
        }
        second.expectedVersion = 1
        #expect(try await store.append(second).streamVersion == 2)
        try store.close()
    }

    @Test func appendConditionsSeeWhatTouchedADocument() async throws {
        let directory = TestDirectory()
        let store = try StreamFixture.store(directory.path)
        _ = try await store.append(Self.registered("1"))
        func verified(_ id: String, after: UInt64, types: Set<String>) -> NewEvent {
            var event = NewEvent(id: id, source: "/test", type: "user.loggedIn", data: ["userId": .objectID(Self.user)])
            event.condition = AppendCondition(
                types: types, entities: [.init(collection: "users", id: Self.user)], after: after)
            return event
        }
        await #expect {
            _ = try await store.append(verified("2", after: 0, types: ["user.registered"]))
        } throws: { error in
            guard case AppendError.conditionFailed(0, 1) = error else { return false }
            return true
        }
        _ = try await store.append(verified("3", after: 0, types: ["user.deleted"]))
        _ = try await store.append(verified("4", after: 2, types: []))
        await #expect(throws: AppendError.self) {
            // Event 3 of the log touched the user, in the same batch or an earlier one.
            _ = try await store.append(verified("5", after: 2, types: []))
        }
        try store.close()
    }

    @Test func aRequestIsAllOrNothing() async throws {
        let directory = TestDirectory()
        let store = try StreamFixture.store(directory.path)
        let other = ObjectID(hex: "65920080bbbbbbbbbbbbbbbb")!
        await #expect {
            // The second repeats the first's e-mail address.
            _ = try await store.append([Self.registered("1"), Self.registered("2", other)])
        } throws: { error in
            guard case AppendError.refused(let all) = error else { return false }
            return all.count == 1 && all[0].index == 1 && all[0].refusals.reasons.first?.rule == .unique
                && all[0].refusals.reasons.first?.field == "email"
        }
        #expect(store.log.head.position == 0)
        #expect(try store.document("users", id: Self.user) == nil)
        // The key of the refused request is free again, and so is the address.
        _ = try await store.append(Self.registered("2", other))
        try store.close()
    }

    @Test func allReasonsAreReported() async throws {
        let directory = TestDirectory()
        let store = try StreamFixture.store(directory.path)
        let event = NewEvent(
            id: "1", source: "/test", type: "user.registered",
            data: ["email": "not an address", "authMethod": "carrier pigeon"])
        await #expect {
            _ = try await store.append(event)
        } throws: { error in
            guard case AppendError.refused(let all) = error, let reasons = all.first?.refusals.reasons else {
                return false
            }
            return Set(reasons.map { "\($0.field) \($0.rule.rawValue)" })
                == ["email format", "name required", "authMethod enum"]
        }
        try store.close()
    }

    @Test func unknownTypesAreRefused() async throws {
        let directory = TestDirectory()
        let store = try StreamFixture.store(directory.path)
        await #expect(throws: AppendError.self) {
            _ = try await store.append(NewEvent(id: "1", source: "/test", type: "user.teleported", data: [:]))
        }
        try store.close()
    }

    @Test func aSecondProcessOrStoreIsKeptOut() async throws {
        let directory = TestDirectory()
        let store = try StreamFixture.store(directory.path)
        #expect {
            _ = try StreamFixture.store(directory.path)
        } throws: { error in
            if case StoreError.inUse = error { true } else { false }
        }
        try store.close()
    }

    @Test func passwordsNeverReachTheLog() async throws {
        let directory = TestDirectory()
        let store = try StreamFixture.store(directory.path)
        let canary = "correct horse battery staple"
        _ = try await store.append(
            NewEvent(
                id: "1", source: "/test", type: "user.registered",
                data: ["email": "a@users.example", "name": "A", "password": .string(canary)]))
        try store.close()
        for file in ["log/data.mdb", "views/data.mdb"] {
            let handle = try FileHandle(forReadingAtPath: directory.path(file)).unwrapped
            let bytes = try handle.read(upToCount: 32 << 20) ?? Data()
            #expect(bytes.range(of: Data(canary.utf8)) == nil, "found in \(file)")
            #expect(bytes.range(of: Data("$scrypt$".utf8)) != nil, "no hash in \(file)")
        }
    }

    /// An event corrects one that was before it.
    @Test func whatIsCorrectedIsThere() async throws {
        let directory = TestDirectory()
        let store = try StreamFixture.store(directory.path)
        func user(_ number: Int, corrects: UInt64?) -> NewEvent {
            var event = NewEvent(
                id: "\(number)", source: "/test", type: "user.registered",
                data: ["email": .string("u\(number)@users.example"), "name": "Ada", "authMethod": "google"])
            event.corrects = corrects
            return event
        }
        try await store.append(user(1, corrects: nil))
        for wrong in [0, 2, .max] as [UInt64] {
            do throws(AppendError) {
                try await store.append(user(2, corrects: wrong))
                Issue.record("\(wrong) was taken")
            } catch { #expect("\(error)".contains("corrects: no event before it has this position"), "\(error)") }
        }
        // Of one request, the first may be corrected by the second.
        try await store.append([user(2, corrects: 1), user(3, corrects: 2)])
        #expect(store.position == 3)
        try store.close()
    }
}

extension Optional {
    /// The value; a test fails where there is none.
    var unwrapped: Wrapped {
        get throws { try #require(self) }
    }
}
