import Annals
import AnnalsHTTP
import BSON
import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing

/// Pages of documents: in every order, of one position where that is asked for, and nothing that anybody could make up.
@Suite struct CursorRouteTests {
    private static let users = "/v1/collections/users/find"

    /// Users 1 to n: every third is named Bob, the others Ada.
    private func withUsers(
        _ count: Int, _ test: @Sendable (Store, any TestClientProtocol) async throws -> Void
    ) async throws {
        try await TestServer.run { store, client in
            let lines = (1...count).map { number in
                let event = Sample.user(number)
                return number % 3 == 0 ? event.replacing(#""name":"Ada""#, with: #""name":"Bob""#) : event
            }
            _ = try await client.post(lines.joined(separator: "\n"), type: "application/x-ndjson")
            try await test(store, client)
        }
    }

    private func page(
        _ client: any TestClientProtocol, _ question: String, cursor: String? = nil, path: String = users
    ) async throws -> TestResponse {
        let cursor = cursor.map { #","cursor":"\#($0)""# } ?? ""
        return try await client.send(.post, path, "{\(question)\(cursor)}")
    }

    private func cursor(_ response: TestResponse) throws -> String? {
        if case .string(let text)? = try response.document["cursor"] { text } else { nil }
    }

    /// All pages' emails, each page of seven at most.
    private func walk(_ client: any TestClientProtocol, _ question: String) async throws -> [String] {
        var emails: [String] = []
        var next: String?
        repeat {
            let response = try await page(client, question + #","limit":7"#, cursor: next)
            #expect(response.status == .ok, "\(String(buffer: response.body))")
            let documents = try response.document.documents
            #expect(documents.count <= 7)
            for case .string(let email)? in documents.map({ $0["email"] }) { emails.append(email) }
            next = try cursor(response)
            #expect(try response.document["more"] == .bool(next != nil))
        } while next != nil
        return emails
    }

    @Test func pagesInEveryOrder() async throws {
        try await withUsers(40) { _, client in
            let all = (1...40).map { (email: "user\($0)@users.example", isBob: $0 % 3 == 0) }
            let adas = all.filter { !$0.isBob }.map(\.email)
            let expected: [(String, [String])] = [
                (#""sort":{}"#, all.map(\.email)),
                (#""sort":{"_id":-1}"#, all.map(\.email).reversed()),
                (#""sort":{"email":1}"#, all.map(\.email).sorted()),
                (#""sort":{"email":-1},"filter":{"name":"Ada"}"#, adas.sorted().reversed()),
                (
                    #""sort":{"name":-1,"email":1}"#,
                    all.filter(\.isBob).map(\.email).sorted() + adas.sorted()
                ),
                (#""sort":{"email":1},"skip":5"#, Array(all.map(\.email).sorted().dropFirst(5))),
                (#""sort":{"email":1},"projection":{"email":1,"_id":0}"#, all.map(\.email).sorted()),
            ]
            for (question, emails) in expected {
                let found = try await walk(client, question)
                #expect(found == emails, "\(question)")
            }
            // Many are equal in this order: none comes twice, none is left out.
            for question in [#""sort":{"name":1}"#, #""sort":{"createdAt":-1}"#, #""filter":{"isActive":true}"#] {
                let found = try await walk(client, question)
                #expect(found.sorted() == all.map(\.email).sorted(), "\(question)")
            }
        }
    }

    @Test func aCursorIsOfItsQuestionAndUnchanged() async throws {
        try await withUsers(9) { _, client in
            let question = #""filter":{"name":"Ada"},"sort":{"email":1},"projection":{"email":1}"#
            let cursor = try #require(try cursor(try await page(client, question + #","limit":2"#)))
            #expect(try await page(client, question + #","limit":3"#, cursor: cursor).status == .ok)
            let others = [
                #""filter":{"name":"Bob"},"sort":{"email":1},"projection":{"email":1}"#,
                #""filter":{"name":"Ada"},"sort":{"email":-1},"projection":{"email":1}"#,
                #""filter":{"name":"Ada"},"sort":{"email":1},"projection":{"name":1}"#,
                #""filter":{"name":"Ada"},"sort":{"email":1}"#, question + #","skip":1"#,
                question + #","hint":{"email":1}"#, question + #","consistent":true"#,
            ]
            for other in others {
                let refused = try await page(client, other, cursor: cursor)
                #expect(refused.status == .badRequest, "\(other)")
                #expect(try refused.document["type"] == "/problems/cursor")
            }
            let elsewhere = try await page(client, question, cursor: cursor, path: "/v1/collections/agents/find")
            #expect(elsewhere.status == .badRequest)
            let characters = Array(cursor)
            for place in stride(from: 0, to: characters.count, by: 5) {
                var changed = characters
                changed[place] = characters[place] == "A" ? "B" : "A"
                let refused = try await page(client, question, cursor: String(changed))
                #expect(refused.status == .badRequest, "place \(place) of \(cursor)")
            }
            for cut in [1, 10, 33, 34, characters.count - 1] {
                #expect(try await page(client, question, cursor: String(cursor.dropLast(cut))).status == .badRequest)
            }
        }
    }

    @Test func consistentPagesAreOfOnePositionOrRefused() async throws {
        try await withUsers(9) { _, client in
            for (sort, name) in [("{}", "a"), (#"{"email":-1}"#, "b")] {
                let question = #""consistent":true,"sort":\#(sort)"#
                let first = try await page(client, question + #","limit":4"#)
                let position = try first.document["position"]
                let next = try #require(try cursor(first))
                // What changes elsewhere is no change here.
                let experiment = Sample.event(
                    "experiment.created", id: name,
                    data: """
                        {"userId":{"$oid":"\(Sample.objectID(1))"},"name":"one","experimentType":"neural-art",\
                        "input":{"a":1}}
                        """)
                let appended = try await client.post(experiment)
                #expect(appended.status == .created, "\(String(buffer: appended.body))")
                let second = try await page(client, question + #","limit":4"#, cursor: next)
                #expect(second.status == .ok, "\(String(buffer: second.body))")
                #expect(try second.document["position"] == position)
                #expect(try second.document.documents.count == 4)
                // Nor is a refused event.
                #expect(try await client.post(Sample.user(1, id: name + "again")).status != .created)
                #expect(try await page(client, question, cursor: next).status == .ok)

                let changed = Sample.event(
                    "user.loggedIn", id: name + "in",
                    data: #"{"userId":{"$oid":"\#(Sample.objectID(2))"}}"#)
                let login = try await client.post(changed)
                #expect(login.status == .created, "\(String(buffer: login.body))")
                for cursor in [next, try #require(try self.cursor(second))] {
                    let gone = try await page(client, question, cursor: cursor)
                    #expect(gone.status == .gone)
                    #expect(try gone.document["type"] == "/problems/gone")
                }
            }
            let loose = try await page(client, #""limit":4"#)
            #expect(try await client.post(Sample.user(50)).status == .created)
            #expect(try await page(client, #""limit":4"#, cursor: try cursor(loose)).status == .ok)
        }
    }

    /// A page has no more than a few megabytes, whatever its limit; what is left comes with the cursor.
    @Test func longPagesEndEarly() async throws {
        try await TestServer.run { _, client in
            let name = String(repeating: "x", count: 300_000)
            let lines = (1...30).map { Sample.user($0).replacing(#""name":"Ada""#, with: #""name":"\#(name)""#) }
            for part in [lines[..<15], lines[15...]] {
                _ = try await client.post(part.joined(separator: "\n"), type: "application/x-ndjson")
            }
            var counts: [Int] = []
            var next: String?
            repeat {
                let response = try await page(client, #""limit":100,"sort":{"email":1}"#, cursor: next)
                counts.append(try response.document.documents.count)
                next = try cursor(response)
            } while next != nil
            #expect(counts.reduce(0, +) == 30 && counts.count > 1 && counts[0] < 20, "\(counts)")
        }
    }
}
