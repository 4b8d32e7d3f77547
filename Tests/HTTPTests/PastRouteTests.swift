import Annals
import AnnalsHTTP
import BSON
import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing

/// Questions with `asOf`.
@Suite struct PastRouteTests {
    private static let users = "/v1/collections/users"

    /// Users 1 to 6 at positions 1 to 6, the first renamed at 7.
    private func withUsers(
        changing change: (inout StoreOptions, inout AnnalsServer.Configuration) -> Void = { _, _ in },
        _ test: @Sendable (Store, any TestClientProtocol) async throws -> Void
    ) async throws {
        try await TestServer.run(changing: change) { store, client in
            for number in 1...6 { #expect(try await client.post(Sample.user(number)).status == .created) }
            let renamed = Sample.event(
                "user.profileChanged", id: "r",
                data: #"{"userId":{"$oid":"\#(Sample.objectID(1))"},"set":{"name":"Grace"}}"#)
            #expect(try await client.post(renamed).status == .created)
            try await test(store, client)
        }
    }

    private func ask(_ client: any TestClientProtocol, _ question: String, _ body: String) async throws -> Document {
        let answer = try await client.send(.post, "\(Self.users)/\(question)", body)
        #expect(answer.status == .ok, "\(question) \(body): \(String(buffer: answer.body))")
        return try answer.document
    }

    private func names(_ answer: Document) -> [String] {
        guard case .array(let rows)? = answer["documents"] else { return [] }
        return rows.compactMap {
            if case .document(let row) = $0, case .string(let name)? = row["name"] { name } else { nil }
        }
    }

    @Test func everyQuestionIsAnsweredAsOfThen() async throws {
        try await withUsers { store, client in
            for position in 0...7 {
                let there = min(position, 6)
                let count = try await ask(client, "count", #"{"asOf":\#(position)}"#)
                #expect(count["count"] == .int32(Int32(there)) && count["position"] == .int32(Int32(position)))
                #expect(count["asOf"] == ["position": .int32(Int32(position))])
                let found = try await ask(client, "find", #"{"asOf":\#(position),"sort":{"_id":1}}"#)
                #expect(names(found) == (0..<there).map { $0 == 0 && position == 7 ? "Grace" : "Ada" })
                let grouped = try await ask(
                    client, "aggregate",
                    #"{"asOf":\#(position),"pipeline":[{"$group":{"_id":"$name","n":{"$sum":1}}},{"$sort":{"n":-1}}]}"#)
                if case .array(let rows)? = grouped["documents"] {
                    #expect(rows.count == (position == 0 ? 0 : position == 7 ? 2 : 1))
                }
                let distinct = try await ask(client, "distinct", #"{"asOf":\#(position),"field":"name"}"#)
                #expect(distinct["values"] == .array(position == 0 ? [] : position == 7 ? ["Ada", "Grace"] : ["Ada"]))
            }
            // A moment is a position; the views as they are say nothing of it.
            let now = try await ask(client, "count", #"{"asOf":"2100-01-01T00:00:00Z"}"#)
            #expect(now["count"] == 6)
            let before = try await ask(client, "count", #"{"asOf":"2000-01-01T00:00:00Z","by":"event-time"}"#)
            #expect(before["count"] == 0 && before["position"] == 0)
            #expect(try await ask(client, "count", "{}")["asOf"] == nil)
        }
    }

    @Test func aDocumentAsOfThen() async throws {
        try await withUsers { _, client in
            func get(_ number: Int, _ query: String) async throws -> TestResponse {
                try await client.get("\(Self.users)/\(Sample.objectID(number))\(query)")
            }
            for (query, name) in [
                ("?asOf=6", "Ada"), ("?asOf=7", "Grace"), ("?asOf=2100-01-01T00:00:00Z&format=canonical", "Grace"),
            ] {
                let found = try await get(1, query)
                let document = try found.document
                #expect(document["name"] == .string(name), "\(query)")
                #expect(found.headers.contains { $0.name.canonicalName == "annals-position" })
            }
            let missing = try await get(3, "?asOf=2")
            #expect(missing.status == .notFound)
            for query in ["?asOf=8", "?asOf=monday", "?asOf=1&by=guess", "?asOf=1&nonsense=1"] {
                let refused = try await get(1, query)
                #expect(refused.status == .badRequest, "\(query)")
            }
        }
    }

    /// All pages are of the first one's position, whatever is appended between them.
    @Test func pagesKeepToTheirPosition() async throws {
        try await withUsers { store, client in
            for question in [
                #""asOf":7,"sort":{"_id":1},"limit":2"#, #""asOf":"2100-01-01T00:00:00Z","sort":{"name":-1},"limit":2"#,
            ] {
                let position = Int(store.position)
                let expected = names(try await ask(client, "find", #"{"asOf":\#(position),"limit":100}"#)).count
                var (seen, cursor, pages) = (0, "", 0)
                repeat {
                    let page = try await ask(
                        client, "find", "{\(question)\(cursor.isEmpty ? "" : #","cursor":"\#(cursor)""#)}")
                    seen += names(page).count
                    #expect(page["position"] == .int32(Int32(position)) || page["position"] == 7)
                    if case .string(let next)? = page["cursor"] { cursor = next } else { cursor = "" }
                    pages += 1
                    _ = try await client.post(Sample.user(Int(store.position) + 100))
                } while !cursor.isEmpty && pages < 20
                #expect(pages >= 3 && seen == (question.contains("7,") ? 6 : expected), "\(question): \(seen)")
            }
        }
    }

    @Test func whatCannotBeAskedIsToldSo() async throws {
        try await withUsers { _, client in
            for body in [
                #"{"asOf":8}"#, #"{"asOf":-1}"#, #"{"asOf":"soon"}"#, #"{"asOf":true}"#, #"{"by":"event-time"}"#,
                #"{"asOf":1,"by":"mine"}"#,
            ] {
                let answer = try await client.send(.post, "\(Self.users)/count", body)
                #expect(answer.status == .badRequest, "\(body)")
            }
            let explained = try await client.send(.post, "\(Self.users)/explain", #"{"asOf":1}"#)
            #expect(explained.status == .badRequest)
        }
    }

    /// Who may not wait is told to come again; what takes too much room is refused.
    @Test func foldingIsBounded() async throws {
        try await withUsers(changing: { $1.waitLimit = .zero }) { _, client in
            let first = try await client.send(.post, "\(Self.users)/count", #"{"asOf":3}"#)
            #expect(first.status == .serviceUnavailable || first.status == .ok)
            if first.status == .serviceUnavailable {
                #expect(try first.document["type"] == "/problems/folding" && first.headers[.retryAfter] != nil)
            }
            var answer = first
            for _ in 0..<200 where answer.status != .ok {
                try await Task.sleep(for: .milliseconds(20))
                answer = try await client.send(.post, "\(Self.users)/count", #"{"asOf":3}"#)
            }
            #expect(try answer.document["count"] == 3)
        }
        try await withUsers(changing: { options, _ in options.past.mostBytes = 1 }) { _, client in
            let refused = try await client.send(.post, "\(Self.users)/count", #"{"asOf":3}"#)
            #expect(refused.status == .unprocessableContent)
            #expect(try refused.document["type"] == "/problems/query-limit")
        }
    }

    @Test func keysReachNoFurtherThan() async throws {
        try await withUsers { store, client in
            let keys = APIKeyFile(directory: store.directory)
            let (_, text) = try keys.create(name: "test", scopes: [.read("users")])
            try await Task.sleep(for: .milliseconds(1_100))
            let headers: HTTPFields = [.authorization: "Bearer \(text)"]
            let own = try await client.send(.post, "\(Self.users)/count", #"{"asOf":3}"#, headers: headers)
            #expect(own.status == .ok)
            let other = try await client.send(
                .post, "\(Self.users)/aggregate",
                #"{"asOf":3,"pipeline":[{"$unionWith":"labexperiments"}]}"#, headers: headers)
            #expect(other.status == .forbidden)
            let document = "/v1/collections/labexperiments/\(Sample.objectID(1))?asOf=3"
            #expect(try await client.send(.get, document, "", headers: headers).status == .forbidden)
        }
    }
}

/// Versions of documents, what differs, and what would be.
@Suite struct ReplayRouteTests {
    private func withUsers(_ test: @Sendable (Store, any TestClientProtocol) async throws -> Void) async throws {
        try await TestServer.run { store, client in
            for number in 1...2 { _ = try await client.post(Sample.user(number)) }
            let renamed = Sample.event(
                "user.profileChanged", id: "r",
                data: #"{"userId":{"$oid":"\#(Sample.objectID(1))"},"set":{"name":"Grace"}}"#)
            _ = try await client.post(renamed)
            try await test(store, client)
        }
    }

    private func collections(_ answer: Document) -> [Document] {
        guard case .array(let all)? = answer["collections"] else { return [] }
        return all.compactMap { if case .document(let one) = $0 { one } else { nil } }
    }

    @Test func versionsOfADocument() async throws {
        try await withUsers { _, client in
            let path = "/v1/collections/users/\(Sample.objectID(1))/history"
            let all = try await client.get(path)
            let document = try all.document
            guard case .array(let versions)? = document["versions"] else {
                Issue.record("\(document)")
                return
            }
            #expect(versions.count == 2 && document["complete"] == true && document["position"] == 3)
            let first = try await client.get(path + "?limit=1")
            let page = try first.document
            #expect(page["complete"] == false)
            let rest = try await client.get(path + "?after=1")
            let second = try rest.document
            if case .array(let later)? = second["versions"], case .document(let version)? = later.first {
                #expect(later.count == 1 && version["position"] == 3 && version["type"] == "user.profileChanged")
            } else {
                Issue.record("\(second)")
            }
            let none = try await client.get("/v1/collections/users/\(Sample.objectID(9))/history")
            #expect(none.status == .notFound)
        }
    }

    @Test func whatDiffers() async throws {
        try await withUsers { _, client in
            let answer = try await client.send(.post, "/v1/replay/diff", #"{"from":1,"to":3,"collections":["users"]}"#)
            let users = try #require(collections(try answer.document).first)
            #expect(users["added"] == 1 && users["changed"] == 1 && users["removed"] == 0)
            let same = try await client.send(.post, "/v1/replay/diff", #"{"from":2,"to":2}"#)
            #expect(collections(try same.document).isEmpty)
            for body in [#"{"from":1}"#, #"{"from":1,"to":9}"#, #"{"from":1,"to":"soon"}"#] {
                let refused = try await client.send(.post, "/v1/replay/diff", body)
                #expect(refused.status == .badRequest, "\(body)")
            }
        }
    }

    @Test func whatWouldBe() async throws {
        try await withUsers { store, client in
            let without = try await client.send(.post, "/v1/replay/what-if", #"{"without":3,"collections":["users"]}"#)
            let users = try #require(collections(try without.document).first)
            #expect(users["changed"] == 1 && users["added"] == 0)
            let other =
                #"{"replace":3,"event":{"data":{"userId":{"$oid":"\#(Sample.objectID(1))"},"set":{"name":"Joan"}}}}"#
            let replaced = try await client.send(.post, "/v1/replay/what-if", other)
            #expect(replaced.status == .ok && String(buffer: replaced.body).contains("Joan"))
            // Nothing has happened.
            let now = try await client.get("/v1/collections/users/\(Sample.objectID(1))")
            #expect(String(buffer: now.body).contains("Grace"))
            for (body, status) in [
                (#"{"without":9}"#, HTTPResponse.Status.notFound), (#"{"without":1,"replace":1}"#, .badRequest),
                (#"{"replace":3,"event":{"type":"user.registered","data":{}}}"#, .unprocessableContent),
                (#"{"replace":3,"event":{"data":{"set":5}}}"#, .unprocessableContent), ("{}", .badRequest),
            ] {
                let refused = try await client.send(.post, "/v1/replay/what-if", body)
                #expect(refused.status == status, "\(body): \(String(buffer: refused.body))")
            }
            let keys = APIKeyFile(directory: store.directory)
            let (_, text) = try keys.create(name: "test", scopes: [.read("users")])
            try await Task.sleep(for: .milliseconds(1_100))
            let headers: HTTPFields = [.authorization: "Bearer \(text)"]
            let weak = try await client.send(.post, "/v1/replay/what-if", #"{"without":3}"#, headers: headers)
            #expect(weak.status == .forbidden)
            let own = try await client.send(.post, "/v1/replay/diff", #"{"from":0,"to":3}"#, headers: headers)
            #expect(collections(try own.document).map { $0["collection"] } == ["users"])
            let others = try await client.send(
                .post, "/v1/replay/diff", #"{"from":0,"to":3,"collections":["userprofiles"]}"#, headers: headers)
            #expect(others.status == .forbidden)
        }
    }
}
