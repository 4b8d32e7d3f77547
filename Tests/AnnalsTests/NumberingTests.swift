import Annals
import BSON
import EventLog
import Foundation
import Schema
import Testing
import Views

/// Business ids that count within a day: given in the order of the log, never twice, and found in it by a replay.
@Suite struct NumberingTests {
    static let user = TimerTests.user

    static func opened(_ number: Int, at time: Int64, id: String? = nil) throws -> NewEvent {
        let ticketID = id.map { #""ticketId":"\#($0)","# } ?? ""
        return try TimerTests.event(
            "t\(number)", "ticket.opened", at: time,
            #"{\#(ticketID)"requesterId":"\#(user)","title":"T\#(number)","description":"D","category":"bug"}"#)
    }

    static func deleted(_ id: String, at time: Int64) throws -> NewEvent {
        try TimerTests.event("d\(id)", "ticket.deleted", at: time, #"{"ticketId":"\#(id)"}"#)
    }

    /// Of each ticket.opened in the log: its id, and its subject.
    static func opened(_ store: Store) throws -> (ids: [String], subjects: [String]) {
        let records = try store.log.records(limit: .max).filter { $0.withRecord { $0.type == "ticket.opened" } }
        return (
            records.map { $0.withRecord { $0.data.value(named: "ticketId")?.string ?? "" } },
            records.map { $0.withRecord { $0.subject } }
        )
    }

    static func store(_ directory: TestDirectory) async throws -> Store {
        let store = try StreamFixture.store(directory.path)
        try await store.append(TimerTests.registered(at: StreamFixture.start))
        return store
    }

    /// Many at once, past three digits, within batches and across them.
    @Test func numbersCountUp() async throws {
        let directory = TestDirectory()
        let store = try await Self.store(directory)
        let events = try (1...1_100).map { try Self.opened($0, at: StreamFixture.start + Int64($0)) }
        let refused = try await StreamFixture.append(events, to: store, requestSize: 3, window: 100)
        #expect(refused.isEmpty, "\(refused.prefix(3))")
        let (ids, subjects) = try Self.opened(store)
        let expected = (1...1_100).map { number -> String in
            let digits = String(number)
            return "TICKET-20240101-" + String(repeating: "0", count: max(0, 3 - digits.count)) + digits
        }
        #expect(ids == expected)
        #expect(subjects == expected.map { "tickets/" + $0 })
        #expect(try StreamFixture.differences(store, scratch: directory.path("scratch")).isEmpty)
        try store.close()
    }

    /// Each UTC day counts from 1, by the event's time.
    @Test func aDayHasItsOwnNumbers() async throws {
        let directory = TestDirectory()
        let store = try await Self.store(directory)
        let day: Int64 = 86_400_000
        for (number, time) in [0, day - 1, day, 0, 2 * day].enumerated() {
            try await store.append(Self.opened(number, at: StreamFixture.start + time))
        }
        let numbers = try Self.opened(store).ids.map { String($0.dropFirst(7)) }
        #expect(numbers == ["20240101-001", "20240101-002", "20240102-001", "20240101-003", "20240103-001"])
        try store.close()
    }

    @Test func aNumberIsNeverGivenAgain() async throws {
        let directory = TestDirectory()
        let start = StreamFixture.start
        do {
            let store = try await Self.store(directory)
            for number in 1...3 { try await store.append(Self.opened(number, at: start)) }
            for number in 1...3 { try await store.append(Self.deleted("TICKET-20240101-00\(number)", at: start)) }
            try store.close()
        }
        let store = try StreamFixture.store(directory.path)
        try await store.append(Self.opened(4, at: start))
        #expect(try Self.opened(store).ids.last == "TICKET-20240101-004")
        try store.close()
    }

    /// A refused request takes no number, a repeated one gets no other, and what a caller gave is left out.
    @Test func onlyWhatIsAcceptedCounts() async throws {
        let directory = TestDirectory()
        let start = StreamFixture.start
        let store = try await Self.store(directory)
        let first = try await store.append(Self.opened(1, at: start))
        #expect(first.streamVersion == 1)
        let refused = [try Self.opened(2, at: start), try Self.deleted("TICKET-20240101-077", at: start)]
        await #expect(throws: AppendError.self) { try await store.append(refused) }
        try await store.append(Self.opened(3, at: start, id: "TICKET-20240101-002"))
        let again = try await store.append(Self.opened(1, at: start))
        #expect(again.wasThere && again.position == first.position)
        try await store.append(Self.opened(4, at: start))
        #expect(
            try Self.opened(store).ids == ["TICKET-20240101-001", "TICKET-20240101-002", "TICKET-20240101-003"])
        // The other collection counts for itself.
        try await store.append(
            TimerTests.event(
                "c", "contact.submitted", at: start,
                #"{"name":"Ada","email":"ada@users.example","subject":"S","message":"M"}"#))
        #expect(try store.log.get(store.position)?.withRecord { $0.subject } == "contacts/TICKET-20240101-001")
        try store.close()
    }

    /// The caller's subject stays; the id is numbered all the same.
    @Test func aGivenSubjectStays() async throws {
        let directory = TestDirectory()
        let store = try await Self.store(directory)
        for number in 1...2 {
            var event = try Self.opened(number, at: StreamFixture.start)
            event.subject = "tickets/mine"
            try await store.append(event)
        }
        let (ids, subjects) = try Self.opened(store)
        #expect(ids == ["TICKET-20240101-001", "TICKET-20240101-002"])
        #expect(subjects == ["tickets/mine", "tickets/mine"])
        try store.close()
    }
}
