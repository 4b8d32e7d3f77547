import Annals
import AnnalsHTTP
import BSON
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Platform
import Testing

/// `?onRefusal=park`: refused events are kept aside, tried again, forgotten.
@Suite struct ParkedTests {
    private static let start: Int64 = 1_704_067_200_000
    /// Refused until user 1 exists.
    private static let login = Sample.event("user.loggedIn", id: "in", data: #"{"userId":"\#(Sample.objectID(1))"}"#)

    private func park(_ client: any TestClientProtocol, _ event: String) async throws -> TestResponse {
        try await client.send(.post, "/v1/events?onRefusal=park", event)
    }

    private func parked(_ client: any TestClientProtocol) async throws -> [Document] {
        guard case .array(let events)? = try await client.get("/v1/parked").document["events"] else { return [] }
        return events.compactMap { if case .document(let event) = $0 { event } else { nil } }
    }

    @Test func whatIsRefusedWaitsAndIsTriedAgain() async throws {
        try await TestServer.run { store, client in
            let answer = try await park(client, Self.login)
            #expect(answer.status == .accepted, "\(String(buffer: answer.body))")
            guard case .string(let id)? = try answer.document["parked"] else {
                Issue.record("no id in \(try answer.document)")
                return
            }
            // Sent again it is there once.
            #expect(try await park(client, Self.login).document["parked"] == .string(id))
            #expect(try await parked(client).count == 1)
            let early = try await client.send(.post, "/v1/parked/\(id)/retry")
            #expect(early.status == .unprocessableContent)
            #expect(try await parked(client).first?["event.type"] == "user.loggedIn")
            _ = try await client.post(Sample.user(1))
            let retried = try await client.send(.post, "/v1/parked/\(id)/retry")
            #expect(retried.status == .created)
            #expect(try retried.document["position"] == 2)
            #expect(try await parked(client).isEmpty)
            #expect(store.position == 2)
            #expect(try await client.send(.post, "/v1/parked/\(id)/retry").status == .notFound)
        }
    }

    @Test func linesAreParkedOneByOne() async throws {
        try await TestServer.run { store, client in
            let lines = [Self.login, Sample.user(1), Sample.user(2, email: "no address"), "{"]
            let answer = try await client.send(
                .post, "/v1/events?onRefusal=park", lines.joined(separator: "\n"),
                headers: [.contentType: "application/x-ndjson"])
            let results = try answer.documents
            #expect(results.map { $0["line"] } == [0, 1, 2, 3])
            #expect(results.map { $0["status"] } == [202, nil, 202, 400])
            #expect(store.position == 1)
            #expect(try await parked(client).count == 2)
            // A batch is all or nothing, and so is not parked.
            #expect(try await park(client, "[\(Self.login)]").status == .badRequest)
        }
    }

    /// Whatever is an object is kept, though it be no event; what has no id or source is told apart by all it says.
    @Test func whatIsNoEventIsKeptToo() async throws {
        try await TestServer.run { store, client in
            let event = Sample.user(1)
            let bad = [
                event.replacing(#""type":"user.registered","#, with: ""),
                event.replacing("user.registered", with: "user.exploded"),
                event.replacing(#""id":"u1""#, with: #""id":"u2","my_word":"x""#),
                event.replacing(#""id":"u1","#, with: ""), event.replacing(#""source":"/test""#, with: #""source":7"#),
                "{}",
            ]
            var ids: [Value] = []
            for event in bad + bad {
                let answer = try await park(client, event)
                #expect(answer.status == .accepted, "\(event): \(String(buffer: answer.body))")
                #expect(try !answer.errors.isEmpty)
                ids.append(try #require(try answer.document["parked"]))
            }
            // The first two have one id and source: the later is what is kept.
            #expect(Set(ids.map { "\($0)" }).count == bad.count - 1)
            let kept = try await parked(client)
            #expect(kept.count == bad.count - 1)
            #expect(kept.contains { $0["event.my_word"] == "x" })
            #expect(
                kept.allSatisfy { if case .array(let reasons)? = $0["reasons"] { !reasons.isEmpty } else { false } })
            // Tried again, it is still none.
            guard case .string(let id) = try #require(ids.last) else { return }
            #expect(try await client.send(.post, "/v1/parked/\(id)/retry").status == .unprocessableContent)
            #expect(try await parked(client).count == bad.count - 1)
            for text in ["7", "nothing", #"{"id":"#, "{}{}"] {
                #expect(try await park(client, text).status == .badRequest, "\(text)")
            }
            let lines = try await client.send(
                .post, "/v1/events?onRefusal=park", "{\"a\":1}\n[]\n\(event)",
                headers: [.contentType: "application/x-ndjson"])
            #expect(try lines.documents.map { $0["status"] } == [202, 400, nil])
            // Unless it is asked for, nothing is.
            #expect(try await client.post("{}").status == .unprocessableContent)
            #expect(try await parked(client).count == bad.count)
            #expect(store.position == 1)
        }
    }

    @Test func whoMayNotAppendItHasNothingKept() async throws {
        try await TestServer.run { store, client in
            let keys = APIKeyFile(directory: store.directory)
            let (_, reader) = try keys.create(name: "reader", scopes: [.read("users")])
            let (_, writer) = try keys.create(name: "writer", scopes: [.append(try #require(.init("user.*")))])
            try await Task.sleep(for: .milliseconds(1_100))
            for (key, body, status): (String, String, HTTPResponse.Status) in [
                (reader, "{}", .forbidden), (writer, "{}", .accepted),
                (reader, #"{"type":"user.loggedIn"}"#, .forbidden), (writer, #"{"type":"user.loggedIn"}"#, .accepted),
                (writer, #"{"type":"session.started"}"#, .forbidden),
            ] {
                let answer = try await client.send(
                    .post, "/v1/events?onRefusal=park", body, headers: [.authorization: "Bearer \(key)"])
                #expect(answer.status == status, "\(body)")
            }
            #expect(try await store.parked.count() == 2)
        }
    }

    /// What nobody has hashed yet lies sealed, and is shown to nobody.
    @Test func secretsAndPersonsDoNotLieOpen() async throws {
        try await TestServer.run { store, client in
            let event = Sample.event(
                "user.registered", id: "1",
                data: #"{"email":"canary-address","name":"Canary Person","password":"canary-secret"}"#)
            guard case .string(let id)? = try await park(client, event).document["parked"] else {
                Issue.record("nothing is parked")
                return
            }
            let bytes = try FileSystem.system.readWhole(store.directory + "/parked/" + id)
            #expect(bytes.firstRange(of: Array("canary".utf8)) == nil)
            let shown = String(buffer: try await client.get("/v1/parked/\(id)").body)
            #expect(shown.contains("Canary Person") && !shown.contains("canary-secret"))
            // With the last of them the key is gone, and a copy of the file opens no more.
            #expect(try await client.send(.delete, "/v1/parked/\(id)").status == .noContent)
            #expect(try !FileSystem.system.exists(store.directory + "/keys/parked"))
            try FileSystem.system.writeWhole(store.directory + "/parked/" + id, bytes)
            #expect(try await client.get("/v1/parked/\(id)").status == .internalServerError)
            let listed = try await client.get("/v1/parked").document
            #expect(listed["damaged"] == [.string(id)])
        }
    }

    @Test func theyGoAfterTheirTime() async throws {
        let clock = ManualClock(milliseconds: Self.start)
        try await TestServer.run(clock: clock.clock) { store, client in
            _ = try await park(client, Self.login)
            clock.advance(milliseconds: Int64(ParkedEvents.days) * 86_400_000 - 1)
            #expect(try await parked(client).count == 1)
            clock.advance(milliseconds: 2)
            #expect(try await parked(client).isEmpty)
            #expect(try FileSystem.system.list(store.directory + "/parked").isEmpty)
        }
    }
}
