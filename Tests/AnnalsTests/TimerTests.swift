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
}
