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
            // Most of these are answered by many times their length; every 50th is good, so that one sees how far it is.
            let (groups, size) = (280, 50)
            let lines = (1...groups).map { String(repeating: "{}\n", count: size - 1) + Sample.user($0) + "\n" }
                .joined()
            let request = """
                POST /v1/events HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-ndjson\r\nconnection: close\r\n\
                content-length: \(lines.utf8.count)\r\n\r\n\(lines)
                """
            let raw = try RawClient(port: try #require(client.port))
            var rest = Array(request.utf8)[...]
            // Until the server stands still, however slow it is.
            var (position, stillFor) = (store.position, 0)
            while stillFor < 30 {
                rest = rest.dropFirst(try raw.send(rest))
                try await Task.sleep(for: .milliseconds(50))
                stillFor = store.position == position && position > 0 ? stillFor + 1 : 0
                position = store.position
            }
            #expect(position < groups)
            #expect(try await client.post(Sample.user(groups + 1)).status == .created)

            raw.setReceiveBuffer(1 << 20)
            var isOpen = true
            while isOpen {
                rest = rest.dropFirst(try raw.send(rest))
                isOpen = try raw.read()
                try await Task.sleep(for: .milliseconds(1))
            }
            #expect(rest.isEmpty && store.position == UInt64(groups + 1))
            // The body is in chunks, whose borders fall anywhere.
            let text = String(decoding: raw.received, as: UTF8.self)
            #expect(text.hasPrefix("HTTP/1.1 200"))
            #expect(text.components(separatedBy: #""status":422"#).count > groups * (size - 1) * 9 / 10)
            #expect(text.contains(#"{"line":\#(groups * size - 1),"position":\#(groups + 1)"#))
        }
    }
}
