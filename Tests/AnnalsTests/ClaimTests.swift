import Annals
import BSON
import Foundation
import Platform
import Schema
import Testing

/// What guards count claims by stands beside the documents: it goes with a refused request, and comes back with a replay.
@Suite struct ClaimTests {
    static let start = StreamFixture.start

    static func claim(_ id: String, at time: Int64) throws -> NewEvent {
        try TimerTests.event(
            id, "points.earned", at: time,
            #"{"userId":"\#(TimerTests.user)","points":10,"reason":"daily","rewardId":"daily"}"#)
    }

    static func isRefused(_ events: [NewEvent], _ store: Store) async -> Bool {
        do {
            _ = try await store.append(events)
            return false
        } catch {
            guard case AppendError.refused(let refused) = error else { return false }
            return refused.flatMap(\.refusals.reasons).contains { $0.rule == .limit && $0.field == "rewardId" }
        }
    }

    @Test func aClaimCountsWhenItsRequestDoes() async throws {
        let directory = TestDirectory()
        do {
            let store = try StreamFixture.store(directory.path)
            try await store.append(TimerTests.registered(at: Self.start))
            try await store.append(
                TimerTests.event(
                    "d", "rewardDefinition.created", at: Self.start,
                    #"{"rewardId":"daily","frequency":"daily",\#(TimerTests.definition)}"#))
            // The second claim of a request meets the first; both go.
            #expect(
                try await Self.isRefused([Self.claim("1", at: Self.start), Self.claim("2", at: Self.start)], store))
            try await store.append(Self.claim("3", at: Self.start))
            #expect(try await Self.isRefused([Self.claim("4", at: Self.start + 1)], store))
            #expect(store.position == 3)
            try store.close()
        }
        do {
            let store = try StreamFixture.store(directory.path)
            #expect(try await Self.isRefused([Self.claim("5", at: Self.start + 2)], store))
            try store.close()
        }
        try FileManager.default.removeItem(atPath: directory.path("views"))
        let store = try StreamFixture.store(directory.path)
        #expect(try await Self.isRefused([Self.claim("6", at: Self.start + 3)], store))
        // The next day is another count.
        try await store.append(Self.claim("7", at: Self.start + 24 * TimerTests.hour))
        #expect(try StreamFixture.differences(store, scratch: directory.path("scratch")).isEmpty)
        try store.close()
    }
}
