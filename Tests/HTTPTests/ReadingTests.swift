import Annals
import BSON
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

/// GET: documents, liveness, readiness.
@Suite struct ReadingTests {
    @Test func documentsComeWithoutTheirSecrets() async throws {
        try await TestServer.run { store, client in
            let event = """
                {"specversion":"1.0","id":"1","source":"/test","type":"user.registered","data":{\
                "_id":{"$oid":"000000000000000000000001"},"email":"ada@users.example","name":"Ada",\
                "authMethod":"password","password":"correct horse battery"}}
                """
            #expect(try await client.post(event).status == .created)
            let response = try await client.get("/v1/collections/users/000000000000000000000001")
            #expect(response.status == .ok)
            #expect(response.headers[try #require(HTTPField.Name("Annals-Position"))] == "1")
            let document = try response.document
            #expect(document["email"] == "ada@users.example")
            #expect(document["stats.totalMessages"] == 0)
            #expect(document["password"] == nil)
            // It is there, hashed, and did not leave in any form.
            let id = try #require(ObjectID(hex: "000000000000000000000001"))
            let stored = try #require(try store.document("users", id: id))
            guard case .string(let hash)? = stored["password"] else {
                Issue.record("no password is stored")
                return
            }
            #expect(hash.hasPrefix("$scrypt$"))
            #expect(!String(buffer: response.body).contains("scrypt"))
        }
    }

    @Test func canonicalExtendedJSONOnRequest() async throws {
        try await TestServer.run { _, client in
            _ = try await client.post(Sample.user(1))
            let path = "/v1/collections/users/000000000000000000000001"
            #expect(String(buffer: try await client.get(path).body).contains(#""totalMessages":0"#))
            #expect(
                String(buffer: try await client.get(path + "?format=canonical").body)
                    .contains(#""totalMessages":{"$numberLong":"0"}"#))
        }
    }

    @Test func alivenessAndReadiness() async throws {
        try await TestServer.run { _, client in
            #expect(try await client.get("/livez").status == .ok)
            _ = try await client.post(Sample.user(1))
            let ready = try await client.get("/readyz")
            #expect(ready.status == .ok)
            #expect(try ready.document["position"] == 1)
        }
    }
}
