import Annals
import BSON
import EventGenerator
import EventLog
import Foundation
import Platform
import Projections
import Schema
import Testing
import Views

/// What falls due becomes an event: once, at its moment, and never on replay.
@Suite struct TimerTests {
    static let user = "000000000000000000000001"
    static let hour: Int64 = 3_600_000

    static func options(_ clock: ManualClock) -> StoreOptions {
        var options = StreamFixture.options()
        options.clock = clock.clock
        return options
    }

    static func event(_ id: String, _ type: String, at time: Int64, _ data: String) throws -> NewEvent {
        let moment = DateTime(milliseconds: time)
        return try StreamFixture.parse(
            Array(
                """
                {"specversion":"1.0","id":"\(id)","source":"/t","type":"\(type)","time":"\(moment)","data":\(data)}
                """.utf8))
    }

    static func registered(at time: Int64) throws -> NewEvent {
        try event(
            "u", "user.registered", at: time,
            #"{"_id":"\#(user)","email":"ada@users.example","name":"Ada","authMethod":"google"}"#)
    }

    static func types(_ store: Store) throws -> [String] {
        try store.log.records(limit: 1_000).map { $0.withRecord { $0.type } }
    }

    @Test func aLockEndsAtItsMomentByTheClock() async throws {
        let directory = TestDirectory()
        let start = StreamFixture.start
        let clock = ManualClock(milliseconds: start)
        let store = try StreamFixture.store(directory.path, Self.options(clock))
        try await store.append(Self.registered(at: start))
        for attempt in 1...5 {
            try await store.append(
                Self.event(
                    "f\(attempt)", "user.loginFailed", at: start + Int64(attempt), #"{"userId":"\#(Self.user)"}"#))
        }
        clock.set(milliseconds: start + 2 * Self.hour + 4)
        try await store.fireDueTimers()
        #expect(store.position == 6)
        clock.set(milliseconds: start + 2 * Self.hour + 90_000)
        try await store.fireDueTimers()
        try await store.fireDueTimers()
        #expect(try Self.types(store).suffix(2) == ["user.loginFailed", "user.unlocked"])
        let record = try #require(try store.log.get(7))
        // Its time is the due moment, whenever it was fired.
        #expect(record.withRecord { $0.time.milliseconds } == start + 2 * Self.hour + 5)
        #expect(record.withRecord { $0.source } == "/annals/timers")
        #expect(record.withRecord { $0.principal } == "annals")
        let id = try #require(ObjectID(hex: Self.user))
        #expect(try store.document("users", id: id)?["security.loginAttempts"] == .int64(0))
        try store.close()
    }

    @Test func whatIsRenewedInTimeDoesNotLapse() async throws {
        let directory = TestDirectory()
        let start = StreamFixture.start
        let clock = ManualClock(milliseconds: start)
        let store = try StreamFixture.store(directory.path, Self.options(clock))
        try await store.append(Self.registered(at: start))
        func plan(_ id: String, _ type: String, _ end: Int64, at time: Int64) throws -> NewEvent {
            try Self.event(
                id, type, at: time,
                """
                {"userId":"\(Self.user)","plan":"pro","amount":9.99,"interval":"month",\
                "currentPeriodEnd":"\(DateTime(milliseconds: end))"}
                """)
        }
        let month = 30 * 24 * Self.hour
        try await store.append(plan("p1", "user.planChanged", start + month, at: start))
        // Within the grace of 72 hours nothing happens, and the renewal comes.
        clock.set(milliseconds: start + month + 71 * Self.hour)
        try await store.fireDueTimers()
        try await store.append(plan("p2", "user.planRenewed", start + 2 * month, at: start + month + 71 * Self.hour))
        clock.set(milliseconds: start + 2 * month)
        try await store.fireDueTimers()
        #expect(try Self.types(store).last == "user.planRenewed")
        clock.set(milliseconds: start + 2 * month + 72 * Self.hour)
        try await store.fireDueTimers()
        #expect(try Self.types(store).last == "user.planLapsed")
        #expect(store.position == 4)
        try store.close()
    }

    /// A history's timers fire between its events, at their own time, however late it is appended.
    @Test func aHistoryRunsOnItsOwnTime() async throws {
        let directory = TestDirectory()
        let start = StreamFixture.start
        let clock = ManualClock(milliseconds: start + 1_000 * 24 * Self.hour)
        let store = try StreamFixture.store(directory.path, Self.options(clock))
        var events = [try Self.registered(at: start)]
        for attempt in 1...5 {
            events.append(
                try Self.event("f\(attempt)", "user.loginFailed", at: start, #"{"userId":"\#(Self.user)"}"#))
        }
        // Three hours later, the lock is over.
        events.append(
            try Self.event("l", "user.loggedIn", at: start + 3 * Self.hour, #"{"userId":"\#(Self.user)"}"#))
        for event in events { try await store.append(event, isHistory: true) }
        #expect(try Self.types(store).suffix(3) == ["user.loginFailed", "user.unlocked", "user.loggedIn"])
        try store.close()
    }

    /// The generator's own scheduler and the store's make the same of the same life.
    @Test(arguments: [1, 2, 3] as [UInt64]) func theStoreFiresWhatTheGeneratorWouldHave(seed: UInt64) async throws {
        let directory = TestDirectory()
        let clock = ManualClock(milliseconds: StreamFixture.start)
        let store = try StreamFixture.store(directory.path, Self.options(clock))
        var generator = EventGenerator(
            seed: seed, users: 40, start: StreamFixture.start, eventsPerDay: 40, timers: false)
        var line: [UInt8] = []
        var refused: [String] = []
        for _ in 0..<3_000 {
            line.removeAll(keepingCapacity: true)
            generator.next(into: &line)
            do { try await store.append(StreamFixture.parse(line), isHistory: true) } catch {
                refused.append("\(error)")
            }
        }
        #expect(refused.isEmpty, "seed \(seed): \(refused.prefix(3))")
        let fired = try store.log.records(limit: .max).filter { $0.withRecord { $0.source == "/annals/timers" } }
        #expect(fired.count > 20, "seed \(seed) fired \(fired.count)")
        #expect(Set(fired.map { $0.withRecord { $0.type } }).count >= 3)
        // No timer is left that was due by the stream's time, and no moment is out of order with its cause.
        let position = store.position
        clock.set(milliseconds: generator.now)
        try await store.fireDueTimers()
        let late = try store.log.records(from: position + 1, limit: .max)
        #expect(late.allSatisfy { $0.withRecord { $0.time.milliseconds <= generator.now } })
        let differences = try StreamFixture.differences(store, scratch: directory.path("scratch"))
        #expect(differences.isEmpty, "seed \(seed): \(differences.prefix(5))")
        try store.close()
    }

    /// More timers than a batch holds, at once; then a restart: nothing is fired twice, and a replay fires nothing.
    @Test func manyTimersFireOnceThroughARestart() async throws {
        let directory = TestDirectory()
        let start = StreamFixture.start
        let clock = ManualClock(milliseconds: start)
        var options = Self.options(clock)
        options.largestBatchEvents = 100
        let users = 450
        do {
            let store = try StreamFixture.store(directory.path, options)
            for number in 1...users {
                let id = String(repeating: "0", count: 20) + String(1_000 + number)
                try await store.append(
                    Self.event(
                        "u\(number)", "user.registered", at: start,
                        """
                        {"_id":"\(id)","email":"u\(number)@users.example","name":"Ada","authMethod":"google"}
                        """))
                try await store.append(
                    Self.event(
                        "r\(number)", "user.passwordResetRequested", at: start,
                        #"{"userId":"\#(id)","token":"t\#(number)","expiresAt":"2024-01-02T00:00:00Z"}"#))
            }
            clock.set(milliseconds: start + 48 * Self.hour)
            try await store.fireDueTimers()
            #expect(store.position == UInt64(3 * users))
            try store.close()
        }
        // The views go: the due index comes back from the log, as what it was.
        try FileManager.default.removeItem(atPath: directory.path("views"))
        let store = try StreamFixture.store(directory.path, options)
        try await store.fireDueTimers()
        #expect(store.position == UInt64(3 * users))
        let expired = try store.log.records(limit: .max).filter {
            $0.withRecord { $0.type == "user.passwordResetExpired" }
        }
        #expect(expired.count == users)
        try store.close()
    }

    @Test func timersFireByThemselvesWhileTheStoreIsOpen() async throws {
        let directory = TestDirectory()
        let start = StreamFixture.start
        let clock = ManualClock(milliseconds: start)
        var options = Self.options(clock)
        options.firesTimers = true
        let store = try StreamFixture.store(directory.path, options)
        try await store.append(Self.registered(at: start))
        try await store.append(
            Self.event(
                "r", "user.passwordResetRequested", at: start,
                #"{"userId":"\#(Self.user)","token":"t","expiresAt":"2024-01-01T01:00:00Z"}"#))
        clock.set(milliseconds: start + 2 * Self.hour)
        for _ in 0..<200 where store.position < 3 { try await Task.sleep(for: .milliseconds(50)) }
        #expect(try Self.types(store).last == "user.passwordResetExpired")
        try store.close()
    }

    static let definition = """
        "title":"T","description":"D","type":"activity","category":"engagement","points":10
        """

    static func rewards(_ store: Store) throws -> [Value] {
        let id = try #require(ObjectID(hex: user))
        let document = try store.document("userrewards", id: .natural("userrewards", id))
        guard case .array(let elements)? = document?["rewards"] else { return [] }
        return elements.map { if case .document(let element) = $0 { element["status"] ?? .null } else { .null } }
    }

    /// A definition and offers that end at one moment: each once, and never again.
    @Test func whatIsOfferedEndsWithItsDefinition() async throws {
        let directory = TestDirectory()
        let start = StreamFixture.start
        let clock = ManualClock(milliseconds: start)
        let store = try StreamFixture.store(directory.path, Self.options(clock))
        let end = DateTime(milliseconds: start + 2 * Self.hour)
        try await store.append(Self.registered(at: start))
        for reward in ["a", "b", "c"] {
            try await store.append(
                Self.event(
                    "d\(reward)", "rewardDefinition.created", at: start,
                    #"{"rewardId":"\#(reward)",\#(Self.definition),"endDate":"\#(end)"}"#))
            try await store.append(
                Self.event(
                    "o\(reward)", "reward.offered", at: start,
                    #"{"userId":"\#(Self.user)","rewardId":"\#(reward)","title":"T","cost":0}"#))
        }
        // One ends before, by itself; one has no end; one is redeemed.
        for (reward, until) in [("d", #","expiresAt":"2024-01-01T01:00:00Z""#), ("e", "")] {
            try await store.append(
                Self.event(
                    "o\(reward)", "reward.offered", at: start,
                    #"{"userId":"\#(Self.user)","rewardId":"\#(reward)","title":"T","cost":0\#(until)}"#))
        }
        try await store.append(
            Self.event("r", "reward.redeemed", at: start, #"{"userId":"\#(Self.user)","rewardId":"b"}"#))
        let before = store.position
        clock.set(milliseconds: start + Self.hour)
        try await store.fireDueTimers()
        #expect(try Self.rewards(store) == ["available", "redeemed", "available", "expired", "available"])
        clock.set(milliseconds: start + 3 * Self.hour)
        try await store.fireDueTimers()
        try await store.fireDueTimers()
        #expect(try Self.rewards(store) == ["expired", "redeemed", "expired", "expired", "available"])
        let fired = try store.log.records(from: before + 1, limit: 100)
        #expect(
            fired.map { $0.withRecord { $0.type } }.sorted()
                == Array(repeating: "reward.expired", count: 3)
                + Array(repeating: "rewardDefinition.retired", count: 3))
        #expect(fired.dropFirst().allSatisfy { $0.withRecord { $0.time } == end })
        #expect(try StreamFixture.differences(store, scratch: directory.path("scratch")).isEmpty)
        try store.close()
    }

    /// An end that was moved, and a reward that comes back with a new one: the old ends say nothing.
    @Test func aDefinitionRetiresAtTheEndItHas() async throws {
        let directory = TestDirectory()
        let start = StreamFixture.start
        let clock = ManualClock(milliseconds: start)
        let store = try StreamFixture.store(directory.path, Self.options(clock))
        func moment(_ hours: Int64) -> DateTime { DateTime(milliseconds: start + hours * Self.hour) }
        func change(_ id: String, at hours: Int64, _ set: String) async throws {
            let event = try Self.event(
                id, "rewardDefinition.changed", at: start + hours * Self.hour,
                #"{"rewardId":"a","set":{\#(set)}}"#)
            try await store.append(event)
        }
        try await store.append(
            Self.event(
                "d", "rewardDefinition.created", at: start,
                #"{"rewardId":"a",\#(Self.definition),"endDate":"\#(moment(2))"}"#))
        try await change("c1", at: 1, #""endDate":"\#(moment(4))""#)
        clock.set(milliseconds: start + 3 * Self.hour)
        try await store.fireDueTimers()
        #expect(store.position == 2)
        clock.set(milliseconds: start + 5 * Self.hour)
        try await store.fireDueTimers()
        try await change("c2", at: 5, #""isActive":true,"endDate":"\#(moment(6))""#)
        clock.set(milliseconds: start + 7 * Self.hour)
        try await store.fireDueTimers()
        try await store.fireDueTimers()
        let types = try Self.types(store).map { String($0.split(separator: ".")[1]) }
        #expect(types == ["created", "changed", "retired", "changed", "retired"])
        try store.close()
    }
}
