import Annals
import AnnalsHTTP
import BSON
import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing

/// GET /v1/collections/NAME/changes: documents before and after each event, as pages and as a stream.
@Suite(.serialized) struct ChangeRouteTests {
    private static let path = "/v1/collections/users/changes"

    private static func renamed(_ number: Int, _ name: String) -> String {
        """
        {"specversion":"1.0","id":"name-\(number)-\(name)","source":"/test","type":"user.profileChanged",\
        "data":{"userId":"\(Sample.objectID(number))","set":{"name":"\(name)"}}}
        """
    }

    /// The documents of a change: name before, name after.
    private func names(_ change: Document) -> [[String?]] {
        guard case .array(let documents)? = change["documents"] else { return [] }
        return documents.map { document in
            guard case .document(let document) = document else { return [] }
            return ["before.name", "after.name"].map { path in
                guard case .string(let name)? = document[FieldPath(path)] else { return nil }
                return name
            }
        }
    }

    private func page(_ client: any TestClientProtocol, _ query: String) async throws -> (changes: [Document], Document)
    {
        let answer = try await client.get(Self.path + query)
        #expect(answer.status == .ok)
        let document = try answer.document
        guard case .array(let changes)? = document["changes"] else { return ([], document) }
        return (changes.compactMap { if case .document(let change) = $0 { change } else { nil } }, document)
    }

    @Test func pagesTellBeforeAndAfter() async throws {
        try await TestServer.run { store, client in
            for number in 1...3 { _ = try await client.post(Sample.user(number)) }
            #expect(try await client.post(Self.renamed(2, "Grace")).status == .created)
            #expect(try await client.post(Self.renamed(2, "Hedy")).status == .created)
            let (all, whole) = try await page(client, "")
            #expect(
                all.map { names($0) } == [
                    [[nil, "Ada"]], [[nil, "Ada"]], [[nil, "Ada"]], [["Ada", "Grace"]], [["Grace", "Hedy"]],
                ])
            #expect(whole["next"] == .int32(5) && whole["complete"] == .bool(true) && whole["position"] == .int32(5))
            // Nothing before is told again, whatever the page.
            let (some, first) = try await page(client, "?limit=2")
            #expect(some.count == 2 && first["next"] == .int32(2) && first["complete"] == .bool(false))
            let (rest, _) = try await page(client, "?after=3")
            #expect(rest.map { names($0) } == [[["Ada", "Grace"]], [["Grace", "Hedy"]]])
            #expect(rest[0]["type"] == .string("user.profileChanged") && rest[0]["position"] == .int32(4))
            #expect(try await page(client, "?after=5").changes.isEmpty)
            #expect(try await client.get("/v1/collections/agents/changes").status == .ok)
            for query in ["?after=6", "?after=x", "?limit=0", "?surely-not=1"] {
                #expect(try await client.get(Self.path + query).status == .badRequest, "\(query)")
            }
            #expect(try await client.get("/v1/collections/nothing/changes").status == .notFound)
        }
    }

    @Test func aStreamGoesOnWhereItWas() async throws {
        try await TestServer.run { store, client in
            for number in 1...3 { _ = try await client.post(Sample.user(number)) }
            let port = try #require(client.port)
            let changes = try EventClient(port: port, path: Self.path)
            #expect(try await changes.read { $0.positions == [1, 2, 3] })
            _ = try await client.post(Self.renamed(1, "Grace"))
            #expect(try await changes.read { $0.positions == [1, 2, 3, 4] })
            _ = try await client.post(Self.renamed(1, "Hedy"))
            let back = try EventClient(port: port, path: Self.path, lastID: changes.lastID)
            #expect(try await back.read { $0.positions == [5] })
            #expect(back.messages.map { names($0) } == [[["Grace", "Hedy"]]])
            let bad = try await client.get(Self.path, accept: "text/event-stream", lastEventID: "9")
            #expect(bad.status == .badRequest)
        }
    }

    /// A password is in no version.
    @Test func secretsStayBehind() async throws {
        try await TestServer.run { store, client in
            let event = Sample.user(1).replacing(
                #""authMethod":"google""#, with: #""authMethod":"password","password":"correct horse""#)
            #expect(try await client.post(event).status == .created)
            let answer = try await client.get(Self.path)
            let text = String(buffer: answer.body)
            #expect(text.contains("authMethod") && !text.contains("scrypt") && !text.contains(#""password":"#))
        }
    }
}
