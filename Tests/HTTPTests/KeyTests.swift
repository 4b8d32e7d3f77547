import Annals
import AnnalsHTTP
import BSON
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Platform
import Testing

/// API keys: who comes in, what they may, what is recorded of them.
@Suite struct KeyTests {
    private func withKeys(
        _ scopes: [String],
        _ test: @Sendable (Store, any TestClientProtocol, _ key: String, APIKeyFile, ManualClock) async throws -> Void
    ) async throws {
        let clock = ManualClock(milliseconds: 1_704_067_200_000)
        try await TestServer.run(clock: clock.clock) { store, client in
            let file = APIKeyFile(directory: store.directory, clock: clock.clock)
            let (_, text) = try file.create(name: "test", scopes: try scopes.map { try #require(Scope($0)) })
            clock.advance(milliseconds: 2_000)
            try await test(store, client, text, file, clock)
        }
    }

    private func bearer(_ key: String) -> HTTPFields {
        [.authorization: "Bearer \(key)", .contentType: "application/json"]
    }

    @Test func withoutAKeyNobodyComesIn() async throws {
        try await withKeys(["admin"]) { _, client, key, _, _ in
            let paths = ["/v1/events", "/v1/collections", "/v1/collections/users", "/v1/consumers", "/v1/schemas"]
            for path in paths {
                for wrong in [nil, "Bearer ", "Bearer \(key)x", "Bearer \(key.dropLast())", "Basic \(key)"] {
                    var headers: HTTPFields = [:]
                    headers[.authorization] = wrong
                    let response = try await client.send(.get, path, headers: headers)
                    #expect(response.status == .unauthorized, "\(path) \(wrong ?? "")")
                    #expect(response.headers[.wwwAuthenticate]?.hasPrefix("Bearer") == true)
                }
                #expect(try await client.send(.get, path, headers: bearer(key)).status == .ok)
            }
            #expect(try await client.post(Sample.user(1)).status == .unauthorized)
            #expect(try await client.get("/livez").status == .ok)
        }
    }

    @Test func scopesBound() async throws {
        try await withKeys(["append:user.*", "read:users"]) { store, client, key, _, _ in
            let headers = bearer(key)
            #expect(try await client.send(.post, "/v1/events", Sample.user(1), headers: headers).status == .created)
            let other = Sample.event("agent.created", id: "a", data: "{}")
            let refused = try await client.send(.post, "/v1/events", other, headers: headers)
            #expect(refused.status == .forbidden)
            #expect(try refused.document["scope"] == "append:agent.created")
            // All or nothing.
            let batch = "[\(Sample.user(2)),\(other)]"
            #expect(try await client.send(.post, "/v1/events", batch, headers: headers).status == .forbidden)
            let lines: HTTPFields = [.authorization: "Bearer \(key)", .contentType: "application/x-ndjson"]
            let stream = try await client.send(
                .post, "/v1/events", Sample.user(3) + "\n" + other, headers: lines)
            #expect(try stream.documents.map { $0["status"] } == [nil, 403])
            #expect(store.position == 2)
            #expect(try await client.send(.get, "/v1/collections/users", headers: headers).status == .ok)
            for path in [
                "/v1/collections/agents", "/v1/events", "/v1/consumers",
                "/v1/collections/agents/\(Sample.objectID(1))",
            ] {
                #expect(try await client.send(.get, path, headers: headers).status == .forbidden, "\(path)")
            }
            guard
                case .array(let seen)? = try await client.send(.get, "/v1/collections", headers: headers)
                    .document["collections"]
            else { return }
            #expect(seen.count == 1)
        }
    }

    @Test func whoAppendedIsRecorded() async throws {
        try await withKeys(["append:*", "audit"]) { _, client, key, file, _ in
            let headers = bearer(key)
            _ = try await client.send(.post, "/v1/events", Sample.user(1), headers: headers)
            let page = try await client.send(.get, "/v1/events", headers: headers).document
            guard case .array(let events)? = page["events"], case .document(let event)? = events.first else {
                Issue.record("no event")
                return
            }
            #expect(event["principal"] == .string(try #require(try file.all().first).principal))
        }
    }

    @Test func revokedAndExpiredKeysAreNone() async throws {
        try await withKeys(["admin"]) { store, client, key, file, clock in
            let expiring = try file.create(
                name: "short", scopes: [.audit], expiresAt: DateTime(milliseconds: clock.now + 60_000))
            clock.advance(milliseconds: 1_000)
            #expect(try await client.send(.get, "/v1/events", headers: bearer(expiring.text)).status == .ok)
            clock.advance(milliseconds: 60_000)
            #expect(try await client.send(.get, "/v1/events", headers: bearer(expiring.text)).status == .unauthorized)
            try file.revoke(try #require(try file.all().first).id)
            clock.advance(milliseconds: 1_000)
            #expect(try await client.send(.get, "/v1/events", headers: bearer(key)).status == .unauthorized)
            // The last one revoked does not open the door to everybody.
            for left in try file.all() { try file.revoke(left.id) }
            clock.advance(milliseconds: 1_000)
            #expect(try await client.send(.get, "/v1/collections").status == .unauthorized)
            // A damaged file lets nobody in.
            try FileSystem.system.writeWhole(file.path, Array("{}\n".utf8))
            clock.advance(milliseconds: 1_000)
            #expect(try await client.send(.get, "/v1/events", headers: bearer(key)).status == .serviceUnavailable)
        }
    }

    @Test func theFileHoldsNoKey() async throws {
        try await withKeys(["admin"]) { _, _, key, file, _ in
            let text = String(decoding: try FileSystem.system.readWhole(file.path), as: UTF8.self)
            #expect(!text.contains(key) && !text.contains(key.suffix(20)))
            let status = try #require(try FileSystem.system.status(file.path))
            #expect(status.permissions & 0o077 == 0)
        }
    }

    @Test func scopesAreRead() {
        for text in ["append:*", "append:user.*", "append:user.registered", "read:*", "read:users", "audit", "admin"] {
            #expect(Scope(text)?.description == text)
        }
        for text in ["", "append", "append:", "read:", "append:us*", "write:users", "read:a*", "audit:x", "Admin"] {
            #expect(Scope(text) == nil, "\(text)")
        }
    }
}
