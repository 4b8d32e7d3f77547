import Annals
import AnnalsHTTP
import Foundation
import HummingbirdTesting
import Testing

/// HTTP/1.0, hosts, and when a connection ends.
@Suite struct ProtocolVersionTests {
    private func answer(_ request: String, _ client: any TestClientProtocol) async throws -> String {
        let raw = try RawClient(port: try #require(client.port))
        try raw.sendAll(request)
        #expect(try await raw.isClosed(within: .seconds(20)), "\(request): \(raw.text)")
        return raw.text
    }

    @Test func oldRequestsAreAnsweredAndTheirConnectionEnds() async throws {
        try await TestServer.run { store, client in
            for more in ["", "host: localhost\r\n", "connection: keep-alive\r\n"] {
                let text = try await answer("GET /livez HTTP/1.0\r\n\(more)\r\n", client)
                #expect(text.hasPrefix("HTTP/1.0 200 ") && text.contains("alive"), "\(text)")
                #expect(text.lowercased().contains("connection: close"))
            }
            let event = Sample.user(1)
            let sent = try await answer(
                "POST /v1/events HTTP/1.0\r\ncontent-type: application/json\r\nexpect: 100-continue\r\n"
                    + "content-length: \(event.utf8.count)\r\n\r\n\(event)", client)
            #expect(sent.hasPrefix("HTTP/1.0 201 "), "\(sent)")
            // What has no length ends with the connection, and comes in no chunks.
            let lines = try await answer("GET /v1/events HTTP/1.0\r\naccept: application/x-ndjson\r\n\r\n", client)
            let parts = lines.components(separatedBy: "\r\n\r\n")
            #expect(!lines.lowercased().contains("transfer-encoding"), "\(lines)")
            #expect(parts.count == 2 && parts[1].hasPrefix("{") && parts[1].hasSuffix("}\n"), "\(lines)")
            #expect(store.position == 1)
        }
    }

    @Test func newRequestsNameOneHost() async throws {
        try await TestServer.run { _, client in
            for hosts in ["", "host: a\r\nhost: a\r\n", "host: a b\r\n", "host: a/b\r\n", "host: a,b\r\n"] {
                let text = try await answer("GET /livez HTTP/1.1\r\n\(hosts)\r\n", client)
                #expect(text.hasPrefix("HTTP/1.1 400 ") && text.contains("/problems/host"), "\(hosts): \(text)")
                #expect(text.lowercased().contains("connection: close"))
            }
            for host in ["", "localhost", "127.0.0.1:80", "[::1]:80"] {
                let raw = try RawClient(port: try #require(client.port))
                try raw.sendAll("GET /livez HTTP/1.1\r\nhost: \(host)\r\n\r\n")
                #expect(try await raw.receives("alive", within: .seconds(20)), "\(host): \(raw.text)")
                #expect(raw.text.hasPrefix("HTTP/1.1 200 ") && !raw.text.lowercased().contains("connection: close"))
            }
            let old = try await answer("GET /livez HTTP/1.0\r\nhost: a\r\nhost: b\r\n\r\n", client)
            #expect(old.contains(" 400 "), "\(old)")
        }
    }

    /// What was asked before is answered first; what comes after is not looked at.
    @Test func whatWasAskedBeforeIsAnsweredFirst() async throws {
        try await TestServer.run { _, client in
            let good = "GET /livez HTTP/1.1\r\nhost: a\r\n\r\n"
            let text = try await answer(good + good + "GET /livez HTTP/1.1\r\n\r\n" + good, client)
            let statuses = text.components(separatedBy: "HTTP/1.1 ").compactMap { Int($0.prefix(3)) }
            #expect(statuses == [200, 200, 400], "\(text)")
        }
    }

    @Test(arguments: ["close", "Close", "te, close"]) func whoSaysThatItIsTheLastIsHeard(word: String) async throws {
        try await TestServer.run { _, client in
            let text = try await answer("GET /livez HTTP/1.1\r\nhost: a\r\nconnection: \(word)\r\n\r\n", client)
            #expect(text.hasPrefix("HTTP/1.1 200 ") && text.lowercased().contains("connection: close"), "\(text)")
        }
    }
}
