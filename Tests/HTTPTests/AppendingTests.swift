import Annals
import BSON
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

/// POST /v1/events: one event, batches, streams.
@Suite struct AppendingTests {
    @Test func oneEventIsCreatedThenThere() async throws {
        try await TestServer.run { store, client in
            let created = try await client.post(Sample.user(1))
            #expect(created.status == .created)
            #expect(try created.document["position"] == 1)
            #expect(try created.document["duplicate"] == false)
            #expect(try created.document["document"] == "000000000000000000000001")
            let again = try await client.post(Sample.user(1), type: "application/cloudevents+json; charset=utf-8")
            #expect(again.status == .ok)
            #expect(try again.document["duplicate"] == true)
            #expect(store.position == 1)
        }
    }

    @Test func theIDOfANewDocumentIsAnswered() async throws {
        try await TestServer.run { store, client in
            let event = """
                {"specversion":"1.0","id":"1","source":"/test","type":"user.registered",\
                "data":{"email":"ada@users.example","name":"Ada","authMethod":"google"}}
                """
            let created = try await client.post(event)
            guard case .string(let id)? = try created.document["document"] else {
                Issue.record("no id in \(try created.document)")
                return
            }
            #expect(try await client.get("/v1/collections/users/\(id)").status == .ok)
            // The same again names the same document, not a newly made one.
            #expect(try await client.post(event).document["document"] == .string(id))
        }
    }

    @Test func aBatchIsAllOrNothing() async throws {
        try await TestServer.run { store, client in
            let batch = "[\(Sample.user(1)),\(Sample.user(2))]"
            let created = try await client.post(batch, type: "application/cloudevents-batch+json")
            #expect(created.status == .created)
            #expect(store.position == 2)
            let bad =
                "[\(Sample.user(3)),\(Sample.user(4, email: "no address")),\(Sample.user(5, email: "user1@users.example"))]"
            let refused = try await client.post(bad)
            #expect(refused.status == .unprocessableContent)
            #expect(store.position == 2)
            // The event that admission refuses hides what only the views could tell of the others.
            #expect(try refused.reasons == ["format email"])
            #expect(try refused.errors[0]["index"] == 1)
        }
    }

    @Test func twoRefusalsOfOneRequestAreBothReported() async throws {
        try await TestServer.run { store, client in
            _ = try await client.post(Sample.user(1))
            let body = """
                [\(Sample.user(2, email: "user1@users.example")),\(Sample.user(3)),\
                \(Sample.user(4, email: "user3@users.example"))]
                """
            let refused = try await client.post(body)
            #expect(refused.status == .unprocessableContent)
            #expect(try refused.reasons == ["unique email", "unique email"])
            #expect(try refused.errors[0]["index"] == 0)
            #expect(try refused.errors[1]["index"] == 2)
            #expect(store.position == 1)
        }
    }

    @Test func batchesHaveABound() async throws {
        try await TestServer.run { store, client in
            let many = "[" + Array(repeating: "{}", count: 5_001).joined(separator: ",") + "]"
            let tooMany = try await client.post(many)
            #expect(tooMany.status == .contentTooLarge)
            #expect(try tooMany.reasons == ["size "])
            let long = [UInt8](repeating: 0x20, count: (8 << 20) + 1)
            let tooLong = try await client.post(long)
            #expect(tooLong.status == .contentTooLarge)
            #expect(try tooLong.reasons == ["size "])
            #expect(store.position == 0)
        }
    }

    @Test func eachLineOfAStreamIsARequestOfItsOwn() async throws {
        try await TestServer.run { store, client in
            let lines = [
                Sample.user(1), "{", Sample.user(2, email: "user1@users.example"), "", Sample.user(1), Sample.user(3),
            ]
            let answer = try await client.post(lines.joined(separator: "\r\n"), type: "application/x-ndjson")
            #expect(answer.status == .ok)
            let results = try answer.documents
            #expect(results.count == 5)
            #expect(results.map { $0["line"] } == [0, 1, 2, 3, 4])
            #expect(results.map { $0["status"] } == [nil, 400, 422, nil, nil])
            #expect(results.map { $0["duplicate"] } == [false, nil, nil, true, false])
            #expect(store.position == 2)
        }
    }

    @Test func longStreamsKeepTheirOrder() async throws {
        try await TestServer.run { store, client in
            let count = 3_000
            let body = (1...count).map { Sample.user($0) }.joined(separator: "\n")
            let results = try await client.post(body, type: "application/x-ndjson").documents
            #expect(results.count == count)
            #expect(results.enumerated().allSatisfy { $1["position"] == .int32(Int32($0 + 1)) })
            #expect(store.position == UInt64(count))
        }
    }

    @Test func aLineThatIsTooLongEndsTheStream() async throws {
        try await TestServer.run { store, client in
            let body = Sample.user(1) + "\n" + String(repeating: "x", count: 1_100_000) + "\n" + Sample.user(2)
            let results = try await client.post(body, type: "application/x-ndjson").documents
            #expect(results.map { $0["status"] } == [nil, 413])
            #expect(store.position == 1)
        }
    }
}
