import Annals
import BSON
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

/// Streams and their limits: nobody's haste, and nobody's idleness, costs the others.
@Suite struct BackPressureTests {
    /// More streams at once than the queue holds events: all wait for room, no line is turned away, order holds.
    @Test func manyStreamsShareASmallQueue() async throws {
        try await TestServer.run(changing: { options, _ in options.queueLimit = 7 }) { store, client in
            let (streams, lines) = (12, 60)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for stream in 0..<streams {
                    group.addTask {
                        let body = (0..<lines).map { Sample.user(1 + stream * lines + $0) }.joined(separator: "\n")
                        let results = try await client.post(body, type: "application/x-ndjson").documents
                        #expect(results.map { $0["line"] } == (0..<lines).map { .int32(Int32($0)) })
                        let positions = results.compactMap { result -> Int32? in
                            if case .int32(let position)? = result["position"] { position } else { nil }
                        }
                        #expect(positions.count == lines && positions == positions.sorted())
                    }
                }
                try await group.waitForAll()
            }
            #expect(store.position == UInt64(streams * lines))
        }
    }

    /// A client that sends and does not read: the server stops reading from it, others are served, and once it reads, all
    /// its answers are there in order.
    @Test func aClientThatDoesNotReadIsNotRead() async throws {
        try await TestServer.run { store, client in
            let bad = 14_000
            // Each of these is answered by many times its length.
            let lines = String(repeating: "{}\n", count: bad) + Sample.user(1) + "\n"
            let request = """
                POST /v1/events HTTP/1.1\r\nhost: test\r\ncontent-type: application/x-ndjson\r\nconnection: close\r\n\
                content-length: \(lines.utf8.count)\r\n\r\n\(lines)
                """
            let raw = try RawClient(port: try #require(client.port))
            var rest = Array(request.utf8)[...]
            // Long enough for the server to take all, if it would.
            for _ in 0..<40 {
                rest = rest.dropFirst(try raw.send(rest))
                try await Task.sleep(for: .milliseconds(50))
            }
            #expect(store.position == 0)
            #expect(try await client.post(Sample.user(2)).status == .created)
            #expect(store.position == 1)

            raw.setReceiveBuffer(1 << 20)
            var isOpen = true
            while isOpen {
                rest = rest.dropFirst(try raw.send(rest))
                isOpen = try raw.read()
                try await Task.sleep(for: .milliseconds(1))
            }
            #expect(rest.isEmpty && store.position == 2)
            // The body is in chunks, whose borders fall anywhere: every answer begins with its number.
            let text = String(decoding: raw.received, as: UTF8.self)
            #expect(text.hasPrefix("HTTP/1.1 200"))
            #expect(text.components(separatedBy: #""status":422"#).count > bad * 9 / 10)
            #expect(text.contains(#"{"line":\#(bad),"position":2"#))
        }
    }
}
