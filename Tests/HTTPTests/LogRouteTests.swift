import Annals
import BSON
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Proofs
import Testing
import Views

@testable import AnnalsHTTP

/// Checkpoints and proofs over HTTP, checked with nothing but what was received.
@Suite struct LogRouteTests {
    @Test func whatIsServedProvesItself() async throws {
        try await TestServer.run { store, client in
            let nothing = try await client.get("/v1/log/checkpoint")
            #expect(nothing.status == .notFound)
            for number in 1...5 { _ = try await client.post(Sample.user(number)) }
            let older = try SignedNote(Array(try await client.get("/v1/log/checkpoint").body.readableBytesView))
            for number in 6...9 { _ = try await client.post(Sample.user(number)) }
            let note = try SignedNote(Array(try await client.get("/v1/log/checkpoint").body.readableBytesView))
            let line = String(decoding: try await client.get("/v1/log/key").body.readableBytesView, as: UTF8.self)
            let key = try NoteKey(String(line.dropLast()))
            #expect(try LogCheckpoint(note).size == store.position)

            let proof = try EventProof(try await document(client, "inclusion?position=3"))
            let event = try proof.check(against: note, key: key)
            #expect(event.position == 3 && event.document["type"] == .string("user.registered"))
            let earlier = try EventProof(try await document(client, "inclusion?position=3&size=5&withholdData=true"))
            #expect(try earlier.check(against: older, key: key).position == 3)
            let extending = try ExtensionProof(try await document(client, "consistency?since=5"))
            #expect(try extending.check(against: older, key: key).newer.size == 9)
        }
    }

    @Test func rootsAreTheStores() async throws {
        try await TestServer.run { store, client in
            func roots() async throws -> ViewRoots {
                let answer = try await client.get("/v1/roots")
                #expect(answer.status == .ok)
                let document = try JSON.parse(Array(answer.body.readableBytesView), extended: true)
                return try #require(ViewRoots(document))
            }
            let none = try await roots()
            #expect(none.position == 0 && none.views.count == store.catalogue.collections.count)
            for number in 1...3 { _ = try await client.post(Sample.user(number)) }
            let some = try await roots()
            #expect(try some == store.roots() && some.differing(from: none).contains("users"))
            #expect(try await client.get("/v1/roots?position=1").status == .badRequest)
        }
    }

    @Test(arguments: [
        ("inclusion", 400), ("inclusion?position=x", 400), ("inclusion?position=0", 404),
        ("inclusion?position=4", 404), ("inclusion?position=1&size=9", 404), ("inclusion?position=3&size=2", 404),
        ("consistency", 400), ("consistency?since=7", 404), ("consistency?since=1&other=2", 400),
    ])
    func whatIsNotThereIsTold(query: String, status: Int) async throws {
        try await TestServer.run { _, client in
            for number in 1...3 { _ = try await client.post(Sample.user(number)) }
            let answer = try await client.get("/v1/log/proof/" + query)
            #expect(answer.status.code == status)
            #expect(answer.headers[.contentType] == "application/problem+json")
        }
    }

    private func document(_ client: any TestClientProtocol, _ query: String) async throws -> Document {
        let answer = try await client.get("/v1/log/proof/" + query)
        #expect(answer.status == .ok)
        return try JSON.parse(Array(answer.body.readableBytesView), extended: false)
    }
}
