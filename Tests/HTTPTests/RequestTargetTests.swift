import Annals
import BSON
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Projections
import Testing

@testable import AnnalsHTTP

/// What a URL says: names in its path are decoded once, and parameters that there are not are refused.
@Suite struct RequestTargetTests {
    /// Of every route, whatever its method; the message tells which there are.
    @Test func parametersThatThereAreNotAreRefused() async throws {
        var checks = CheckOptions()
        checks.declared = [Users.checks]
        let operations = Operations.all(checks.declared)
        try await TestServer.run(checks: checks) { store, client in
            for operation in operations where operation.path.hasPrefix("/v1/") {
                let answer = try await client.send(
                    operation.method, operation.samplePath + "?surely-not=1", operation.body.isEmpty ? "" : "{}")
                #expect(answer.status == .badRequest, "\(operation.method) \(operation.path): \(answer.status)")
                #expect(try answer.reasons == ["parameter surely-not"], "\(operation.path)")
                let there =
                    operation.parameters.isEmpty ? "none" : operation.parameters.sorted().joined(separator: ", ")
                #expect(
                    try answer.errors.first?["message"] == .string("is no parameter here; there are \(there)"))
            }
            for question in ["count", "distinct", "explain"] {
                let answer = try await client.send(
                    .post, "/v1/collections/users/\(question)?limit=1", #"{"field":"name"}"#)
                #expect(answer.status == .badRequest)
            }
            // Probes may say what they like.
            #expect(try await client.get("/livez?verbose").status == .ok)
            #expect(store.position == 0)
        }
    }

    @Test func namesAreDecodedOnce() async throws {
        try await TestServer.run { _, client in
            _ = try await client.post(Sample.user(1))
            let id = Sample.objectID(1)
            let encoded = "%30" + id.dropFirst()
            #expect(try await client.get("/v1/collections/%75sers/\(encoded)").status == .ok)
            #expect(try await client.get("/v1/schemas/user%2Eregistered").status == .ok)
            let made = try await client.get("/v1/consumers/m%61iler/events")
            #expect(made.status == .ok)
            #expect(try await client.get("/v1/consumers/mailer").status == .ok)
            // Not twice, and a slash that is encoded parts nothing.
            for (text, meant) in [("%2561", "%61"), ("a%2Fb", "a/b"), ("a%20b", "a b"), ("a+b", "a+b")] {
                let answer = try await client.get("/v1/collections/users/\(text)")
                #expect(answer.status == .badRequest)
                #expect(try answer.document["detail"] == .string("\(meant) is not 24 hexadecimal digits"))
                let nothing = try await client.get("/v1/collections/\(text)")
                #expect(try nothing.document["detail"] == .string("there is no collection \(meant)"))
            }
        }
    }

    @Test func whatCannotBeDecodedIsNamed() async throws {
        try await TestServer.run { _, client in
            for uri in [
                "/v1/collections/users/%zz", "/v1/collections/us%ers", "/v1/consumers/%C3%28", "/v1/schemas/a%2",
                "/v1/events?subject=%C3%28", "/v1/events?subject=100%", "/v1/events?subject=%+5",
            ] {
                let answer = try await client.get(uri)
                #expect(answer.status == .badRequest, "\(uri)")
                #expect(try answer.document["type"] == "/problems/encoding", "\(uri)")
            }
        }
    }

    /// The router takes slashes too many, and so does what else looks at a path.
    @Test func slashesTooManyMeanNothing() async throws {
        for path in ["/v1/events", "/v1/events/", "//v1//events", "/v1/events/?history=true"] {
            var head = HTTPRequest(method: .post, scheme: nil, authority: nil, path: path)
            head.headerFields[.contentType] = "application/x-ndjson; charset=utf-8"
            #expect(EventStream.isOne(head), "\(path)")
        }
        try await TestServer.run(changing: { $1.bodyLimit = .milliseconds(200) }) { store, client in
            let raw = try RawClient(port: try #require(client.port))
            try raw.sendAll(
                "POST /v1/events/ HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-ndjson\r\n"
                    + "transfer-encoding: chunked\r\n\r\n")
            try await Task.sleep(for: .milliseconds(500))
            let line = Sample.user(1) + "\n"
            try raw.sendAll("\(String(line.utf8.count, radix: 16))\r\n\(line)\r\n0\r\n\r\n")
            #expect(try await raw.receives(#""position":1"#, within: .seconds(20)), "\(raw.text)")
            _ = try APIKeyFile(directory: store.directory).create(name: "one", scopes: [.audit])
            try await Task.sleep(for: .milliseconds(1_100))
            #expect(try await client.get("/livez/").status == .ok)
            #expect(try await client.get("/v1/events/").status == .unauthorized)
        }
    }

    @Test func datesAloneAreTakenInEventsAndQuestions() async throws {
        try await TestServer.run { _, client in
            _ = try await client.post(Sample.user(1))
            let plan = Sample.event(
                "user.planChanged", id: "plan",
                data:
                    #"{"userId":"\#(Sample.objectID(1))","plan":"pro","status":"active","amount":99,"currency":"USD","#
                    + #""interval":"month","currentPeriodEnd":"2039-05-01"}"#)
            let changed = try await client.post(plan)
            #expect(changed.status == .created, "\(String(buffer: changed.body))")
            for (filter, count): (String, Int32) in [
                (#""2039-05-01""#, 1), (#"{"$gte":"2039-05-01"}"#, 1), (#"{"$gt":"2039-05-01"}"#, 0),
                (#"{"$lt":"2039-05-01T00:00:00.001Z"}"#, 1), (#"{"$lt":"2039-05-02"}"#, 1),
            ] {
                let answer = try await client.send(
                    .post, "/v1/collections/users/count",
                    #"{"filter":{"subscription.currentPeriodEnd":\#(filter)}}"#)
                #expect(try answer.document["count"] == .int32(count), "\(filter)")
            }
        }
    }
}
