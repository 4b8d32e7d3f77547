import Annals
import AnnalsHTTP
import BSON
import Foundation
import HTTPTypes
import HummingbirdTesting
import Platform
import Testing

/// GET /v1/events as a stream: catching up, going on, coming back, being let go.
@Suite(.serialized) struct SubscriptionTests {
    @Test func whatIsThereThenWhatComes() async throws {
        try await TestServer.run { _, client in
            for number in 1...3 { _ = try await client.post(Sample.user(number)) }
            let events = try EventClient(port: try #require(client.port))
            #expect(try await events.read { $0.positions.count == 3 })
            #expect(events.head.hasPrefix("HTTP/1.1 200") && events.head.contains("text/event-stream"))
            for number in 4...6 {
                _ = try await client.post(Sample.user(number))
                #expect(try await events.read { $0.positions.count == number }, "\(events.positions)")
            }
            #expect(events.positions == Array(1...6))
            #expect(events.lastID == 6)
        }
    }

    @Test func filtersHoldAndHeartbeatsMoveOn() async throws {
        try await TestServer.run(changing: { $1.streams.heartbeat = .milliseconds(50) }) { _, client in
            for number in 1...3 { _ = try await client.post(Sample.user(number)) }
            let path = "/v1/events?subject=users/\(Sample.objectID(2))"
            let events = try EventClient(port: try #require(client.port), path: path)
            // Only one event, yet who comes back need not look at the others again.
            #expect(try await events.read { $0.positions == [2] && $0.lastID == 3 })
            _ = try await client.post(Sample.user(4))
            #expect(try await events.read { $0.lastID == 4 })
            #expect(events.positions == [2])
        }
    }

    /// Killed and resumed a hundred times under load, a subscriber gets every event once, in order.
    @Test func killedAndResumedAHundredTimes() async throws {
        try await TestServer.run { store, client in
            let port = try #require(client.port)
            let total = 4_000
            let load = Task {
                for start in stride(from: 1, through: total, by: 20) {
                    let lines = (start..<min(start + 20, total + 1)).map { Sample.user($0) }
                    _ = try await client.post(lines.joined(separator: "\n"), type: "application/x-ndjson")
                }
            }
            let randomness = Randomness.seeded(7)
            var all: [UInt64] = []
            var lastID: UInt64 = 0
            for _ in 0..<100 {
                let events = try EventClient(port: port, lastID: lastID)
                let some = 1 + Int(randomness.number() % 30)
                _ = try await events.read(seconds: 5) { $0.positions.count >= some }
                all += events.positions
                lastID = events.lastID
                // The socket goes with the client, in the midst of whatever was on its way.
            }
            try await load.value
            let rest = try EventClient(port: port, lastID: lastID)
            #expect(try await rest.read(seconds: 30) { $0.lastID == UInt64(total) })
            all += rest.positions
            #expect(store.position == UInt64(total))
            #expect(all == Array(1...UInt64(total)))
        }
    }

    /// A client that reads nothing is let go; the store's readers are not held by it, and others are served.
    @Test func whoTakesNothingIsLetGo() async throws {
        try await TestServer.run(changing: { $1.streams.writeLimit = .milliseconds(400) }) { store, client in
            let padding = String(repeating: "x", count: 400)
            for start in stride(from: 1, to: 20_000, by: 2_000) {
                let lines = (start..<start + 2_000).map { number in
                    Sample.user(number).replacing(
                        #""name":"Ada""#, with: #""name":"Ada","profile":{"bio":"\#(padding)"}"#)
                }
                _ = try await client.post(lines.joined(separator: "\n"), type: "application/x-ndjson")
            }
            let slow = try EventClient(port: try #require(client.port))
            try await Task.sleep(for: .seconds(2))
            #expect(store.longestReaderLag <= 1)
            // What was on its way is there; then the connection is gone, before the last event.
            let isWhole = try await slow.read(seconds: 20) { $0.positions.last == store.position }
            #expect(!isWhole)
            #expect(slow.positions == Array(1...UInt64(slow.positions.count)))
            // Whoever comes back goes on where it was; on a busy machine it may be let go again.
            var (all, lastID) = (slow.positions, slow.lastID)
            for _ in 0..<20 where all.last != store.position {
                let back = try EventClient(port: try #require(client.port), lastID: lastID)
                _ = try await back.read(seconds: 30) { $0.positions.last == store.position }
                (all, lastID) = (all + back.positions, back.lastID)
            }
            #expect(all == Array(1...store.position))
        }
    }

    @Test func whatCannotBeResumedIsTold() async throws {
        try await TestServer.run { _, client in
            _ = try await client.post(Sample.user(1))
            for id in ["9", "x"] {
                let response = try await client.get("/v1/events", accept: "text/event-stream", lastEventID: id)
                #expect(response.status == .badRequest)
                #expect(try response.errors.count == 1)
            }
        }
    }
}
