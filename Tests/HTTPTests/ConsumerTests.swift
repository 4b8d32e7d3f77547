import Annals
import AnnalsHTTP
import BSON
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Platform
import Testing

/// Named consumers: their places, their streams, what is refused.
@Suite struct ConsumerTests {
    private static let path = "/v1/consumers/mailer"

    private func withUsers(
        _ count: Int, _ test: @Sendable (Store, any TestClientProtocol) async throws -> Void
    ) async throws {
        try await TestServer.run { store, client in
            for number in 1...count { _ = try await client.post(Sample.user(number)) }
            try await test(store, client)
        }
    }

    @Test func whatIsNotAcknowledgedComesAgain() async throws {
        try await withUsers(5) { _, client in
            #expect(try await client.get(Self.path + "/events").document.positions == [1, 2, 3, 4, 5])
            let acknowledged = try await client.acknowledge(Self.path, 3)
            #expect(acknowledged.status == .ok)
            #expect(try acknowledged.document["acknowledged"] == 3)
            #expect(try acknowledged.document["behind"] == 2)
            #expect(try await client.get(Self.path + "/events").document.positions == [4, 5])
            // Late word of less changes nothing.
            #expect(try await client.acknowledge(Self.path, 2).document["acknowledged"] == 3)
            #expect(try await client.acknowledge(Self.path, 6).status == .unprocessableContent)
            #expect(try await client.get(Self.path + "/events").document.positions == [4, 5])
        }
    }

    @Test func itKeepsItsFilter() async throws {
        try await withUsers(3) { store, client in
            let filter = "?subject=users/\(Sample.objectID(2))&type=user.*"
            #expect(try await client.get(Self.path + "/events" + filter).document.positions == [2])
            #expect(try await client.get(Self.path + "/events").document.positions == [2])
            let other = try await client.get(Self.path + "/events?type=user.loggedIn")
            #expect(other.status == .conflict)
            #expect(try other.document["type"] == "/problems/consumer-filter")
            let listed = try await client.get("/v1/consumers").document
            guard case .array(let all)? = listed["consumers"], case .document(let one)? = all.first else {
                Issue.record("no consumers in \(listed)")
                return
            }
            #expect(one["name"] == "mailer" && one["filter.types"] == ["user.*"])
        }
    }

    @Test func whoAsksForHeadersAloneIsNoConsumer() async throws {
        try await withUsers(2) { store, client in
            for accept in ["application/json", "text/event-stream"] {
                let answer = try await client.execute(
                    uri: Self.path + "/events", method: .head, headers: [.accept: accept], body: nil)
                #expect(answer.status == .ok && answer.headers[.contentType] == accept)
            }
            #expect(try await client.get(Self.path).status == .notFound)
        }
    }

    /// What comes next depends on what is acknowledged, and a link into the log would know no filter.
    @Test func pagesLinkNowhere() async throws {
        try await withUsers(101) { _, client in
            let link = try #require(HTTPField.Name("Link"))
            let page = try await client.get(Self.path + "/events")
            #expect(try page.document.positions.count == 100)
            #expect(page.headers[link] == nil)
        }
    }

    @Test func deletedItBeginsAnew() async throws {
        try await withUsers(2) { _, client in
            _ = try await client.get(Self.path + "/events")
            _ = try await client.acknowledge(Self.path, 2)
            #expect(try await client.send(.delete, Self.path).status == .noContent)
            #expect(try await client.send(.delete, Self.path).status == .notFound)
            #expect(try await client.acknowledge(Self.path, 1).status == .notFound)
            #expect(try await client.get(Self.path + "/events?after=1").document.positions == [2])
        }
    }

    @Test func badNamesAndBodies() async throws {
        try await withUsers(1) { _, client in
            for name in ["..", ".hidden", "a%2Fb", "-x", String(repeating: "n", count: 65), "a%00b"] {
                let response = try await client.get("/v1/consumers/\(name)/events")
                #expect(response.status == .badRequest || response.status == .notFound, "\(name)")
            }
            _ = try await client.get(Self.path + "/events")
            for body in ["", "{}", #"{"position":-1}"#, #"{"position":"1"}"#, #"{"position":1,"more":1}"#] {
                let response = try await client.send(.post, Self.path + "/ack", body)
                #expect(
                    [.badRequest, .unprocessableContent, .unsupportedMediaType].contains(response.status), "\(body)")
            }
            #expect(try await client.get(Self.path).document["acknowledged"] == 0)
        }
    }

    /// The newest connection has the stream: work is not done twice by two that think they are the one.
    @Test func aNewConnectionTakesOver() async throws {
        try await TestServer.run(changing: { $1.streams.heartbeat = .milliseconds(50) }) { _, client in
            _ = try await client.post(Sample.user(1))
            let port = try #require(client.port)
            let first = try EventClient(port: port, path: Self.path + "/events")
            #expect(try await first.read { $0.positions == [1] })
            let second = try EventClient(port: port, path: Self.path + "/events")
            #expect(try await second.read { $0.positions == [1] })
            #expect(try await first.read { !$0.problems.isEmpty })
            #expect(first.problems.first?["type"] == "/problems/taken-over")
            _ = try await client.post(Sample.user(2))
            #expect(try await second.read { $0.positions == [1, 2] })
            #expect(first.positions == [1])
        }
    }

    /// A consumer killed again and again, which acknowledges what it has done, does everything, and nothing again that it
    /// had acknowledged.
    @Test func killedAgainAndAgainItMissesNothing() async throws {
        try await withUsers(300) { _, client in
            let port = try #require(client.port)
            let randomness = Randomness.seeded(3)
            var acknowledged: UInt64 = 0
            var done: Set<UInt64> = []
            while acknowledged < 300 {
                let events = try EventClient(port: port, path: Self.path + "/events")
                let some = 1 + Int(randomness.number() % 40)
                _ = try await events.read(seconds: 1) { $0.positions.count >= some || $0.positions.last == 300 }
                #expect(
                    events.positions == Array((acknowledged + 1)..<(acknowledged + 1 + UInt64(events.positions.count))))
                let part = events.positions.prefix(some)
                done.formUnion(part)
                if let last = part.last {
                    acknowledged = last
                    #expect(try await client.acknowledge(Self.path, last).status == .ok)
                }
            }
            #expect(done == Set(1...300))
        }
    }

    @Test func placesOutliveTheStore() async throws {
        try await withUsers(3) { store, client in
            _ = try await client.get(Self.path + "/events")
            _ = try await client.acknowledge(Self.path, 2)
            let bytes = try FileSystem.system.readWhole(store.directory + "/consumers/mailer.json")
            #expect(String(decoding: bytes, as: UTF8.self).contains(#""acknowledged":{"$numberLong":"2"}"#))
            try FileSystem.system.writeWhole(store.directory + "/consumers/mailer.json", Array("{".utf8))
            let damaged = try await client.get(Self.path + "/events")
            #expect(damaged.status == .internalServerError)
            #expect(try damaged.document["type"] == "/problems/consumer-damaged")
        }
    }
}

extension TestClientProtocol {
    func send(
        _ method: HTTPRequest.Method, _ path: String, _ body: String = "", headers: HTTPFields = [:]
    ) async throws -> TestResponse {
        var headers = headers
        if !body.isEmpty, headers[.contentType] == nil { headers[.contentType] = "application/json" }
        return try await execute(uri: path, method: method, headers: headers, body: ByteBuffer(string: body)) { $0 }
    }

    func acknowledge(_ consumer: String, _ position: Int) async throws -> TestResponse {
        try await send(.post, consumer + "/ack", "{\"position\":\(position)}")
    }

    func acknowledge(_ consumer: String, _ position: UInt64) async throws -> TestResponse {
        try await acknowledge(consumer, Int(position))
    }
}
