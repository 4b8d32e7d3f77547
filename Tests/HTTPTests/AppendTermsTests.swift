import Annals
import AnnalsHTTP
import BSON
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing

/// What a request to append says beside its events: binary mode, keys, preconditions, traces.
@Suite struct AppendTermsTests {
    private static let json: HTTPFields = [.contentType: "application/json"]

    private func headers(_ fields: [String: String]) throws -> HTTPFields {
        var headers = Self.json
        for (name, value) in fields { headers[try #require(HTTPField.Name(name))] = value }
        return headers
    }

    private func append(
        _ client: any TestClientProtocol, _ body: String, _ fields: [String: String] = [:], query: String = ""
    ) async throws -> TestResponse {
        try await client.send(.post, "/v1/events" + query, body, headers: try headers(fields))
    }

    private func newest(_ client: any TestClientProtocol) async throws -> Document {
        let page = try await client.get("/v1/events?direction=backward&limit=1").document
        guard case .array(let events)? = page["events"], case .document(let event)? = events.first else { return [:] }
        return event
    }

    @Test func binaryMode() async throws {
        try await TestServer.run { store, client in
            let attributes = [
                "ce-specversion": "1.0", "ce-id": "Ada%20%E2%82%AC", "ce-source": "/test", "ce-type": "user.registered",
                "ce-time": "2024-01-01T00:00:00Z", "ce-actor": #""admin \"1\" \\%20""#, "ce-correlationid": "c-1",
            ]
            let data = #"{"email":"ada@users.example","name":"Ada","authMethod":"google"}"#
            let created = try await append(client, data, attributes)
            #expect(created.status == .created, "\(String(buffer: created.body))")
            let event = try await newest(client)
            #expect(event["id"] == "Ada €" && event["time"] == "2024-01-01T00:00:00.000Z")
            #expect(event["actor"] == #"admin "1" \ "# && event["correlationid"] == "c-1")
            // What is missing, or cannot be read, is named.
            var without = attributes
            without["ce-id"] = nil
            #expect(try await append(client, data, without).reasons == ["required id"])
            for bad in ["%C3%28", "%+5", "%5"] {
                without["ce-id"] = bad
                #expect(try await append(client, data, without).reasons == ["header ce-id"], "\(bad)")
            }
            #expect(try await append(client, "[1]", attributes).status == .badRequest)
            for name in ["ce-my-word", "ce-my_word", "ce-data", "ce-data_base64"] {
                let more = attributes.merging([name: "x"]) { $1 }
                #expect(try await append(client, data, more).reasons == ["header \(name)"], "\(name)")
            }
            for (type, status): (String, HTTPResponse.Status) in [
                ("text/xml", .unsupportedMediaType), ("application/x-ndjson", .unsupportedMediaType),
                ("application/vnd.shop+json", .ok), ("application/json; charset=utf-8", .ok),
            ] {
                let answer = try await append(client, data, attributes.merging(["content-type": type]) { $1 })
                #expect(answer.status == status, "\(type)")
            }
            #expect(store.position == 1)
        }
    }

    @Test func idempotencyKeysAreIDs() async throws {
        try await TestServer.run { store, client in
            let event = Sample.user(1).replacing(#""id":"u1","#, with: "")
            let key = ["idempotency-key": "\"order 7\""]
            #expect(try await append(client, event).status == .unprocessableContent)
            #expect(try await append(client, event, key).status == .created)
            let again = try await append(client, event, key)
            #expect(again.status == .ok)
            #expect(try again.document["duplicate"] == true)
            #expect(try await newest(client)["id"] == "order 7")
            #expect(try await append(client, event.replacing("Ada", with: "Bob"), key).status == .conflict)
            let batch = "[\(Sample.user(2).replacing(#""id":"u2","#, with: "")),\(Sample.user(3))]"
            #expect(try await append(client, batch, ["idempotency-key": "k"]).status == .created)
            #expect(try await append(client, batch, ["idempotency-key": "k"]).status == .ok)
            #expect(store.position == 3)
            for bad in ["\"\"", String(repeating: "x", count: 201)] {
                #expect(try await append(client, event, ["idempotency-key": bad]).status == .badRequest)
            }
        }
    }

    @Test func preconditions() async throws {
        try await TestServer.run { store, client in
            let created = try await append(client, Sample.user(1), ["if-none-match": "*"])
            #expect(created.status == .created && created.headers[.eTag] == "\"1\"")
            let login = Sample.event("user.loggedIn", id: "in", data: #"{"userId":"\#(Sample.objectID(1))"}"#)
            let late = try await append(client, login, ["if-match": "\"5\""])
            #expect(late.status == .preconditionFailed)
            #expect(try late.document["type"] == "/problems/version" && late.document["actual"] == 1)
            let entity = #""entities":["users/\#(Sample.objectID(1))"]"#
            let condition = "{\"after\":0,\(entity),\"types\":[\"user.registered\"]}"
            let failed = try await append(client, login, ["annals-condition": condition])
            #expect(failed.status == .preconditionFailed)
            #expect(try failed.document["position"] == 1)
            // The same asked for in the event itself conflicts.
            let own = login.replacing(#""data""#, with: #""expectedversion":"5","data""#)
            #expect(try await append(client, own).status == .conflict)
            // So it does beside a header that asks for something else, in a batch too.
            let stands = ["annals-condition": "{\"after\":1,\(entity)}"]
            for body in [own, "[\(own)]"] {
                let conflict = try await append(client, body, stands)
                #expect(conflict.status == .conflict)
                #expect(try conflict.document["type"] == "/problems/version")
            }
            for header in [["if-match": "\"1\""], ["if-none-match": "*"]] {
                let torn = try await append(client, own, header)
                #expect(torn.status == .badRequest)
                #expect(try torn.reasons == ["version expectedversion"])
            }
            #expect(try await append(client, own, ["if-match": "\"5\""]).status == .preconditionFailed)
            #expect(store.position == 1)
            let holds = ["if-match": "\"1\"", "annals-condition": "{\"after\":1,\(entity)}"]
            #expect(try await append(client, login, holds).headers[.eTag] == "\"2\"")
            for (name, value) in [
                ("if-match", "5"), ("if-match", "*"), ("if-none-match", "\"1\""), ("annals-condition", "{}"),
                ("annals-condition", "{\"after\":1,\"entities\":[\"nothing/\(Sample.objectID(1))\"]}"),
            ] {
                let bad = try await append(client, Sample.user(9), [name: value])
                #expect(bad.status == .badRequest)
                #expect(try bad.reasons.map { $0.lowercased() } == ["header \(name)"])
            }
            let two = "[\(Sample.user(8)),\(Sample.user(9))]"
            #expect(try await append(client, two, ["if-match": "\"0\""]).status == .badRequest)
            #expect(try await append(client, Sample.user(9), query: "?history=maybe").status == .badRequest)
            #expect(store.position == 2)
        }
    }

    @Test func tracesAreRecorded() async throws {
        try await TestServer.run { _, client in
            let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
            _ = try await append(client, Sample.user(1), ["traceparent": trace])
            #expect(try await newest(client)["traceparent"] == .string(trace))
            for (number, bad) in ["00-0-0-01", trace + "-x", trace.uppercased()].enumerated() {
                #expect(try await append(client, Sample.user(number + 2), ["traceparent": bad]).status == .created)
                #expect(try await newest(client)["traceparent"] == nil)
            }
            // The event's own goes before the header's; one that is none goes before nothing.
            let own = "00-5bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
            func event(_ number: Int, _ text: String) -> String {
                Sample.user(number).replacing(#""data""#, with: #""traceparent":"\#(text)","data""#)
            }
            let cases: [(String, String?, String?)] = [
                (own, nil, own), (own, trace, own), ("none", trace, trace), ("none", nil, nil),
            ]
            for (number, (text, header, expected)) in cases.enumerated() {
                let headers = header.map { ["traceparent": $0] } ?? [:]
                #expect(try await append(client, event(number + 10, text), headers).status == .created)
                #expect(try await newest(client)["traceparent"] == expected.map { .string($0) })
            }
        }
    }
}
