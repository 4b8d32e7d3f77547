import Annals
import BSON
import EventLog
import Foundation
import Platform
import Testing

/// What was promised about a ticket is broken at its moment, once, and by the clock of those who promised.
@Suite struct TicketTimerTests {
    static let ticket = "TICKET-20240101-001"
    static let staff = "000000000000000000000002"
    static let hour = TimerTests.hour

    /// A store with one ticket, opened at the start, and what happens to it by the clock.
    final class Desk {
        let directory = TestDirectory()
        let clock: ManualClock
        let store: Store
        private var events = 0

        init(_ fields: String = "") async throws {
            clock = ManualClock(milliseconds: StreamFixture.start)
            store = try StreamFixture.store(directory.path, TimerTests.options(clock))
            try await store.append(TimerTests.registered(at: StreamFixture.start))
            try await at(
                0, "user.registered",
                #"{"_id":"\#(staff)","email":"bob@users.example","name":"Bob","authMethod":"google"}"#)
            try await at(
                0, "ticket.opened",
                """
                {"_id":"000000000000000000000003","requesterId":"\(TimerTests.user)","title":"T","description":"D",\
                "category":"bug"\(fields)}
                """)
        }

        /// Appends an event at an hour of the ticket's life, after what fell due before.
        func at(_ hours: Double, _ type: String, _ data: String, firing: Bool = true) async throws {
            try await wait(hours, firing: firing)
            events += 1
            try await store.append(
                TimerTests.event(
                    "e\(events)", type, at: StreamFixture.start + Int64(hours * Double(hour)), data))
        }

        func move(_ hours: Double, _ status: String, firing: Bool = true) async throws {
            let data = #"{"ticketId":"\#(ticket)","status":"\#(status)"}"#
            try await at(hours, "ticket.statusChanged", data, firing: firing)
        }

        func respond(_ hours: Double, by: String = staff, firing: Bool = true) async throws {
            let data = #"{"ticketId":"\#(ticket)","responderId":"\#(by)","content":"C"}"#
            try await at(hours, "ticket.responded", data, firing: firing)
        }

        func wait(_ hours: Double, firing: Bool = true) async throws {
            clock.set(milliseconds: StreamFixture.start + Int64(hours * Double(hour)))
            if firing { try await store.fireDueTimers() }
        }

        /// The breaches said: what was missed, and at which hour.
        func breaches() throws -> [String] {
            try store.log.records(limit: .max).filter { $0.withRecord { $0.type == "ticket.slaBreached" } }.map {
                $0.withRecord { record in
                    let hours = Double(record.time.milliseconds - StreamFixture.start) / Double(hour)
                    return "\(record.data.value(named: "missed")?.string ?? "?") at \(hours)"
                }
            }
        }

        func isBreached() throws -> Bool? {
            let id = try #require(ObjectID(hex: "000000000000000000000003"))
            return try store.document("supporttickets", id: id)?["sla.breached"] == .bool(true)
        }
    }

    @Test func noResponseInTime() async throws {
        let desk = try await Desk()
        try await desk.wait(23.999)
        #expect(try desk.breaches().isEmpty)
        try await desk.wait(30)
        #expect(try desk.breaches() == ["response at 24.0"])
        #expect(try desk.isBreached() == true)
        let record = try #require(try desk.store.log.get(desk.store.position))
        #expect(record.withRecord { $0.source } == "/annals/timers")
        #expect(record.withRecord { $0.subject } == "tickets/" + Self.ticket)
        try desk.store.close()
    }

    @Test func noResolutionInTime() async throws {
        let desk = try await Desk()
        try await desk.respond(1)
        try await desk.wait(71.999)
        #expect(try desk.breaches().isEmpty)
        try await desk.wait(80)
        #expect(try desk.breaches() == ["resolution at 72.0"])
        try desk.store.close()
    }

    @Test func inTimeIsNoBreach() async throws {
        let desk = try await Desk()
        try await desk.move(24, "in-progress", firing: false)
        try await desk.move(72, "resolved", firing: false)
        try await desk.wait(1_000)
        #expect(try desk.breaches().isEmpty)
        #expect(try desk.isBreached() == false)
        try desk.store.close()
    }

    /// Neither the requester's words nor a note among the staff.
    @Test func onlyStaffRespond() async throws {
        let desk = try await Desk()
        try await desk.respond(1, by: TimerTests.user)
        try await desk.at(
            2, "ticket.responded", #"{"ticketId":"\#(Self.ticket)","content":"C","isInternal":true}"#)
        try await desk.at(3, "ticket.assigned", #"{"ticketId":"\#(Self.ticket)","assignedTo":"\#(Self.staff)"}"#)
        try await desk.wait(24)
        #expect(try desk.breaches() == ["response at 24.0"])
        try desk.store.close()
    }

    @Test func waitingDoesNotCount() async throws {
        let desk = try await Desk()
        try await desk.move(10, "waiting")
        try await desk.wait(500)
        #expect(try desk.breaches().isEmpty)
        // 62 hours are left; ten of them pass, then it waits again, for resolution this time.
        try await desk.move(500, "in-progress")
        try await desk.move(510, "waiting")
        try await desk.move(600, "resolved")
        try await desk.wait(900)
        #expect(try desk.breaches().isEmpty)
        try await desk.move(1_000, "open")
        try await desk.wait(1_051.999)
        #expect(try desk.breaches().isEmpty)
        try await desk.wait(1_060)
        #expect(try desk.breaches() == ["resolution at 1052.0"])
        try desk.store.close()
    }

    /// Both promises broken, the ticket reopened, the process restarted: it is said once.
    @Test func onceOnly() async throws {
        let (directory, clock, position) = try await brokenTwice()
        try FileManager.default.removeItem(atPath: directory.path("views"))
        let store = try StreamFixture.store(directory.path, TimerTests.options(clock))
        try await store.fireDueTimers()
        #expect(store.position == position)
        #expect(try StreamFixture.differences(store, scratch: directory.path("scratch")).isEmpty)
        try store.close()
    }

    private func brokenTwice() async throws -> (TestDirectory, ManualClock, UInt64) {
        let desk = try await Desk()
        try await desk.wait(100)
        try await desk.respond(101)
        try await desk.move(102, "resolved")
        try await desk.move(103, "open")
        try await desk.wait(1_000)
        #expect(try desk.breaches() == ["response at 24.0"])
        try desk.store.close()
        return (desk.directory, desk.clock, desk.store.position)
    }

    /// A new priority counts from the opening, but nothing is broken before there was that priority.
    @Test func aNewPrioritySetsTheTimes() async throws {
        let desk = try await Desk(#","sla":{"resolutionTime":100}"#)
        func prioritise(_ hours: Double, _ priority: String, _ more: String = "") async throws {
            let data = #"{"ticketId":"\#(Self.ticket)","priority":"\#(priority)"\#(more)}"#
            try await desk.at(hours, "ticket.prioritised", data)
        }
        try await prioritise(1, "low")
        try await desk.wait(47)
        #expect(try desk.breaches().isEmpty)
        try await desk.respond(47.5)
        // The time to resolve was given: it stays.
        try await prioritise(50, "critical")
        try await desk.wait(99.5)
        #expect(try desk.breaches().isEmpty)
        try await prioritise(99.5, "high", #","sla":{"resolutionTime":90}"#)
        try await desk.wait(99.75)
        #expect(try desk.breaches() == ["resolution at 99.5"])
        try desk.store.close()
    }

    /// What came too late, but before anybody looked at the clock, came too late all the same.
    @Test func lateIsLate() async throws {
        let desk = try await Desk()
        try await desk.respond(24.001, firing: false)
        try await desk.wait(24.002)
        #expect(try desk.breaches() == ["response at 24.0"])
        try desk.store.close()

        let other = try await Desk()
        try await other.respond(1)
        try await other.move(72.5, "resolved", firing: false)
        try await other.wait(73)
        #expect(try other.breaches() == ["resolution at 72.0"])
        try other.store.close()
    }

    /// A breach that somebody else tells of must be one.
    @Test func aBreachIsChecked() async throws {
        let desk = try await Desk()
        func told(_ hours: Double, _ more: String = "") async throws {
            let data = #"{"ticketId":"\#(Self.ticket)"\#(more)}"#
            try await desk.at(hours, "ticket.slaBreached", data, firing: false)
        }
        await #expect(throws: AppendError.self) { try await told(23) }
        await #expect(throws: AppendError.self) { try await told(25, #","missed":"resolution""#) }
        await #expect(throws: AppendError.self) { try await told(25, #","dueAt":"2024-01-01T23:00:00Z""#) }
        try await told(25, #","missed":"response","dueAt":"2024-01-02T00:00:00Z""#)
        await #expect(throws: AppendError.self) { try await told(26) }
        try await desk.wait(500)
        #expect(try desk.breaches().count == 1)
        try desk.store.close()
    }
}
