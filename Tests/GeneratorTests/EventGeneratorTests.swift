import EventGenerator
import Foundation
import Testing

@Suite struct EventGeneratorTests {
    static func lines(_ generator: inout EventGenerator, _ count: Int) -> [[UInt8]] {
        (0..<count).map { _ in
            var line: [UInt8] = []
            generator.next(into: &line)
            return line
        }
    }

    @Test func sameSeedSameBytes() {
        var first = EventGenerator(seed: 11, users: 50)
        var second = EventGenerator(seed: 11, users: 50)
        var other = EventGenerator(seed: 12, users: 50)
        let bytes = Self.lines(&first, 3000)
        #expect(bytes == Self.lines(&second, 3000))
        #expect(bytes != Self.lines(&other, 3000))
    }

    /// A copy of the generator goes on alone, from the same place.
    @Test func copiesAreIndependent() {
        var first = EventGenerator(seed: 3, users: 20)
        _ = Self.lines(&first, 700)
        var copy = first
        #expect(Self.lines(&copy, 300) == Self.lines(&first, 300))
    }

    /// At any hour of the day and in any month: what is made to end now ends now, never later.
    @Test(arguments: 0..<24 as Range<Int64>)
    func aHistoryEndsWhereItIsToldTo(hours: Int64) {
        let end = 1_795_884_000_000 + hours * (31 * 86_400_000 + 3_600_000)
        var generator = EventGenerator.ending(at: end, count: 4000) { start in
            EventGenerator(
                seed: 7, users: 100, start: start ?? end - 30 * 86_400_000, eventsPerDay: 133, timers: false)
        }
        _ = Self.lines(&generator, 4000)
        #expect(generator.now <= end && generator.now > end - 2 * 86_400_000, "\(generator.now - end) ms")
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func everyTypeOccursEarly(seed: UInt64) {
        var generator = EventGenerator(seed: seed, users: 50)
        _ = Self.lines(&generator, 2000)
        let missing = EventGenerator.eventTypes.filter { generator.typeCounts[$0] == nil }
        #expect(missing == [])
        #expect(generator.typeCounts.values.reduce(0, +) == 2000)
    }

    @Test func aLargePopulationIsShownEveryTypeToo() {
        var generator = EventGenerator(seed: 5, users: 1_000_000)
        _ = Self.lines(&generator, 4000)
        #expect(EventGenerator.eventTypes.filter { generator.typeCounts[$0] == nil } == [])
    }

    /// Not only for the tour: their weights bring all of them.
    @Test func withoutATourEveryTypeOccursInTheLongRun() {
        var generator = EventGenerator(seed: 6, users: 200, tours: false)
        var line: [UInt8] = []
        for _ in 0..<80_000 {
            line.removeAll(keepingCapacity: true)
            generator.next(into: &line)
        }
        #expect(EventGenerator.eventTypes.filter { generator.typeCounts[$0] == nil } == [])
    }

    /// Users who were deleted, and people who are no users, are erased too; what was kept of a payer goes with the hold.
    @Test func erasuresOfEveryKindOccur() throws {
        var counts: [String: Int] = [:]
        for seed in 31...34 as ClosedRange<UInt64> {
            var generator = EventGenerator(seed: seed, users: 50)
            var world = World()
            for line in Self.lines(&generator, 12_000) {
                if let kind = try Self.erasure(line, world) { counts[kind, default: 0] += 1 }
                #expect(try world.refusal(of: line) == nil)
            }
        }
        let kinds = ["user", "deleted user", "held payer", "@visitors.example", "@mail.example", "@guests.example"]
        #expect(kinds.filter { counts[$0] == nil } == [], "\(counts)")
    }

    /// Whom the event erases; nil where it erases nobody.
    private static func erasure(_ line: [UInt8], _ world: World) throws -> String? {
        let event = try JSONSerialization.jsonObject(with: Data(line)) as? [String: Any]
        let data = event?["data"] as? [String: Any] ?? [:]
        func text(_ name: String) -> String { data[name] as? String ?? "" }
        switch event?["type"] as? String {
        case "user.erased": return world.users[text("userId")] == nil ? "deleted user" : "user"
        case "person.erased": return String(text("email").drop { $0 != "@" })
        case "transaction.released":
            return world.erased.contains(world.transactions[text("transactionId")]?.owner ?? "") ? "held payer" : nil
        default: return nil
        }
    }

    /// The independent reader finds nothing to refuse.
    @Test(arguments: [(1, 8), (2, 50), (3, 400), (4, 50)] as [(UInt64, Int)])
    func nothingIsRefused(seed: UInt64, users: Int) throws {
        var generator = EventGenerator(seed: seed, users: users, eventsPerDay: seed == 4 ? 20 : nil)
        var world = World()
        for number in 1...12_000 {
            var line: [UInt8] = []
            generator.next(into: &line)
            #expect(!line.contains(10))
            let refusal = try world.refusal(of: line)
            try #require(refusal == nil, "event \(number): \(String(decoding: line, as: UTF8.self))")
        }
    }

    @Test(arguments: [EventGenerator.Mix.chat, .real])
    func otherMixesAreSoundToo(mix: EventGenerator.Mix) throws {
        var generator = EventGenerator(seed: 9, users: 300, mix: mix)
        var world = World()
        for _ in 1...6000 {
            var line: [UInt8] = []
            generator.next(into: &line)
            let refusal = try world.refusal(of: line)
            try #require(refusal == nil, "\(String(decoding: line, as: UTF8.self))")
        }
        let share = Double(generator.typeCounts["message.sent"] ?? 0) / 6000
        #expect(mix == .chat ? share > 0.6 : (0.05...0.2).contains(share))
    }

    /// Every fault is refused, no good event is: so the reader can fail, and faults leave the model as it is.
    @Test func exactlyTheFaultsAreRefused() throws {
        var generator = EventGenerator(seed: 21, users: 60, errorRate: 0.1)
        var world = World()
        for number in 1...15_000 {
            var line: [UInt8] = []
            generator.next(into: &line)
            let fault = generator.lastFault
            // Only a copy reads a bad event: what it does to the reader is of no interest.
            var copy = World()
            if fault != nil { copy = world }
            let refusal = fault == nil ? try world.refusal(of: line) : try copy.refusal(of: line)
            try #require(
                (refusal == nil) == (fault == nil),
                """
                event \(number), fault \(String(describing: fault)), refusal \(String(describing: refusal)): \
                \(String(decoding: line, as: UTF8.self))
                """)
        }
        #expect(Set(generator.faultCounts.keys) == Set(Fault.allCases))
        #expect((1300...1700).contains(generator.faultCounts.values.reduce(0, +)))
    }

    /// Without timers the scheduler's events are left out, and nothing else changes its mind about that.
    @Test func withoutTimersTheSchedulersEventsAreLeftOut() {
        var generator = EventGenerator(seed: 2, users: 50, timers: false)
        _ = Self.lines(&generator, 8000)
        for type in ["user.unlocked", "user.planLapsed", "agentSubscription.expired", "user.passwordResetExpired"] {
            #expect(generator.typeCounts[type] == nil)
        }
        #expect((generator.typeCounts["agentSubscription.renewed"] ?? 0) > 0)
        #expect((generator.typeCounts["user.loginFailed"] ?? 0) > 5)
    }

    /// Definitions are lived by: claims of them are made, and what ends by itself does.
    @Test func definedRewardsAreClaimed() {
        var generator = EventGenerator(seed: 6, users: 200)
        var claims = 0
        var ends = 0
        var retirements = 0
        for line in Self.lines(&generator, 30_000) {
            let text = String(decoding: line, as: UTF8.self)
            if text.contains(#""type":"points.earned""#), text.contains(#""rewardId":"#) { claims += 1 }
            if text.contains(#""type":"reward.expired""#), text.contains(#""expiresAt":"#) { ends += 1 }
            if text.contains(#""type":"rewardDefinition.retired""#), text.contains(#""endDate":"#) { retirements += 1 }
        }
        #expect(claims > 50 && ends > 5 && retirements > 3, "\(claims) claims, \(ends) offers, \(retirements) ends")
    }

    /// A few posts get most of the likes and comments.
    @Test func popularityIsUneven() throws {
        var generator = EventGenerator(seed: 8, users: 500)
        var likes: [Substring: Int] = [:]
        for line in Self.lines(&generator, 30_000) {
            let text = String(decoding: line, as: UTF8.self)
            guard text.contains(#""type":"like.added""#), let start = text.range(of: "posts/")?.upperBound
            else { continue }
            likes[text[start...].prefix(21), default: 0] += 1
        }
        let sorted = likes.values.sorted(by: >)
        let top = sorted.prefix(max(sorted.count / 10, 1)).reduce(0, +)
        #expect(sorted.count > 50)
        #expect(top * 3 > sorted.reduce(0, +))
    }
}
