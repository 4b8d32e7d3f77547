import Foundation
import Annals
import AnnalsHTTP
import BSON
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import Testing

/// What one client may take of the door: connections, time, headers; and what it is told that speaks no HTTP.
@Suite struct DoorLimitTests {
    private static let head = "POST /v1/events HTTP/1.1\r\nhost: localhost\r\n"

    /// A body that comes byte by byte is not waited for; one that is there in time is taken.
    @Test func aTrickledBodyIsLetGo() async throws {
        try await TestServer.run { _, configuration in
            configuration.bodyLimit = .milliseconds(500)
        } _: { store, client in
            let raw = try RawClient(port: try #require(client.port))
            let start = ContinuousClock.now
            try raw.sendAll("\(Self.head)content-type: application/json\r\ncontent-length: 100000\r\n\r\n{")
            var isOpen = true
            while isOpen, start.duration(to: .now) < .seconds(20) {
                try await Task.sleep(for: .milliseconds(50))
                isOpen = try raw.read()
                // Sending fails once the other side has closed.
                if isOpen, raw.received.isEmpty { try raw.sendAll(" ") }
            }
            #expect(!isOpen)
            #expect(start.duration(to: .now) > .milliseconds(450))
            #expect(raw.text.hasPrefix("HTTP/1.1 408 ") && raw.text.contains("application/problem+json"), "\(raw.text)")
            #expect(raw.text.contains("/problems/slow-body") && raw.text.lowercased().contains("connection: close"))
            #expect(store.position == 0)
            #expect(try await client.post(Sample.user(1)).status == .created)
        }
    }

    /// Lines may come for longer than a body may take, and for longer than a connection may be idle; then nothing comes.
    @Test func linesThatStopComingAreLetGo() async throws {
        try await TestServer.run { _, configuration in
            configuration.bodyLimit = .milliseconds(200)
            configuration.idleSeconds = 4
        } _: { store, client in
            let raw = try RawClient(port: try #require(client.port))
            try raw.sendAll("\(Self.head)content-type: application/x-ndjson\r\ntransfer-encoding: chunked\r\n\r\n")
            for number in 1...6 {
                let line = Sample.user(number) + "\n"
                try raw.sendAll("\(String(line.utf8.count, radix: 16))\r\n\(line)\r\n")
                try await Task.sleep(for: .milliseconds(300))
                #expect(try raw.read())
            }
            #expect(store.position == 6)
            #expect(try await raw.receives(#"{"line":5,"position":6"#, within: .seconds(20)), "\(raw.text)")
            #expect(try await raw.isClosed(within: .seconds(20)))
        }
    }

    /// Whatever it asked for, a client that takes nothing of it is let go; one that takes a little at a time is not.
    @Test(arguments: [false, true]) func answersThatAreNotTakenEnd(takes: Bool) async throws {
        try await TestServer.run { _, configuration in
            configuration.streams.writeLimit = .seconds(3)
        } _: { _, client in
            let raw = try RawClient(port: try #require(client.port))
            let asked = 60
            try raw.sendAll(
                String(repeating: "GET /openapi.json HTTP/1.1\r\nhost: localhost\r\n\r\n", count: asked))
            let start = ContinuousClock.now
            while start.duration(to: .now) < .seconds(9) {
                try await Task.sleep(for: .milliseconds(20))
                if takes { _ = try raw.read(most: 20_000) }
            }
            while try raw.read() {
                if raw.text.components(separatedBy: "HTTP/1.1 200 ").count - 1 == asked { break }
                try await Task.sleep(for: .milliseconds(5))
                if start.duration(to: .now) > .seconds(60) { break }
            }
            let answers = raw.text.components(separatedBy: "HTTP/1.1 200 ").count - 1
            #expect(takes ? answers == asked : answers < asked, "\(answers)")
        }
    }

    @Test func whoAsksWhetherToSendIsTold() async throws {
        try await TestServer.run { store, client in
            let raw = try RawClient(port: try #require(client.port))
            let event = Sample.user(1)
            try raw.sendAll(
                "\(Self.head)content-type: application/json\r\ncontent-length: \(event.utf8.count)\r\n"
                    + "expect: 100-continue\r\n\r\n")
            #expect(try await raw.receives("HTTP/1.1 100 ", within: .seconds(20)), "\(raw.text)")
            #expect(store.position == 0)
            try raw.sendAll(event)
            #expect(try await raw.receives("HTTP/1.1 201 ", within: .seconds(20)), "\(raw.text)")
        }
    }

    /// A name that a page in a browser had lead here.
    @Test func withoutKeysOtherHostsAreNotAnswered() async throws {
        try await TestServer.run { _, client in
            for (host, status) in [
                ("evil.example", 421), ("127.0.0.1.evil.example:80", 421), ("localhost:1", 200), ("127.0.0.1", 200),
                ("[::1]:8080", 200),
            ] {
                let raw = try RawClient(port: try #require(client.port))
                try raw.sendAll("GET /v1/collections HTTP/1.1\r\nhost: \(host)\r\n\r\n")
                #expect(try await raw.receives("HTTP/1.1 \(status) ", within: .seconds(20)), "\(host): \(raw.text)")
            }
        }
    }

    @Test func packedBodiesAreNotTaken() async throws {
        try await TestServer.run { store, client in
            for path in ["/v1/events", "/v1/collections/users/find"] {
                let answer = try await client.execute(
                    uri: path, method: .post, headers: [.contentType: "application/json", .contentEncoding: "gzip"],
                    body: ByteBuffer(bytes: [0x1F, 0x8B, 8, 0]))
                #expect(answer.status == .unsupportedMediaType, "\(path)")
            }
            #expect(store.position == 0)
        }
    }

    @Test func idleConnectionsAreClosed() async throws {
        try await TestServer.run { _, configuration in
            configuration.idleSeconds = 1
        } _: { _, client in
            let silent = try RawClient(port: try #require(client.port))
            let raw = try RawClient(port: try #require(client.port))
            let start = ContinuousClock.now
            try raw.sendAll("GET /livez HTTP/1.1\r\nhost: localhost\r\n\r\n")
            #expect(try await raw.receives("alive", within: .seconds(20)))
            #expect(try await raw.isClosed(within: .seconds(20)))
            #expect(start.duration(to: .now) > .milliseconds(500))
            #expect(try await silent.isClosed(within: .seconds(20)))
        }
    }

    /// By the server itself: the testing library's has no such limit.
    @Test func oneConnectionTooManyWaits() async throws {
        try await TestServer.run { store, _ in
            var configuration = AnnalsServer.Configuration()
            configuration.port = 0
            configuration.mostConnections = 2
            let (ports, opened) = AsyncStream.makeStream(of: Int.self)
            var logger = Logger(label: "test")
            logger.logLevel = .critical
            let server = AnnalsServer(store, configuration: configuration)
            let running = Task { [logger] in try await server.run(logger: logger) { opened.yield($0) } }
            defer { running.cancel() }
            var port: Int?
            for await first in ports {
                port = first
                break
            }
            let request = "GET /livez HTTP/1.1\r\nhost: localhost\r\n\r\n"
            var open: [RawClient] = []
            for _ in 0..<2 {
                let raw = try RawClient(port: try #require(port))
                try raw.sendAll(request)
                #expect(try await raw.receives("alive", within: .seconds(20)))
                open.append(raw)
            }
            let third = try RawClient(port: try #require(port))
            try third.sendAll(request)
            #expect(try await !third.receives("alive", within: .milliseconds(500)))
            open.removeFirst()
            #expect(try await third.receives("alive", within: .seconds(20)))
            #expect(open.count == 1)
        }
    }

    private static let manyHeaders = (0..<200).map { "x-\($0): 1\r\n" }.joined()
    private static let notHTTP: [(request: String, status: Int)] = [
        ("GET /livez HTTP/1.1\r\nhost: localhost\r\nx: \(String(repeating: "x", count: 20_000))\r\n\r\n", 431),
        ("GET /livez HTTP/1.1\r\nhost: localhost\r\n\(manyHeaders)\r\n", 431),
        ("GET /livez HTTP/1.1\r\nhost: localhost\r\nno header at all\r\n\r\n", 400),
        ("SURELYNOT /livez HTTP/1.1\r\nhost: localhost\r\n\r\n", 400),
        ("\(head)content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\nnot-hex\r\n", 400),
    ]

    @Test(arguments: notHTTP)
    func whatIsNoHTTPIsToldSo(request: String, status: Int) async throws {
        try await TestServer.run { store, client in
            let raw = try RawClient(port: try #require(client.port))
            try raw.sendAll(request)
            #expect(try await raw.isClosed(within: .seconds(20)))
            #expect(raw.text.hasPrefix("HTTP/1.1 \(status) "), "\(raw.text)")
            #expect(raw.text.contains("application/problem+json") && raw.text.contains(#""type":"/problems/http""#))
            #expect(raw.text.lowercased().contains("connection: close"))
            #expect(store.position == 0)
        }
    }

    /// What was asked before is answered first.
    @Test func whatFollowsARequestAndIsNoHTTPIsToldAfterwards() async throws {
        try await TestServer.run { _, client in
            let raw = try RawClient(port: try #require(client.port))
            try raw.sendAll("GET /livez HTTP/1.1\r\nhost: localhost\r\n\r\n\u{1}\u{2} nonsense\r\n\r\n")
            #expect(try await raw.isClosed(within: .seconds(20)))
            let parts = raw.text.components(separatedBy: "HTTP/1.1 ")
            #expect(parts.count == 3 && parts[1].hasPrefix("200 ") && parts[2].hasPrefix("400 "), "\(raw.text)")
        }
    }

    @Test func callersHaveARate() async throws {
        try await TestServer.run { _, configuration in
            configuration.callerRate = Rate(burst: 3, perMinute: 3)
        } _: { _, client in
            for attempt in 0..<5 {
                let answer = try await client.get("/v1/schemas")
                #expect(answer.status == (attempt < 3 ? .ok : .tooManyRequests))
                #expect((answer.headers[.retryAfter] != nil) == (attempt >= 3))
            }
            #expect(try await client.get("/livez").status == .ok)
        }
    }
}
