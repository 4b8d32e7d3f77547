import Annals
import BSON
import Dispatch
import EventLog
import Foundation
import Platform
import Projections
import Schema
import Synchronization
import Testing
import Views

/// What goes wrong below: nothing that was answered is lost, what was not answered is told apart, reading goes on.
@Suite struct FailureTests {
    static func user(_ number: Int) -> NewEvent {
        let hex = String(number, radix: 16)
        let id = ObjectID(hex: String(repeating: "0", count: 24 - hex.count) + hex)
        return AppendTests.registered("u\(number)", id ?? AppendTests.user, email: "u\(number)@users.example")
    }

    static func failure(_ store: Store, _ event: NewEvent) async -> AppendError? {
        do throws(AppendError) {
            try await store.append(event)
            return nil
        } catch { return error }
    }

    /// Views whose map is too small cannot be written, and by then the log has the events.
    @Test func viewsThatCannotBeWrittenStopTheStoreAndComeBack() async throws {
        let directory = TestDirectory()
        var appended = 0
        do {
            var options = StreamFixture.options()
            options.views.mapBytes = 2 << 20
            let store = try StreamFixture.store(directory.path, options)
            var last: AppendError?
            while last == nil, appended < 20_000 {
                appended += 1
                last = await Self.failure(store, Self.user(appended))
            }
            guard case .outcomeUnknown = last else {
                Issue.record("\(appended) events, then \(String(describing: last))")
                return
            }
            // The event is durable; from now on nothing is taken, and what was there is read.
            #expect(store.position == UInt64(appended))
            guard case .stopped = await Self.failure(store, Self.user(appended + 1)) else {
                Issue.record("the store goes on")
                return
            }
            #expect(store.stopReason != nil)
            #expect(try store.document("users", id: try #require(ObjectID(hex: "000000000000000000000001"))) != nil)
            try? store.close()
        }
        let store = try StreamFixture.store(directory.path)
        #expect(store.position == UInt64(appended))
        // What was not known is known now: the same again is there.
        #expect(try await store.append(Self.user(appended)).wasThere)
        #expect(try StreamFixture.differences(store, scratch: directory.path("scratch")).isEmpty)
        try store.close()
    }

    @Test(arguments: ["log", "views"]) func aFullDiskRefusesUntilThereIsSpace(place: String) async throws {
        let directory = TestDirectory()
        let disk = TroubledDisk()
        var options = StreamFixture.options()
        options.fileSystem = disk.fileSystem
        options.log.freeSpaceFloorBytes = 1 << 30
        let store = try StreamFixture.store(directory.path, options)
        if place == "log" { disk.setFree(log: 1 << 20) } else { disk.setFree(views: 1 << 10) }
        for _ in 0..<2 {
            guard case .diskFull = await Self.failure(store, Self.user(1)) else {
                Issue.record("the full disk was not seen")
                return
            }
        }
        #expect(store.position == 0 && store.stopReason == nil)
        #expect(try store.read { $0.position } == 0)
        disk.setFree()
        #expect(try await store.append(Self.user(1)).position == 1)
        #expect(try StreamFixture.differences(store, scratch: directory.path("scratch")).isEmpty)
        try store.close()
    }

    @Test func aFullQueueTurnsAwayAndTakesAgain() async throws {
        let directory = TestDirectory()
        let disk = TroubledDisk()
        var options = StreamFixture.options()
        options.fileSystem = disk.fileSystem
        options.queueLimit = 10
        let store = try StreamFixture.store(directory.path, options)
        let outcome = Mutex((accepted: 0, overloaded: 0, other: 0))
        let answered = DispatchGroup()
        func submit(_ number: Int) {
            answered.enter()
            store.submit([Self.user(number)]) { result in
                outcome.withLock { outcome in
                    switch result {
                    case .success: outcome.accepted += 1
                    case .failure(.overloaded): outcome.overloaded += 1
                    case .failure: outcome.other += 1
                    }
                }
                answered.leave()
            }
        }
        disk.hold()
        submit(1)
        disk.waitUntilHeld()
        for number in 2...31 { submit(number) }
        #expect(outcome.withLock { $0.overloaded } == 20)
        #expect(store.queueDepth == 10)
        // Who waits for room gets in once there is some, in order.
        let order = Mutex<[UInt64]>([])
        let waiting = Task {
            for number in 101...120 {
                await store.submitWhenRoom([Self.user(number)]) { result in
                    if case .success(let receipts) = result { order.withLock { $0.append(receipts[0].position) } }
                }
            }
        }
        try await Task.sleep(for: .milliseconds(50))
        #expect(order.withLock { $0.isEmpty })
        disk.letGo()
        await waiting.value
        await withCheckedContinuation { done in answered.notify(queue: .global()) { done.resume() } }
        #expect(outcome.withLock { $0 == (11, 20, 0) })
        #expect(try await store.append(Self.user(20)).wasThere == false)
        #expect(order.withLock { $0 == Array(12...31) })
        try store.close()
    }

    /// An append condition rests on what the log says. Where it cannot be read, nothing is decided.
    @Test func aConditionThatCannotBeReadStopsTheStore() async throws {
        let directory = TestDirectory()
        let options = StreamFixture.options()
        do {
            let store = try StreamFixture.store(directory.path, options)
            for number in 1...3 { try await store.append(Self.user(number)) }
            try store.close()
        }
        try damage(directory.path("log/data.mdb"), at: "users/000000000000000000000001")
        var reopening = options
        // Opening would find it otherwise.
        reopening.log.verifiedTailCount = 1
        let store = try StreamFixture.store(directory.path, reopening)
        let first = try #require(ObjectID(hex: "000000000000000000000001"))
        var event = Self.user(4)
        event.condition = AppendCondition(
            types: ["user.deleted"], entities: [.init(collection: "users", id: first)], after: 0)
        guard case .stopped = await Self.failure(store, event) else {
            Issue.record("the condition passed unread")
            return
        }
        #expect(store.stopReason?.contains("position 1") == true)
        #expect(store.position == 3)
        #expect(try store.document("users", id: first) != nil)
        try store.close()
    }

    private func damage(_ path: String, at text: String) throws {
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        var from = bytes.startIndex
        var found = 0
        while let range = bytes.range(of: Data(text.utf8), in: from..<bytes.endIndex) {
            bytes[range.lowerBound] ^= 1
            from = range.upperBound
            found += 1
        }
        #expect(found > 0)
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
        try file.write(contentsOf: bytes)
        try file.close()
    }

    @Test func readersBeyondTheLimitAreToldSo() async throws {
        let directory = TestDirectory()
        var options = StreamFixture.options()
        options.views.maxSnapshots = 2
        let store = try StreamFixture.store(directory.path, options)
        do {
            let first = try store.snapshot()
            let second = try store.snapshot()
            #expect {
                _ = try store.snapshot()
            } throws: { "\($0)".contains("too many snapshots") }
            // The sequencer has readers of its own.
            try await store.append(Self.user(1))
            #expect(first.position == 0 && second.position == 0)
        }
        #expect(try store.read { $0.position } == 1)
        try store.close()
    }

    @Test func anEventHasABound() async throws {
        let directory = TestDirectory()
        var options = StreamFixture.options()
        options.largestEventBytes = 1_000
        let store = try StreamFixture.store(directory.path, options)
        try await store.append(Self.user(1))
        var event = Self.user(2)
        event.data.append("note", .string(String(repeating: "x", count: 1_000)))
        guard case .refused(let all) = await Self.failure(store, event) else {
            Issue.record("it was taken")
            return
        }
        #expect(all.first?.refusals.reasons.map(\.rule) == [.size])
        #expect(store.position == 1)
        try store.close()
    }
}
